import { InvalidParameterValue } from '@sagebrush/api'
import type { MetricKey } from './store/metric-store.ts'

/** A metric as requests name it; without a name or a namespace it is none that could be stored. */
interface NamedMetric {
  readonly Namespace?: string | undefined
  readonly MetricName?: string | undefined
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[] | undefined
}

/** Throws InvalidParameterValue for two dimensions of the same name. */
export function keyOf({ Namespace, MetricName, Dimensions = [] }: NamedMetric, place: string): MetricKey {
  const names = Dimensions.map(({ Name }) => Name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw InvalidParameterValue(`The parameter ${place} has more than one dimension ${twice}.`)
  const dimensions = Dimensions.map(({ Name: name, Value: value }) => ({ name, value }))
  return { namespace: Namespace ?? '', name: MetricName ?? '', dimensions }
}

/** As answers tell it. */
export const describeMetric = ({ namespace, name, dimensions }: MetricKey) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
})
