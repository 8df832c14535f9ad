export {
  type Activity,
  type Claim,
  type FinalMetric,
  type HostReport,
  hostFiles,
  type Leftovers,
} from './host/host-files.ts'
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
} from './plan/host-plan.ts'
export { parseHostPlan } from './plan/parse-host-plan.ts'
