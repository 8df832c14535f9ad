export interface ImageChoice {
  readonly purpose: 'training' | 'inference'
  /** `2.19.0`, or shorter: the server takes the nearest that can be had. */
  readonly frameworkVersion: string
  /** `py312`; training images name it. */
  readonly pyVersion: string
  readonly instanceType: string
  readonly region: string
}

/** The name of AWS's own image for this choice. Source: the image tables of the SageMaker Python SDK. */
export function imageUri({
  purpose,
  frameworkVersion,
  pyVersion,
  instanceType,
  region,
}: ImageChoice): string {
  const processor = /^ml\.[gp]\d/.test(instanceType) ? 'gpu' : 'cpu'
  const python = purpose === 'training' ? `-${pyVersion}` : ''
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `763104351884.dkr.ecr.${region}.${suffix}/tensorflow-${purpose}:${frameworkVersion}-${processor}${python}`
}
