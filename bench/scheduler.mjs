import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from './platform-process.mjs'

/**
 * What a queue costs: `node bench/scheduler.mjs [jobs] [seconds]`. One job holds the machine, the others wait; printed is
 * the processor time of the server, of one core, with nobody waiting and with all of them.
 */
const [jobs = 100, seconds = 60] = process.argv.slice(2).map(Number)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const data = mkdtempSync(join(tmpdir(), 'sagebrush-scheduler-'))
const program = join(root, 'packages/cli/bin/sagebrush.js')
const server = spawn(process.execPath, [program, 'serve', '--data', data, '--port', '0', '--max-jobs', '1'], {
  stdio: 'ignore',
})
let stored
const image = '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.21.0-cpu-py311'

try {
  const session = await connect(data, server)
  const bucket = await session.defaultBucket()
  await create(session, bucket, 'holder')
  while ((await stageOf(session, 'holder')) !== 'Training') await sleep(200)
  const alone = await shareOfCore()
  const started = process.hrtime.bigint()
  for (let index = 0; index < jobs; index++) await create(session, bucket, `waiting-${index}`)
  const millis = Number(process.hrtime.bigint() - started) / 1e6
  while ((await stageOf(session, `waiting-${jobs - 1}`)) !== 'Pending') await sleep(200)
  const queued = await shareOfCore()
  console.log(`${jobs} jobs created in ${Math.round(millis)} ms`)
  console.log(`one job runs: the server uses ${alone} % of a core`)
  console.log(`one job runs, ${jobs} wait: ${queued} % of a core, over ${seconds} s`)
  for (let index = jobs - 1; index >= 0; index--) await stop(session, `waiting-${index}`)
  await stop(session, 'holder')
  while (
    (await session.sagemaker.DescribeTrainingJob({ TrainingJobName: 'holder' })).TrainingJobStatus !==
    'Stopped'
  )
    await sleep(200)
} finally {
  server.kill('SIGTERM')
  await sleep(1000)
  rmSync(data, { recursive: true, force: true })
}

/** The code is a hyperparameter away from nothing: a command that sleeps. */
async function create(session, bucket, name) {
  await session.sagemaker.CreateTrainingJob({
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::123456789012:role/SageMakerRole',
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    HyperParameters: {
      sagemaker_program: 'sleep.sh',
      sagemaker_submit_directory: await source(session, bucket),
    },
  })
}

/** `s3://…` of an archive that holds `sleep.sh`. */
async function source(session, bucket) {
  if (stored) return stored
  writeFileSync(join(data, 'sleep.sh'), '#!/bin/sh\nexec sleep 3600\n')
  const Body = execFileSync('tar', ['-C', data, '-czf', '-', 'sleep.sh'])
  await session.s3.PutObject({ Bucket: bucket, Key: 'source.tar.gz', Body, ContentLength: Body.length })
  stored = `s3://${bucket}/source.tar.gz`
  return stored
}

async function stageOf(session, name) {
  const job = await session.sagemaker.DescribeTrainingJob({ TrainingJobName: name })
  if (job.TrainingJobStatus === 'Failed') throw new Error(job.FailureReason)
  return job.SecondaryStatus
}

function stop(session, name) {
  return session.sagemaker.StopTrainingJob({ TrainingJobName: name })
}

/** Percent of a core that the server uses from now on. Source: proc(5), utime and stime. */
async function shareOfCore() {
  const before = ticks()
  await sleep(seconds * 1000)
  return (((ticks() - before) / 100 / seconds) * 100).toFixed(2)
}

function ticks() {
  const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
