import { describe, expect, it } from 'vitest'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { sampleChannel, samplePlan } from '../../testing/plans.ts'
import { layoutAt } from '../ml-folder/layout.ts'
import { toArguments } from './hyper-parameters/arguments.ts'
import { readHyperParameters } from './hyper-parameters/hyper-parameters.ts'
import { smEnvironment } from './sm-environment.ts'

function variablesOf(more: Partial<TrainPlan>, entryPoint = 'train.py'): Record<string, string> {
  const plan = samplePlan(more)
  const hyperParameters = readHyperParameters(plan.hyperParameters, plan.name)
  const args = toArguments(hyperParameters.user)
  return smEnvironment({
    plan,
    hyperParameters,
    layout: layoutAt('/opt/ml'),
    entryPoint,
    args,
    cpus: 4,
    gpus: 1,
  })
}

const hyperParameters = {
  epochs: '3',
  'learning-rate': '0.1',
  flag: 'true',
  lst: '[1, 2]',
  nothing: 'null',
  name: '"a é"',
  one: '1.0',
  model_dir: '"s3://bucket/job/model"',
  sagemaker_program: '"train.py"',
  sagemaker_submit_directory: '"s3://bucket/job/source/sourcedir.tar.gz"',
  sagemaker_container_log_level: '20',
  sagemaker_job_name: '"job"',
  sagemaker_region: '"us-west-2"',
  sagemaker_instance_type: '"ml.c5.xlarge"',
}
const group = '{"hosts":["algo-1"],"instance_group_name":"homogeneousCluster","instance_type":"ml.c5.xlarge"}'

describe('smEnvironment', () => {
  const { SM_TRAINING_ENV = '', ...variables } = variablesOf({
    hyperParameters,
    channels: [sampleChannel('train'), sampleChannel('eval-set')],
  })

  it("has every variable of the toolkit, in the toolkit's formats", () => {
    expect(variables).toEqual({
      SM_HOSTS: '["algo-1"]',
      SM_CURRENT_HOST: 'algo-1',
      SM_CURRENT_INSTANCE_TYPE: 'ml.c5.xlarge',
      SM_CURRENT_INSTANCE_GROUP: 'homogeneousCluster',
      SM_CURRENT_INSTANCE_GROUP_HOSTS: '["algo-1"]',
      SM_INSTANCE_GROUPS: '["homogeneousCluster"]',
      SM_INSTANCE_GROUPS_DICT: `{"homogeneousCluster":${group}}`,
      SM_DISTRIBUTION_INSTANCE_GROUPS: '[]',
      SM_IS_HETERO: 'false',
      SM_NETWORK_INTERFACE_NAME: 'eth0',
      SM_HPS:
        '{"epochs":3,"flag":true,"learning-rate":0.1,"lst":[1,2],"model_dir":"s3://bucket/job/model","name":"a \\u00e9","nothing":null,"one":1.0}',
      SM_HP_EPOCHS: '3',
      'SM_HP_LEARNING-RATE': '0.1',
      SM_HP_FLAG: 'true',
      SM_HP_LST: '[1,2]',
      SM_HP_NOTHING: '',
      SM_HP_NAME: 'a é',
      SM_HP_ONE: '1.0',
      SM_HP_MODEL_DIR: 's3://bucket/job/model',
      SM_USER_ARGS:
        '["--epochs","3","--flag","True","--learning-rate","0.1","--lst","[1, 2]","--model_dir","s3://bucket/job/model","--name","a \\u00e9","--nothing","","--one","1.0"]',
      SM_USER_ENTRY_POINT: 'train.py',
      SM_MODULE_NAME: 'train',
      SM_MODULE_DIR: 's3://bucket/job/source/sourcedir.tar.gz',
      SM_FRAMEWORK_MODULE: 'sagemaker_tensorflow_container.training:main',
      SM_FRAMEWORK_PARAMS: '{"sagemaker_instance_type":"ml.c5.xlarge"}',
      SM_LOG_LEVEL: '20',
      SM_RESOURCE_CONFIG: `{"current_group_name":"homogeneousCluster","current_host":"algo-1","current_instance_type":"ml.c5.xlarge","hosts":["algo-1"],"instance_groups":[${group}],"network_interface_name":"eth0"}`,
      SM_INPUT_DATA_CONFIG:
        '{"eval-set":{"RecordWrapperType":"None","S3DistributionType":"FullyReplicated","TrainingInputMode":"File"},"train":{"RecordWrapperType":"None","S3DistributionType":"FullyReplicated","TrainingInputMode":"File"}}',
      SM_CHANNELS: '["eval-set","train"]',
      SM_CHANNEL_TRAIN: '/opt/ml/input/data/train',
      'SM_CHANNEL_EVAL-SET': '/opt/ml/input/data/eval-set',
      SM_MODEL_DIR: '/opt/ml/model',
      SM_INPUT_DIR: '/opt/ml/input',
      SM_INPUT_CONFIG_DIR: '/opt/ml/input/config',
      SM_OUTPUT_DIR: '/opt/ml/output',
      SM_OUTPUT_DATA_DIR: '/opt/ml/output/data',
      SM_OUTPUT_INTERMEDIATE_DIR: '/opt/ml/output/intermediate',
      SM_NUM_CPUS: '4',
      SM_NUM_GPUS: '1',
      SM_NUM_NEURONS: '0',
    })
  })

  it('gathers all of it in SM_TRAINING_ENV', () => {
    const gathered = JSON.parse(SM_TRAINING_ENV)
    expect(Object.keys(gathered)).toEqual([
      ...['additional_framework_parameters', 'channel_input_dirs', 'current_host', 'current_instance_group'],
      ...['current_instance_group_hosts', 'current_instance_type', 'distribution_hosts'],
      ...['distribution_instance_groups', 'framework_module', 'hosts', 'hyperparameters', 'input_config_dir'],
      ...[
        'input_data_config',
        'input_dir',
        'instance_groups',
        'instance_groups_dict',
        'is_hetero',
        'is_master',
      ],
      ...['is_modelparallel_enabled', 'job_name', 'log_level', 'master_hostname', 'model_dir', 'module_dir'],
      ...['module_name', 'network_interface_name', 'num_cpus', 'num_gpus', 'num_neurons', 'output_data_dir'],
      ...['output_dir', 'output_intermediate_dir', 'resource_config', 'user_entry_point'],
    ])
    expect(gathered).toMatchObject({
      hyperparameters: { epochs: 3, one: 1 },
      is_master: true,
      job_name: 'job',
      channel_input_dirs: { train: '/opt/ml/input/data/train' },
    })
  })

  it('names the group that a distribution runs in', () => {
    const distributed = variablesOf({ hyperParameters: { sagemaker_parameter_server_enabled: 'true' } })
    expect(distributed).toMatchObject({
      SM_DISTRIBUTION_INSTANCE_GROUPS: '["homogeneousCluster"]',
      SM_FRAMEWORK_PARAMS: '{"sagemaker_parameter_server_enabled":true}',
    })
  })

  it('says where code lies that was not brought', () => {
    expect(variablesOf({}, 'run.sh')).toMatchObject({
      SM_MODULE_DIR: '/opt/ml/code',
      SM_MODULE_NAME: 'run.sh',
    })
  })
})
