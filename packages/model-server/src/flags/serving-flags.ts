import type { Flag, FlagKind } from './read-flags.ts'
import { runThreadHelp } from './run-thread.ts'

const flag = (kind: FlagKind, fallback: string, help: string): Flag => ({ kind, fallback, help })
const ignored = (kind: FlagKind, fallback: string, why: string): Flag => ({
  kind,
  fallback,
  help: '',
  ignored: why,
})

/** tensorflow_model_server's flags, and ours, by what they are about. Source: TensorFlow Serving, model_servers/main.cc. */
const servingFlagGroups = {
  'Which models': {
    model_name: flag('text', 'default', 'name of the model in --model_base_path'),
    model_base_path: flag('text', '', 'absolute path that holds numbered versions, such as 1/saved_model.pb'),
    model_config_file: flag(
      'text',
      '',
      'text proto ModelServerConfig: several models; --model_name is not read then',
    ),
    model_config_file_poll_wait_seconds: flag('integer', '0', 'look at that file again so often; 0: never'),
    saved_model_tags: flag('text', 'serve', 'tags of the meta graph to load, with commas between them'),
    allow_version_labels_for_unavailable_models: flag(
      'boolean',
      'false',
      'labels may stand for versions that are not loaded',
    ),
  },
  'Loading and unloading': {
    file_system_poll_wait_seconds: flag(
      'integer',
      '1',
      'look for versions so often; 0: once, below 0: never',
    ),
    max_num_load_retries: flag('integer', '5', 'further attempts to load a version that failed'),
    load_retry_interval_micros: flag('integer', '60000000', 'time between those attempts'),
    num_load_threads: flag('integer', '0', 'versions that load at once; 0: one per core'),
    enable_model_warmup: flag(
      'boolean',
      'true',
      'play assets.extra/tf_serving_warmup_requests before a version answers',
    ),
    num_request_iterations_for_warmup: flag(
      'integer',
      '0',
      'times that each of its requests is played; 0: once',
    ),
    preserve_resources: flag(
      'boolean',
      'false',
      'unload the old version before the new one is loaded: less memory, a gap',
    ),
  },
  REST: {
    rest_api_port: flag('text', '0', 'port of the REST API; 0: none, "any": a free one'),
    rest_api_timeout_in_ms: flag('integer', '30000', 'longest run of a model on the pool'),
    rest_api_enable_cors_support: flag('boolean', 'false', 'let pages of any origin call'),
    monitoring_config_file: flag(
      'text',
      '',
      'text proto MonitoringConfig: metrics for Prometheus on the REST port',
    ),
    max_body_bytes: flag('integer', String(256 * 1024 * 1024), 'largest request body'),
  },
  gRPC: {
    port: flag('text', '8500', 'port of the gRPC API; "any": a free one'),
    grpc_socket_path: flag('text', '', 'unix socket for the gRPC API, beside or instead of the port'),
    grpc_channel_arguments: flag(
      'text',
      '',
      "key=value,key=value of gRPC's names: sizes, streams, age, idle time and keepalive of connections",
    ),
    grpc_max_threads: flag('integer', '0', 'requests under way at once, more are refused; 0: no limit'),
    ssl_config_file: flag('text', '', 'text proto SSLConfig: TLS for gRPC'),
    enable_grpc_healthcheck_service: flag('boolean', 'false', 'answer grpc.health.v1.Health'),
    enable_serialization_as_tensor_content: flag('boolean', 'false', 'answer tensors as tensor_content'),
    enable_signature_method_name_check: flag('boolean', 'false', "hold calls to the signature's own method"),
  },
  Batching: {
    enable_batching: flag('boolean', 'false', 'join requests that come together'),
    batching_parameters_file: flag('text', '', 'text proto BatchingParameters'),
    enable_per_model_batching_parameters: flag(
      'boolean',
      'false',
      'read batching_params.pbtxt of each version',
    ),
  },
  TensorFlow: {
    tensorflow_session_parallelism: flag('integer', '0', 'threads for both of the following; 0: automatic'),
    tensorflow_intra_op_parallelism: flag(
      'integer',
      '0',
      'threads inside one operation; 0: what each model gains by, as measured',
    ),
    tensorflow_inter_op_parallelism: flag('integer', '0', 'operations at once; 0: automatic'),
    tensorflow_session_config_file: flag('text', '', 'text proto ConfigProto'),
    per_process_gpu_memory_fraction: flag('number', '0', "part of a GPU's memory to take; 0: as needed"),
    run_thread: flag('text', 'auto', runThreadHelp),
    libtensorflow: flag(
      'text',
      '',
      'libtensorflow_cc.so.2; otherwise TensorFlow is installed into the cache',
    ),
    tensorflow_version: flag('text', '', 'of the TensorFlow that is installed; otherwise the newest'),
  },
  'The process': {
    host: flag('text', '', 'address to listen on; otherwise all'),
    workers: flag('integer', '-1', 'threads for large requests; -1: one per core, at most 8'),
    restart_on_crash: flag(
      'boolean',
      'true',
      'serve in a process of its own, and start that again where it crashes',
    ),
    drain_seconds: flag('integer', '25', 'time for requests under way after SIGTERM'),
    log_format: flag('text', 'text', 'text or json: one line for each event'),
    access_log: flag('boolean', 'false', 'log each answer, on stdout'),
    version: flag('boolean', 'false', 'print the version and end'),
    help: flag('boolean', 'false', 'print this and end'),
  },
  'Accepted without effect': {
    rest_api_num_threads: ignored('integer', '0', 'one thread takes all requests; see --workers'),
    num_unload_threads: ignored('integer', '0', 'unloading waits for nobody'),
    flush_filesystem_caches: ignored('boolean', 'true', 'files are read through the system'),
    enable_profiler: ignored('boolean', 'true', 'there is no profiler service'),
    thread_pool_factory_config_file: ignored('text', '', "TensorFlow's own thread pools are used"),
    skip_initialize_tpu: ignored('boolean', 'false', 'TPUs are not used'),
    platform_config_file: ignored(
      'text',
      '',
      'tensorflow is the only platform; use --tensorflow_session_config_file',
    ),
    remove_unused_fields_from_bundle_metagraph: ignored('boolean', 'true', 'only what is used is ever read'),
    prefer_tflite_model: ignored('boolean', 'false', 'only SavedModels are served'),
    num_tflite_pools: ignored('integer', '1', 'only SavedModels are served'),
    num_tflite_interpreters_per_pool: ignored('integer', '1', 'only SavedModels are served'),
    xla_cpu_compilation_enabled: ignored('boolean', 'false', 'models run as they were saved'),
    xla_gpu_compilation_enabled: ignored('boolean', 'false', 'models run as they were saved'),
    mixed_precision: ignored('text', '', 'models run as they were saved'),
    use_alts_credentials: flag(
      'boolean',
      'false',
      "refused when true: ALTS is Google's own network; use --ssl_config_file",
    ),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Flag>>>>

export const servingFlags: Readonly<Record<string, Flag>> = Object.assign(
  {},
  ...Object.values(servingFlagGroups),
)

export const servingUsage = [
  'usage: sagebrush-model-server --model_base_path=/models/half_plus_two --model_name=half_plus_two --rest_api_port=8501',
  '       sagebrush-model-server --model_config_file=/models/models.config --rest_api_port=8501',
  "       sagebrush-model-server serve …   with the SageMaker container's options: see serve --help",
  '',
  "It takes tensorflow_model_server's flags, as --flag=value or --flag value. Then, for example:",
  `  curl -d '{"instances": [1.0, 2.0, 5.0]}' http://localhost:8501/v1/models/half_plus_two:predict`,
  ...Object.entries(servingFlagGroups).flatMap(([group, flags]) => ['', `${group}:`, ...linesOf(flags)]),
].join('\n')

function linesOf(flags: Readonly<Record<string, Flag>>): string[] {
  return Object.entries(flags).map(([name, { help, fallback, ignored: why }]) => {
    const usual = fallback === '' || why ? '' : ` (default ${fallback})`
    return `  --${name.padEnd(43)} ${why ?? help}${usual}`
  })
}
