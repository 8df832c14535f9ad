import type { EnumSchema, FieldSchema, MessageSchema } from './message-schema.ts'

/** Fields of one type, as `name number, name number`. */
const each = (type: FieldSchema['type'], list: string): Record<string, FieldSchema> =>
  Object.fromEntries(
    list.split(/,\s+/).map((field) => {
      const [name = '', number] = field.split(' ')
      return [name, { number: Number(number), type }]
    }),
  )

const toggle: EnumSchema = {
  values: { DEFAULT: 0, ON: 1, OFF: 2, AGGRESSIVE: 3, EXPERIMENTAL_MLIR: 4, EXPERIMENTAL_BOTH: 5 },
}
const memoryOptimization: EnumSchema = {
  values: {
    ...{ DEFAULT_MEM_OPT: 0, NO_MEM_OPT: 1, MANUAL: 2, HEURISTICS: 3, SWAPPING_HEURISTICS: 4 },
    ...{ RECOMPUTATION_HEURISTICS: 5, SCHEDULING_HEURISTICS: 6 },
  },
}

const rewriterConfig: MessageSchema = {
  name: 'tensorflow.RewriterConfig',
  fields: {
    ...each(
      toggle,
      'layout_optimizer 1, constant_folding 3, arithmetic_optimization 7, dependency_optimization 8, ' +
        'loop_optimization 9, function_optimization 10, debug_stripper 11, shape_optimization 13, remapping 14, ' +
        'scoped_allocator_optimization 15, pin_to_host_optimization 18, implementation_selector 22, ' +
        'auto_mixed_precision 23, common_subgraph_elimination 24, auto_mixed_precision_mkl 25, ' +
        'use_plugin_optimizers 28, auto_mixed_precision_cpu 29, experimental_conditional_code_motion 30, ' +
        'auto_mixed_precision_onednn_bfloat16 31',
    ),
    ...each(
      'bool',
      'disable_model_pruning 2, disable_meta_optimizer 19, fail_on_optimizer_errors 21, ' +
        'experimental_disable_compressed_tensor_optimization 26, ' +
        'experimental_disable_folding_quantization_emulation 27, disable_tfg_optimizer 32',
    ),
    ...each(memoryOptimization, 'memory_optimization 4'),
    ...each({ values: { DEFAULT_NUM_ITERS: 0, ONE: 1, TWO: 2 } }, 'meta_optimizer_iterations 12'),
    ...each(
      { values: { NO_CONVERSION_ON_CPU: 0, NCHW_TO_NHWC: 1, NHWC_TO_NCHW: 2 } },
      'cpu_layout_conversion 50',
    ),
    ...each('string', 'memory_optimizer_target_node_name_scope 6'),
    ...each('int32', 'min_graph_nodes 17'),
    ...each('int64', 'meta_optimizer_timeout_ms 20'),
    optimizers: { number: 100, type: 'string', isRepeated: true },
  },
}

const optimizerOptions: MessageSchema = {
  name: 'tensorflow.OptimizerOptions',
  fields: {
    ...each(
      'bool',
      'do_common_subexpression_elimination 1, do_constant_folding 2, do_function_inlining 4, cpu_global_jit 7',
    ),
    ...each({ values: { L1: 0, L0: -1 } }, 'opt_level 3'),
    ...each({ values: { DEFAULT: 0, OFF: -1, ON_1: 1, ON_2: 2 } }, 'global_jit_level 5'),
    ...each('int64', 'max_folded_constant_in_bytes 6'),
  },
}

const graphOptions: MessageSchema = {
  name: 'tensorflow.GraphOptions',
  fields: {
    ...each(
      'bool',
      'enable_recv_scheduling 2, infer_shapes 5, place_pruned_graph 6, enable_bfloat16_sendrecv 7',
    ),
    ...each('int32', 'timeline_step 8'),
    ...each('int64', 'build_cost_model 4, build_cost_model_after 9'),
    optimizer_options: { number: 3, type: optimizerOptions },
    rewrite_options: { number: 10, type: rewriterConfig },
  },
}

const virtualDevices: MessageSchema = {
  name: 'tensorflow.GPUOptions.Experimental.VirtualDevices',
  fields: {
    memory_limit_mb: { number: 1, type: 'float', isRepeated: true },
    priority: { number: 2, type: 'int32', isRepeated: true },
    device_ordinal: { number: 3, type: 'int32', isRepeated: true },
  },
}

const gpuOptions: MessageSchema = {
  name: 'tensorflow.GPUOptions',
  fields: {
    ...each('bool', 'allow_growth 4, force_gpu_compatible 8'),
    ...each('int32', 'polling_active_delay_usecs 6, polling_inactive_delay_msecs 7'),
    ...each('int64', 'deferred_deletion_bytes 3'),
    ...each('double', 'per_process_gpu_memory_fraction 1'),
    ...each('string', 'allocator_type 2, visible_device_list 5'),
    experimental: {
      number: 9,
      type: {
        name: 'tensorflow.GPUOptions.Experimental',
        fields: {
          ...each(
            'bool',
            'use_unified_memory 2, timestamped_allocator 5, use_cuda_malloc_async 11, ' +
              'disallow_retry_on_allocation_failure 12, gpu_host_mem_disallow_growth 14',
          ),
          ...each(
            'int32',
            'num_dev_to_dev_copy_streams 3, kernel_tracker_max_interval 7, kernel_tracker_max_bytes 8, ' +
              'kernel_tracker_max_pending 9, num_virtual_devices_per_gpu 15, gpu_system_memory_size_in_mb 16',
          ),
          ...each('float', 'gpu_host_mem_limit_in_mb 13'),
          ...each('double', 'internal_fragmentation_fraction 10'),
          ...each('string', 'collective_ring_order 4'),
          virtual_devices: { number: 1, type: virtualDevices, isRepeated: true },
        },
      },
    },
  },
}

/** tensorflow.ConfigProto, but for clusters of processes. Source: tensorflow/core/protobuf/config.proto. */
export const sessionConfigSchema: MessageSchema = {
  name: 'tensorflow.ConfigProto',
  fields: {
    ...each(
      'bool',
      'allow_soft_placement 7, log_device_placement 8, use_per_session_threads 9, isolate_session_state 15, ' +
        'share_cluster_devices_in_session 17',
    ),
    ...each('int32', 'intra_op_parallelism_threads 2, placement_period 3, inter_op_parallelism_threads 5'),
    ...each('int64', 'operation_timeout_in_ms 11'),
    device_count: {
      number: 1,
      isRepeated: true,
      type: {
        name: 'tensorflow.ConfigProto.DeviceCountEntry',
        fields: { ...each('string', 'key 1'), ...each('int32', 'value 2') },
      },
    },
    device_filters: { number: 4, type: 'string', isRepeated: true },
    gpu_options: { number: 6, type: gpuOptions },
    graph_options: { number: 10, type: graphOptions },
    session_inter_op_thread_pool: {
      number: 12,
      isRepeated: true,
      type: {
        name: 'tensorflow.ThreadPoolOptionProto',
        fields: { ...each('int32', 'num_threads 1'), ...each('string', 'global_name 2') },
      },
    },
    experimental: {
      number: 16,
      type: {
        name: 'tensorflow.ConfigProto.Experimental',
        fields: {
          ...each('string', 'collective_group_leader 1, executor_type 3'),
          ...each(
            'bool',
            'use_numa_affinity 5, collective_deterministic_sequential_execution 6, disable_thread_spinning 9, ' +
              'optimize_for_static_graph 12, enable_mlir_bridge 13, disable_output_partition_graphs 14, ' +
              'enable_mlir_graph_optimization 16, disable_functional_ops_lowering 21, ' +
              'xla_prefer_single_graph_cluster 22, disable_optimize_for_static_graph 24',
          ),
          ...each('int32', 'recv_buf_max_chunk 4'),
          ...each('int64', 'xla_fusion_autotuner_thresh 15'),
        },
      },
    },
    pluggable_device_options: { number: 18, type: gpuOptions },
  },
}
