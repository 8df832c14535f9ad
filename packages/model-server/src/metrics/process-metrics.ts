import type { Manager } from '../lifecycle/manager.ts'
import type { MetricRegistry } from './metric-families.ts'

/** What Prometheus' own client libraries tell of a process, under the same names. */
export function addProcessMetrics(registry: MetricRegistry, startedSeconds: number): void {
  const add = (type: 'gauge' | 'counter', name: string, help: string, value: () => number): void =>
    registry.read(type, { name, labels: [], help }, () => [[[], value()]])
  add('gauge', 'process_start_time_seconds', 'Start of the process since the epoch.', () => startedSeconds)
  add('gauge', 'process_resident_memory_bytes', 'Memory that the process holds.', () =>
    process.memoryUsage.rss(),
  )
  add('counter', 'process_cpu_seconds_total', 'Processor time of the process, all threads.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
}

const states = ['START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END'] as const

/** How many versions of each model are in each state; a model that is not wanted any more is not told of. */
export function addModelMetrics(registry: MetricRegistry, manager: Pick<Manager, 'models' | 'states'>): void {
  const help = 'Versions of a model by the state they are in.'
  registry.read('gauge', { name: 'sagebrush_model_versions', labels: ['model_name', 'state'], help }, () =>
    manager.models().flatMap((model) => {
      const versions = manager.states(model)
      return states.map((state) => {
        const count = versions.filter((version) => version.state === state).length
        return [[model, state], count] as const
      })
    }),
  )
}
