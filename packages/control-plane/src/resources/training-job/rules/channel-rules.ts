import { ValidationException } from '@sagebrush/api'
import type { CreateTrainingJobInput } from '../record.ts'

type Channel = NonNullable<CreateTrainingJobInput['InputDataConfig']>[number]
type InputMode = NonNullable<Channel['InputMode']>

/** The mode of a channel that names none is the job's. */
export function inputModeOf(
  channel: Channel,
  input: Pick<CreateTrainingJobInput, 'AlgorithmSpecification'>,
): InputMode {
  return channel.InputMode ?? input.AlgorithmSpecification?.TrainingInputMode ?? 'File'
}

/**
 * What AWS demands of a channel beyond its shape, and that its data is in S3. Throws ValidationException.
 * Source: SageMaker's Channel, S3DataSource and AlgorithmSpecification.
 */
export function checkChannels(input: CreateTrainingJobInput): void {
  const channels = input.InputDataConfig ?? []
  for (const channel of channels) checkChannel(channel, inputModeOf(channel, input))
  const names = channels.map((channel) => channel.ChannelName)
  const pipes = channels.filter((channel) => inputModeOf(channel, input) === 'Pipe')
  for (const { ChannelName: pipe } of pipes) {
    const taken = names.find(
      (name) => name.startsWith(`${pipe}_`) && /^\d+$/.test(name.slice(pipe.length + 1)),
    )
    if (taken !== undefined)
      refuse(
        `The channel "${taken}" has the name of a pipe of the channel "${pipe}", whose input mode is Pipe.`,
      )
  }
  const noFolder = names.find((name) => name === '.' || name === '..')
  if (noFolder !== undefined)
    refuse(`"${noFolder}" cannot be a channel's name: it becomes a folder of that name.`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) refuse(`Channel names must be unique; "${twice}" is there twice.`)
}

function checkChannel(channel: Channel, mode: InputMode): void {
  const place = `channel "${channel.ChannelName}"`
  const source = s3SourceOf(channel, place)
  if (!/^s3:\/\/[^/]+/.test(source.S3Uri))
    refuse(`the S3Uri of ${place} must be of the form s3://bucket/key: ${source.S3Uri}`)
  checkSource(source, mode, place)
  if (mode === 'Pipe') return
  if (channel.CompressionType === 'Gzip')
    refuse(`CompressionType Gzip of ${place} needs the input mode Pipe; it is ${mode}.`)
  if (channel.RecordWrapperType === 'RecordIO')
    refuse(`RecordWrapperType RecordIO of ${place} needs the input mode Pipe; it is ${mode}.`)
}

type Source = NonNullable<Channel['DataSource']['S3DataSource']>

function s3SourceOf(
  { DataSource: { S3DataSource: source, FileSystemDataSource } }: Channel,
  place: string,
): Source {
  if (source && !FileSystemDataSource) return source
  return refuse(`The DataSource of ${place} must be an S3DataSource; file systems are not supported.`)
}

function checkSource(
  { S3DataType: type, AttributeNames: attributes }: Source,
  mode: InputMode,
  place: string,
): void {
  if (type === 'Converse') refuse(`S3DataType Converse of ${place} is not supported; use S3Prefix.`)
  if (mode === 'FastFile' && type !== 'S3Prefix')
    refuse(`The input mode FastFile of ${place} needs the S3DataType S3Prefix; it is ${type}.`)
  if (type === 'AugmentedManifestFile') {
    if (mode !== 'Pipe')
      refuse(`S3DataType AugmentedManifestFile of ${place} needs the input mode Pipe; it is ${mode}.`)
    if (!attributes?.length) refuse(`S3DataType AugmentedManifestFile of ${place} needs AttributeNames.`)
  } else if (attributes?.length) {
    refuse(`AttributeNames of ${place} need the S3DataType AugmentedManifestFile; it is ${type}.`)
  }
}

function refuse(message: string): never {
  throw ValidationException(message)
}
