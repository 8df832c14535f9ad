import { statusCodeNumbers } from '../../status.ts'
import type { ProtoFile } from './proto-file.ts'

const serving = (name: string, text: string): ProtoFile => ({
  path: `tensorflow_serving/${name}.proto`,
  package: 'tensorflow.serving',
  text,
})

/** TensorFlow Serving's own messages and services, as far as they are answered. Source: tensorflow_serving/apis and config, 2.21. */
export const servingProtos: readonly ProtoFile[] = [
  serving(
    'apis/prediction_service',
    `service PredictionService
       Classify ClassificationRequest -> ClassificationResponse
       Regress RegressionRequest -> RegressionResponse
       Predict PredictRequest -> PredictResponse
       MultiInference MultiInferenceRequest -> MultiInferenceResponse
       GetModelMetadata GetModelMetadataRequest -> GetModelMetadataResponse`,
  ),
  serving(
    'apis/model_service',
    `service ModelService
       GetModelStatus GetModelStatusRequest -> GetModelStatusResponse
       HandleReloadConfigRequest ReloadConfigRequest -> ReloadConfigResponse`,
  ),
  serving(
    'apis/model',
    `message ModelSpec
       name 1 string
       version 2 google.protobuf.Int64Value | version_choice
       version_label 4 string | version_choice
       signature_name 3 string`,
  ),
  serving(
    'apis/input',
    `message ExampleList
       examples 1 repeated tensorflow.Example
     message ExampleListWithContext
       examples 1 repeated tensorflow.Example
       context 2 tensorflow.Example
     message Input
       example_list 1 ExampleList | kind
       example_list_with_context 2 ExampleListWithContext | kind`,
  ),
  serving(
    'apis/predict',
    `message PredictRequest
       model_spec 1 ModelSpec
       inputs 2 map<string, tensorflow.TensorProto>
       output_filter 3 repeated string
     message PredictResponse
       model_spec 2 ModelSpec
       outputs 1 map<string, tensorflow.TensorProto>`,
  ),
  serving(
    'apis/classification',
    `message Class
       label 1 string
       score 2 float
     message Classifications
       classes 1 repeated Class
     message ClassificationResult
       classifications 1 repeated Classifications
     message ClassificationRequest
       model_spec 1 ModelSpec
       input 2 Input
     message ClassificationResponse
       model_spec 2 ModelSpec
       result 1 ClassificationResult`,
  ),
  serving(
    'apis/regression',
    `message Regression
       value 1 float
     message RegressionResult
       regressions 1 repeated Regression
     message RegressionRequest
       model_spec 1 ModelSpec
       input 2 Input
     message RegressionResponse
       model_spec 2 ModelSpec
       result 1 RegressionResult`,
  ),
  serving(
    'apis/inference',
    `message InferenceTask
       model_spec 1 ModelSpec
       method_name 2 string
     message InferenceResult
       model_spec 1 ModelSpec
       classification_result 2 ClassificationResult | result
       regression_result 3 RegressionResult | result
     message MultiInferenceRequest
       tasks 1 repeated InferenceTask
       input 2 Input
     message MultiInferenceResponse
       results 1 repeated InferenceResult`,
  ),
  serving(
    'apis/get_model_metadata',
    `message SignatureDefMap
       signature_def 1 map<string, tensorflow.SignatureDef>
     message GetModelMetadataRequest
       model_spec 1 ModelSpec
       metadata_field 2 repeated string
     message GetModelMetadataResponse
       model_spec 1 ModelSpec
       metadata 2 map<string, google.protobuf.Any>`,
  ),
  serving(
    'apis/get_model_status',
    `message GetModelStatusRequest
       model_spec 1 ModelSpec
     message ModelVersionStatus
       version 1 int64
       state 2 ModelVersionStatus.State
       status 3 StatusProto
     enum ModelVersionStatus.State
       UNKNOWN 0
       START 10
       LOADING 20
       AVAILABLE 30
       UNLOADING 40
       END 50
     message GetModelStatusResponse
       model_version_status 1 repeated ModelVersionStatus as model_version_status`,
  ),
  serving(
    'apis/status',
    `message StatusProto
       error_code 1 tensorflow.error.Code as error_code
       error_message 2 string as error_message`,
  ),
  serving(
    'apis/model_management',
    `message ReloadConfigRequest
       config 1 ModelServerConfig
       metric_names 2 repeated string
     message Metric
       name 1 string
       int64_value_increase 2 int64 | value_increase
     message ReloadConfigResponse
       status 1 StatusProto
       metric 2 repeated Metric`,
  ),
  serving(
    'config/model_server_config',
    `enum ModelType
       MODEL_TYPE_UNSPECIFIED 0
       TENSORFLOW 1
       OTHER 2
     message ModelConfig
       name 1 string
       base_path 2 string
       model_type 3 ModelType
       model_platform 4 string
       model_version_policy 7 FileSystemStoragePathSourceConfig.ServableVersionPolicy
       version_labels 8 map<string, int64>
       logging_config 6 LoggingConfig
     message ModelConfigList
       config 1 repeated ModelConfig
     message ModelServerConfig
       model_config_list 1 ModelConfigList | config
       custom_model_config 2 google.protobuf.Any | config`,
  ),
  serving(
    'config/file_system_storage_path_source',
    `message FileSystemStoragePathSourceConfig
     message FileSystemStoragePathSourceConfig.ServableVersionPolicy
       latest 100 FileSystemStoragePathSourceConfig.ServableVersionPolicy.Latest | policy_choice
       all 101 FileSystemStoragePathSourceConfig.ServableVersionPolicy.All | policy_choice
       specific 102 FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific | policy_choice
     message FileSystemStoragePathSourceConfig.ServableVersionPolicy.Latest
       num_versions 1 uint32
     message FileSystemStoragePathSourceConfig.ServableVersionPolicy.All
     message FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific
       versions 1 repeated int64`,
  ),
  serving(
    'config/logging_config',
    `message SamplingConfig
       sampling_rate 1 double
     message LoggingConfig
       log_collector_config 1 LogCollectorConfig
       sampling_config 2 SamplingConfig`,
  ),
  serving(
    'config/log_collector_config',
    `message LogCollectorConfig
       type 1 string
       filename_prefix 2 string`,
  ),
  {
    path: 'xla/tsl/protobuf/error_codes.proto',
    package: 'tensorflow.error',
    text: [
      'enum Code',
      ...Object.entries(statusCodeNumbers()).map(([name, number]) => `${name} ${number}`),
    ].join('\n'),
  },
]
