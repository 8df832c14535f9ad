export { ApiError } from '@sagebrush/api'
export { encodeHyperParameters, type HyperParameter } from './hyper-parameters.ts'
export { type ImageChoice, imageUri } from './image-uri.ts'
export { MultiDataModel, type MultiDataModelOptions } from './multi-data-model.ts'
export { nameFromBase } from './names.ts'
export {
  EndpointFailed,
  type InvokeOptions,
  type PredictOptions,
  Predictor,
  type PredictorOptions,
} from './predictor.ts'
export { parseS3Uri, type S3Location } from './s3-uri.ts'
export { createSession, type Session, type SessionOptions } from './session.ts'
export { type FitOptions, TensorFlow, type TensorFlowOptions } from './tensorflow.ts'
export { type DeployOptions, TensorFlowModel, type TensorFlowModelOptions } from './tensorflow-model.ts'
export type { TrainingInput, TrainingInputs } from './training-inputs.ts'
export { type TrainingEvent, TrainingJobFailed } from './training-job.ts'
export { uploadData, uploadFile } from './upload.ts'
