/** One signature of a served model, as its metadata tells it. */
export interface Target {
  readonly model: string
  readonly signature: string
  readonly inputs: readonly TargetInput[]
}

export interface TargetInput {
  readonly name: string
  /** `DT_FLOAT` */
  readonly type: string
  /** -1 stands for any size; undefined for any rank. */
  readonly shape: readonly number[] | undefined
}

interface Metadata {
  readonly metadata: {
    readonly signature_def: { readonly signature_def: Readonly<Record<string, { readonly inputs: Inputs }>> }
  }
}

type Inputs = Readonly<
  Record<
    string,
    {
      readonly dtype: string
      readonly tensor_shape: {
        readonly dim: readonly { readonly size: string }[]
        readonly unknown_rank: boolean
      }
    }
  >
>

/** Every signature of these models. */
export async function targetsOf(restUrl: string, models: readonly string[]): Promise<readonly Target[]> {
  const all = await Promise.all(
    models.map(async (model) => {
      const answer = (await (await fetch(`${restUrl}/v1/models/${model}/metadata`)).json()) as Metadata
      const signatures = Object.entries(answer.metadata.signature_def.signature_def)
      return signatures.map(([signature, { inputs }]) => ({ model, signature, inputs: inputsOf(inputs) }))
    }),
  )
  return all.flat()
}

const inputsOf = (inputs: Inputs): TargetInput[] =>
  Object.entries(inputs).map(
    ([
      name,
      {
        dtype,
        tensor_shape: { dim, unknown_rank: isUnknown },
      },
    ]) => ({
      name,
      type: dtype,
      shape: isUnknown ? undefined : dim.map(({ size }) => Number(size)),
    }),
  )
