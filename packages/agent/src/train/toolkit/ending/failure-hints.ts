/** What the log should say beside a script's own error: mistakes whose way out is not in the error. */
export function failureHints(output: string, channels: readonly string[]): string[] {
  const [, variable] = /^KeyError: 'SM_CHANNEL_([^']+)'$/m.exec(output) ?? []
  const [, argument] = /error: unrecognized arguments: .*(--model_dir)\b/.exec(output) ?? []
  const [, channel] = /Channel (\S+) is not a PipeMode channel/.exec(output) ?? []
  return [
    ...(variable === undefined ? [] : [missingChannel(variable, channels)]),
    ...(argument === undefined ? [] : [modelDirectoryArgument]),
    ...(channel === undefined
      ? []
      : [
          `PipeModeDataset reads channels of Pipe mode: give the estimator, or the TrainingInput of ${channel}, input_mode="Pipe".`,
        ]),
  ]
}

function missingChannel(variable: string, channels: readonly string[]): string {
  const found =
    channels.length === 0 ? 'The job has no channels' : `The job's channels are: ${channels.join(', ')}`
  const name = variable.toLowerCase()
  return `${found}. SM_CHANNEL_${variable} is there for a channel called ${name}, as of fit({"${name}": "s3://…"}).`
}

const modelDirectoryArgument =
  "SageMaker's SDK passes --model_dir to every TensorFlow script: take it, use parse_known_args, or give the estimator model_dir=False."
