import { join } from 'node:path'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { byCodePoint } from '../toolkit/hyper-parameters/python-text.ts'

/**
 * The places below /opt/ml, from one root: `/opt/ml` as a program in its private root sees it, or the real
 * folder.
 *
 *   input/config/hyperparameters.json, inputdataconfig.json, resourceconfig.json, and what the plan adds
 *   input/data/<channel>/
 *   model/                → model.tar.gz
 *   output/data/          → output.tar.gz
 *   output/failure        why the program failed, by itself or by the toolkit
 *   output/success        empty, after exit code 0
 *   output/intermediate/
 *   code/                 the user's program
 *
 * Source: `sagemaker-training-toolkit`'s list of paths.
 */
export interface Layout {
  readonly root: string
  readonly input: string
  readonly config: string
  readonly data: string
  readonly model: string
  readonly output: string
  readonly outputData: string
  readonly intermediate: string
  readonly failure: string
  readonly success: string
  readonly code: string
}

export function layoutAt(root: string): Layout {
  const output = join(root, 'output')
  return {
    root,
    input: join(root, 'input'),
    config: join(root, 'input', 'config'),
    data: join(root, 'input', 'data'),
    model: join(root, 'model'),
    output,
    outputData: join(output, 'data'),
    intermediate: join(output, 'intermediate'),
    failure: join(output, 'failure'),
    success: join(output, 'success'),
    code: join(root, 'code'),
  }
}

/** The folders that exist before the program starts, parents first. */
export function foldersOf(layout: Layout): string[] {
  const { config, data, model, outputData, intermediate, code } = layout
  return [config, data, model, outputData, intermediate, code]
}

/** Name of the one instance group of a job that names none. */
export const instanceGroup = 'homogeneousCluster'

export function resourceConfig(plan: TrainPlan) {
  const { hosts, current, networkInterface } = plan.cluster
  return {
    current_host: current,
    current_instance_type: plan.instanceType,
    current_group_name: instanceGroup,
    hosts: [...hosts],
    instance_groups: [
      { instance_group_name: instanceGroup, instance_type: plan.instanceType, hosts: [...hosts] },
    ],
    network_interface_name: networkInterface,
  }
}

export function inputDataConfig(plan: TrainPlan): Record<string, Record<string, string>> {
  const channels = [...plan.channels].sort((left, right) => byCodePoint(left.name, right.name))
  return Object.fromEntries(
    channels.map(({ name, mode, source, contentType, recordWrapper }) => [
      name,
      {
        TrainingInputMode: mode,
        S3DistributionType: source.distribution,
        RecordWrapperType: recordWrapper ?? 'None',
        ...(contentType === undefined ? {} : { ContentType: contentType }),
      },
    ]),
  )
}

/** File name → text, for `input/config`. */
export function configFiles(plan: TrainPlan): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(plan.configFiles ?? {}).map(([name, content]) => [name, JSON.stringify(content)]),
    ),
    'hyperparameters.json': JSON.stringify(plan.hyperParameters),
    'inputdataconfig.json': JSON.stringify(inputDataConfig(plan)),
    'resourceconfig.json': JSON.stringify(resourceConfig(plan)),
  }
}
