/** What an AWS image URI asks for. `version` is as the tag spells it: `2.13` stays `2.13`. */
export interface Image {
  readonly framework: 'tensorflow'
  readonly purpose: 'training' | 'inference'
  readonly version: string
  /** As in the tag: `py3`, `py37`, `py312`. Most inference images name none. */
  readonly python?: string
  readonly accelerator: 'cpu' | 'gpu' | 'eia'
  readonly architecture: 'x86_64' | 'arm64'
  readonly account: string
  readonly region: string
  readonly repository: string
}

interface Repository {
  readonly purposes: readonly Image['purpose'][]
  readonly architecture?: Image['architecture']
  readonly accelerator?: Image['accelerator']
}

/** Source: the image tables of the SageMaker Python SDK 2.257. */
const repositories: Readonly<Record<string, Repository>> = {
  'tensorflow-training': { purposes: ['training'] },
  'tensorflow-inference': { purposes: ['inference'] },
  'tensorflow-inference-graviton': { purposes: ['inference'], architecture: 'arm64' },
  'tensorflow-inference-eia': { purposes: ['inference'], accelerator: 'eia' },
  'sagemaker-tensorflow': { purposes: ['training', 'inference'] },
  'sagemaker-tensorflow-scriptmode': { purposes: ['training'] },
  'sagemaker-tensorflow-serving': { purposes: ['inference'] },
  'sagemaker-tensorflow-serving-eia': { purposes: ['inference'], accelerator: 'eia' },
  'sagemaker-tensorflow-eia': { purposes: ['inference'], accelerator: 'eia' },
}

const uriPattern = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)\/([a-z0-9-]+):([\w.-]+)$/
const tagPattern = /^(\d+\.\d+(?:\.\d+)?(?:rc\d+)?)(?:-(cpu|gpu))?(?:-(py\d+))?(?:-.*)?$/

/**
 * Reads the URI of one of AWS's TensorFlow images, of any account, region and suffix:
 * `763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312-ubuntu22.04-sagemaker`.
 * Undefined for every other image. A repository that served both purposes counts as training unless the tag names
 * no Python, as the inference tags did not.
 */
export function parseImage(uri: string): Image | undefined {
  const [, account = '', region = '', , name = '', tag = ''] = uriPattern.exec(uri) ?? []
  const repository = Object.hasOwn(repositories, name) ? repositories[name] : undefined
  const [, version, accelerator = 'cpu', python] = tagPattern.exec(tag) ?? []
  if (repository === undefined || version === undefined) return undefined
  return {
    framework: 'tensorflow',
    purpose: purposeOf(repository, python),
    version,
    ...(python === undefined ? {} : { python }),
    accelerator: repository.accelerator ?? (accelerator === 'gpu' ? 'gpu' : 'cpu'),
    architecture: repository.architecture ?? 'x86_64',
    account,
    region,
    repository: name,
  }
}

function purposeOf({ purposes }: Repository, python: string | undefined): Image['purpose'] {
  if (purposes.length > 1) return python === undefined ? 'inference' : 'training'
  return purposes[0] ?? 'training'
}
