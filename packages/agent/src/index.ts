export { type Activity, type Claim, type FinalMetric, type HostReport, hostFiles } from './host-files.ts'
export type { ChannelPlan, Cluster, HostPlan, MetricDefinition, ServePlan, TrainPlan } from './host-plan.ts'
export { parseHostPlan } from './parse-host-plan.ts'
