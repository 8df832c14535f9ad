import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MultiDataModel } from './multi-data-model.ts'
import { createSession, type Session } from './session.ts'
import { TensorFlowModel } from './tensorflow-model.ts'

const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const registry = '763104351884.dkr.ecr.us-west-2.amazonaws.com'

let server: Server
let session: Session
/** What the server was asked for, by operation. */
let asked: Record<string, unknown>
beforeEach(async () => {
  asked = {}
  server = createServer(async (request, response) => {
    asked[String(request.headers['x-amz-target']).replace('SageMaker.', '')] = await json(request)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end('{"EndpointName":"e","EndpointStatus":"InService"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  session = createSession({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-west-2',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  })
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('a model is put behind an endpoint under one name', async () => {
  const model = new TensorFlowModel({
    session,
    role,
    modelData: 's3://b/model.tar.gz',
    frameworkVersion: '2.19',
    environment: { A: 'b' },
  })
  const predictor = await model.deploy({ endpointName: 'e', instanceType: 'ml.g4dn.xlarge' })
  expect(predictor.endpointName).toBe('e')
  expect(asked).toEqual({
    CreateModel: {
      ModelName: 'e',
      ExecutionRoleArn: role,
      PrimaryContainer: {
        Image: `${registry}/tensorflow-inference:2.19-gpu`,
        ModelDataUrl: 's3://b/model.tar.gz',
        Environment: { A: 'b' },
      },
    },
    CreateEndpointConfig: {
      EndpointConfigName: 'e',
      ProductionVariants: [
        {
          VariantName: 'AllTraffic',
          ModelName: 'e',
          InitialInstanceCount: 1,
          InitialVariantWeight: 1,
          InstanceType: 'ml.g4dn.xlarge',
        },
      ],
    },
    CreateEndpoint: { EndpointName: 'e', EndpointConfigName: 'e' },
    DescribeEndpoint: { EndpointName: 'e' },
  })
})

test('many models are put behind an endpoint by their prefix', async () => {
  const models = new MultiDataModel({
    session,
    role,
    modelDataPrefix: 's3://b/models',
    frameworkVersion: '2.19',
    isCaching: false,
  })
  const predictor = await models.deploy()
  expect(predictor.endpointName).toMatch(/^tensorflow-inference-\d{4}-/)
  expect(asked.CreateModel).toEqual({
    ModelName: predictor.endpointName,
    ExecutionRoleArn: role,
    PrimaryContainer: {
      Image: `${registry}/tensorflow-inference:2.19-cpu`,
      Mode: 'MultiModel',
      ModelDataUrl: 's3://b/models/',
      MultiModelConfig: { ModelCacheSetting: 'Disabled' },
    },
  })
})
