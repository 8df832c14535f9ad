export type ImageChoice = {
  /** `2.19.0`, or shorter: the server takes the nearest that can be had. */
  readonly frameworkVersion: string
  readonly instanceType: string
  readonly region: string
} & (
  | { readonly purpose: 'training' /** `py312` */; readonly pyVersion: string }
  | { readonly purpose: 'inference' }
)

/** The name of AWS's own image for this choice. Source: the image tables of the SageMaker Python SDK. */
export function imageUri(choice: ImageChoice): string {
  const { purpose, frameworkVersion, instanceType, region } = choice
  const processor = /^ml\.[gp]\d/.test(instanceType) ? 'gpu' : 'cpu'
  const python = choice.purpose === 'training' ? `-${choice.pyVersion}` : ''
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `763104351884.dkr.ecr.${region}.${suffix}/tensorflow-${purpose}:${frameworkVersion}-${processor}${python}`
}
