/** The parts of AWS's service models (`service-2.json`) that are compared. */
export interface ServiceModel {
  readonly metadata: {
    readonly apiVersion: string
    readonly protocol: string
    readonly endpointPrefix: string
    readonly signingName?: string
    readonly targetPrefix?: string
    readonly xmlNamespace?: string | { readonly uri: string }
  }
  readonly operations: Readonly<Record<string, ModelOperation>>
  readonly shapes: Readonly<Record<string, ModelShape>>
}

export interface ModelOperation {
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number }
  readonly input?: ModelMember
  readonly output?: ModelMember
}

export interface ModelMember {
  readonly shape: string
  readonly location?: 'header' | 'headers' | 'querystring' | 'uri' | 'statusCode'
  readonly locationName?: string
  readonly flattened?: boolean
  readonly streaming?: boolean
  readonly timestampFormat?: string
}

export interface ModelShape {
  readonly type: string
  readonly members?: Readonly<Record<string, ModelMember>>
  readonly required?: readonly string[]
  /** Of a structure: the member that is the whole body. */
  readonly payload?: string
  readonly member?: ModelMember
  readonly key?: ModelMember
  readonly value?: ModelMember
  readonly flattened?: boolean
  readonly streaming?: boolean
  readonly timestampFormat?: string
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number }
}
