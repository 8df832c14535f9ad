import { join } from 'node:path'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { inputDataConfig, instanceGroup, type Layout, resourceConfig } from '../ml-folder/layout.ts'
import { moduleName } from './code/entry-point.ts'
import type { HyperParameters } from './hyper-parameters/hyper-parameters.ts'
import { byCodePoint, pythonJson } from './hyper-parameters/python-text.ts'
import { dict, type PythonValue } from './hyper-parameters/python-value.ts'

export interface TrainingFacts {
  readonly plan: TrainPlan
  readonly hyperParameters: HyperParameters
  /** The places as the program sees them. */
  readonly layout: Layout
  readonly entryPoint: string
  readonly args: readonly string[]
  readonly cpus: number
  readonly gpus: number
}

export const frameworkModule = 'sagemaker_tensorflow_container.training:main'

/**
 * Every `SM_*` variable of a training container.
 * Source: training toolkit 5.1 `environment.py`, `to_env_vars`; formats as in `mapping.py`.
 */
export function smEnvironment(facts: TrainingFacts): Record<string, string> {
  const all = allFacts(facts)
  const values: Record<string, PythonValue> = {
    ...variablesOf(all, facts),
    training_env: dict(all),
    ...prefixed('channel_', channelDirectories(facts)),
    ...prefixed('hp_', facts.hyperParameters.user),
  }
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`SM_${key.toUpperCase()}`, variableText(value)]),
  )
}

/** What `SM_TRAINING_ENV` holds, and the log prints. */
export function trainingEnvironment(facts: TrainingFacts): PythonValue {
  return dict(allFacts(facts))
}

type Facts = Record<string, PythonValue>

function allFacts(facts: TrainingFacts): Facts {
  const { plan, hyperParameters, entryPoint, layout } = facts
  const { hosts, current, networkInterface } = plan.cluster
  const distribution = isDistributed(hyperParameters) ? [instanceGroup] : []
  return {
    additional_framework_parameters: hyperParameters.framework,
    channel_input_dirs: channelDirectories(facts),
    current_host: current,
    current_instance_group: instanceGroup,
    current_instance_group_hosts: hosts,
    current_instance_type: plan.instanceType,
    distribution_hosts: distribution.length > 0 ? hosts : [],
    distribution_instance_groups: distribution,
    framework_module: frameworkModule,
    hosts,
    hyperparameters: hyperParameters.user,
    ...directories(facts),
    input_data_config: fromJson(inputDataConfig(plan)),
    instance_groups: [instanceGroup],
    instance_groups_dict: fromJson({ [instanceGroup]: resourceConfig(plan).instance_groups[0] }),
    is_hetero: false,
    is_master: current === hosts[0],
    is_modelparallel_enabled: null,
    job_name: plan.name,
    log_level: hyperParameters.toolkit.logLevel,
    master_hostname: hosts[0] ?? current,
    module_dir: hyperParameters.toolkit.submitDirectory ?? layout.code,
    module_name: moduleName(entryPoint),
    network_interface_name: networkInterface,
    num_cpus: BigInt(facts.cpus),
    num_gpus: BigInt(facts.gpus),
    num_neurons: 0n,
    resource_config: fromJson(resourceConfig(plan)),
    user_entry_point: entryPoint,
  }
}

function directories({ layout }: TrainingFacts): Facts {
  return {
    input_config_dir: layout.config,
    input_dir: layout.input,
    model_dir: layout.model,
    output_data_dir: layout.outputData,
    output_dir: layout.output,
    output_intermediate_dir: layout.intermediate,
  }
}

/** Facts that stand only inside `SM_TRAINING_ENV`. */
const withoutVariable: readonly string[] = [
  'additional_framework_parameters',
  'channel_input_dirs',
  'distribution_hosts',
  'hyperparameters',
  'is_master',
  'is_modelparallel_enabled',
  'job_name',
  'master_hostname',
]

function variablesOf(all: Facts, { args, hyperParameters, plan }: TrainingFacts): Facts {
  const same = Object.entries(all).filter(([key]) => !withoutVariable.includes(key))
  return {
    ...Object.fromEntries(same),
    channels: plan.channels.map(({ name }) => name).sort(byCodePoint),
    framework_params: hyperParameters.framework,
    hps: hyperParameters.user,
    user_args: args,
  }
}

function channelDirectories({ plan, layout }: TrainingFacts): ReadonlyMap<string, PythonValue> {
  return new Map(plan.channels.map(({ name }) => [name, join(layout.data, name)]))
}

const distributions: readonly string[] = [
  'sagemaker_mpi_enabled',
  'sagemaker_parameter_server_enabled',
  'sagemaker_distributed_dataparallel_enabled',
  'sagemaker_multi_worker_mirrored_strategy_enabled',
]
function isDistributed({ framework }: HyperParameters): boolean {
  return distributions.some((key) => framework.get(key) === true)
}

function prefixed(prefix: string, values: ReadonlyMap<string, PythonValue>): Facts {
  return Object.fromEntries(Array.from(values, ([key, value]) => [prefix + key, value]))
}

function variableText(value: PythonValue): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : pythonJson(value)
}

/** Plain JSON of strings, lists and objects. */
function fromJson(value: unknown): PythonValue {
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item)]))
  return String(value)
}
