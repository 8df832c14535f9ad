export { type Activity, type Claim, type HostReport, hostFiles } from './host-files.ts'
export type { ChannelPlan, Cluster, HostPlan, ServePlan, TrainPlan } from './host-plan.ts'
export { parseHostPlan } from './parse-host-plan.ts'
