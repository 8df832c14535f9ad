export {
  type Activity,
  type Claim,
  type FinalMetric,
  type HostReport,
  hostFiles,
  type Leftovers,
} from './host-files.ts'
export type {
  ChannelPlan,
  Cluster,
  ContainerCommand,
  HostPlan,
  MetricDefinition,
  ServePlan,
  Share,
  SyncedFolder,
  TrainPlan,
} from './host-plan.ts'
export { parseHostPlan } from './parse-host-plan.ts'
