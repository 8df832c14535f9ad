import type { ExponentialBuckets } from './histogram.ts'
import { type Counter, type MetricFamily, MetricRegistry } from './metric-families.ts'

/** 10 µs to some 20 minutes. */
const latency: ExponentialBuckets = { scale: 10, growth: 1.8, count: 33 }

/**
 * Every metric of the server. Those of `tensorflow` bear TensorFlow Serving's names, labels and buckets; times in
 * them are microseconds. Source: its servables/tensorflow/util.cc, batching/batching_session.cc,
 * saved_model_warmup_util.cc; TensorFlow's cc/saved_model/loader.cc.
 */
export function createServerMetrics() {
  const registry = new MetricRegistry()
  const counter = (name: string, ...labels: readonly string[]): MetricFamily<Counter> =>
    registry.counter({ name: `:tensorflow:${name}`, labels })
  const histogram = (name: string, buckets: ExponentialBuckets, ...labels: readonly string[]) =>
    registry.histogram({ name: `:tensorflow:${name}`, labels }, buckets)
  return {
    registry,
    requestCount: counter('serving:request_count', 'model_name', 'status'),
    requestLatency: histogram('serving:request_latency', latency, 'model_name', 'API', 'entrypoint'),
    runtimeLatency: histogram('serving:runtime_latency', latency, 'model_name', 'API', 'runtime'),
    exampleCounts: histogram('serving:request_example_counts', { scale: 1, growth: 2, count: 15 }, 'model'),
    exampleCountTotal: counter('serving:request_example_count_total', 'model'),
    warmUpLatency: histogram('serving:model_warmup_latency', latency, 'model_path', 'status'),
    queuingLatency: histogram(
      'serving:batching_session:queuing_latency',
      { scale: 100, growth: 1.2, count: 52 },
      'thread_pool_name',
    ),
    wrappedRunCount: counter('serving:batching_session:wrapped_run_count'),
    loadAttemptCount: counter('cc:saved_model:load_attempt_count', 'model_path', 'status'),
    loadLatency: counter('cc:saved_model:load_latency', 'model_path'),
    stageSeconds: registry.histogram(
      {
        name: 'sagebrush_request_stage_seconds',
        labels: ['model_name', 'version', 'signature', 'stage'],
        help: 'Time of an answered request in one stage: decode, queue, run or encode.',
      },
      { scale: 1e-5, growth: 2, count: 20 },
    ),
    batchRows: registry.histogram(
      {
        name: 'sagebrush_batch_rows',
        labels: ['model_name'],
        help: 'Rows of a batch, before it is filled up to an allowed size.',
      },
      { scale: 1, growth: 2, count: 12 },
    ),
  }
}

export type ServerMetrics = ReturnType<typeof createServerMetrics>
