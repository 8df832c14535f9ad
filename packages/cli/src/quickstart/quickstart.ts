import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'
import { type Predictor, type Session, TensorFlow, type TrainingEvent } from '@sagebrush/sdk'
import { openSession } from '../connection.ts'
import { type Progress, terminalProgress } from '../progress.ts'
import { type UsedServer, useServer } from '../server.ts'
import { drawRow } from './digits.ts'
import { imagePixels, readTestSet, type TestSet, uploadMnist } from './mnist.ts'
import { predictDigits } from './predict-digits.ts'

export interface QuickstartOptions {
  readonly dataDirectory: string
  readonly environmentsDirectory: string
  /** What pip and uv are told through the environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly epochs: number
}

const frameworkVersion = '2.21.0'
const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const shownDigits = 10
const askedDigits = 50

/** The tour: a real job and a real endpoint on real data, and nothing left running. */
export async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const progress = terminalProgress(process.stdout)
  await prepareTensorFlow(options, progress)
  await using server = await useServer(options, progress)
  const session = openSession(server)
  const data = await storeImages(session, progress)
  const estimator = await train(session, data, options.epochs)
  const predictor = await deploy(estimator, progress)
  try {
    await showPredictions(predictor, await readTestSet())
  } finally {
    await predictor.deleteEndpoint()
    progress.done('Deleted the endpoint.')
  }
  sayWhatNext(server, estimator.jobName)
}

async function prepareTensorFlow(
  { environmentsDirectory, variables }: QuickstartOptions,
  progress: Progress,
): Promise<void> {
  const started = performance.now()
  const environment = await prepareEnvironment(
    { tensorflow: frameworkVersion },
    { cacheDirectory: environmentsDirectory, variables, onProgress: progress.update },
  )
  for (const note of environment.notes) progress.done(note)
  progress.done(
    `TensorFlow ${environment.tensorflow} on Python ${environment.python} is ready (${seconds(started)} s).`,
  )
}

async function storeImages(session: Session, progress: Progress): Promise<string> {
  const prefix = await uploadMnist(session, 'quickstart/mnist', (name, sizeBytes) =>
    progress.update(`Stored ${name} (${(sizeBytes / 1e6).toFixed(1)} MB)`),
  )
  progress.done(`Stored all 70,000 images of MNIST in ${prefix}`)
  return prefix
}

async function train(session: Session, data: string, epochs: number): Promise<TensorFlow> {
  const estimator = new TensorFlow({
    session,
    role,
    frameworkVersion,
    pyVersion: 'py311',
    entryPoint: fileURLToPath(new URL('../../quickstart/train.py', import.meta.url)),
    baseJobName: 'quickstart',
    hyperparameters: { epochs },
  })
  const started = performance.now()
  console.log('Training job:')
  await estimator.fit(data, { onEvent: (event) => console.log(`  ${describe(event)}`) })
  console.log(`Trained in ${seconds(started)} s; the model is ${await estimator.modelData()}`)
  return estimator
}

const describe = (event: TrainingEvent) =>
  event.type === 'log' ? event.line : `-- ${event.status}: ${event.message}`

async function deploy(estimator: TensorFlow, progress: Progress): Promise<Predictor> {
  const started = performance.now()
  const predictor = await estimator.deploy({ onStatus: (status) => progress.update(`Endpoint: ${status}`) })
  progress.done(`Endpoint ${predictor.endpointName} is in service (${seconds(started)} s).`)
  return predictor
}

async function showPredictions(predictor: Predictor, { images, labels }: TestSet): Promise<void> {
  const answers = await predictDigits(predictor, images.subarray(0, askedDigits * imagePixels))
  const right = answers.filter((answer, index) => answer === labels[index]).length
  const shown = answers.slice(0, shownDigits).map((answer, index) => ({
    pixels: images.subarray(index * imagePixels, (index + 1) * imagePixels),
    caption: `  ${answer} ${answer === labels[index] ? '✓' : `✗ (${labels[index]})`}`,
  }))
  console.log(
    `\nAsked about ${askedDigits} test digits in one request: ${right} right. The first ${shownDigits}:\n`,
  )
  for (let first = 0; first < shown.length; first += 5)
    console.log(`${drawRow(shown.slice(first, first + 5))}\n`)
  await measureAccuracy(predictor, { images, labels })
}

async function measureAccuracy(predictor: Predictor, { images, labels }: TestSet): Promise<void> {
  const started = performance.now()
  const perRequest = 250
  let right = 0
  for (let first = 0; first < labels.length; first += perRequest) {
    const batch = images.subarray(first * imagePixels, (first + perRequest) * imagePixels)
    const answers = await predictDigits(predictor, batch)
    right += answers.filter((answer, index) => answer === labels[first + index]).length
  }
  const accuracy = (100 * right) / labels.length
  console.log(
    `Accuracy on all ${labels.length.toLocaleString('en')} test digits through the endpoint: ` +
      `${accuracy.toFixed(2)} % (${Math.round(labels.length / Number(seconds(started)))} images/s)`,
  )
}

function sayWhatNext({ dataDirectory }: UsedServer, jobName: string): void {
  console.log(`
What next?
  npx sagebrush serve --data ${dataDirectory}
      starts the server again: the job ${jobName}, its log and its model are still there
  eval "$(npx sagebrush env --data ${dataDirectory})"
      points boto3, the aws command and the SageMaker SDK of a shell at it
  npx sagebrush exec --data ${dataDirectory} -- python your_notebook.py
      runs your own SageMaker program as it stands`)
}

const seconds = (started: number) => ((performance.now() - started) / 1000).toFixed(1)
