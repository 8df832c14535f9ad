/** Deploys a model and asks it, from TypeScript or JavaScript. */
import { execFileSync } from 'node:child_process'
import { createSession, TensorFlowModel, uploadData } from '@sagebrush/sdk'

const { AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env
const session = createSession({
  endpoint: AWS_ENDPOINT_URL,
  region: AWS_DEFAULT_REGION,
  credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
})

execFileSync('tar', ['-czf', 'model.tar.gz', '-C', '../models/half_plus_two', '1'])
const model = new TensorFlowModel({
  session,
  role: 'arn:aws:iam::123456789012:role/SageMakerRole',
  modelData: await uploadData(session, 'model.tar.gz', { keyPrefix: 'typescript-sdk' }),
  frameworkVersion: '2.19',
})
const predictor = await model.deploy({ onStatus: console.log })
console.log('JSON:', JSON.stringify(await predictor.predict({ instances: [1, 2, 5] })))
const csv = await predictor.invoke('1.0,2.0,5.0', { contentType: 'text/csv', accept: 'application/json' })
console.log('CSV:', csv.toString())
await predictor.deleteEndpoint()
