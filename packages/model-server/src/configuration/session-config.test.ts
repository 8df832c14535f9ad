import { expect, test } from 'vitest'
import { sessionConfigSchema } from './session-config.ts'
import { parseTextProto } from './text-proto.ts'
import { writeWire } from './wire.ts'

const text = `
  device_count { key: "GPU" value: 0 }
  intra_op_parallelism_threads: 3
  inter_op_parallelism_threads: 2
  gpu_options { per_process_gpu_memory_fraction: 0.25 allow_growth: true
    experimental { use_unified_memory: true gpu_host_mem_limit_in_mb: 512 } }
  allow_soft_placement: true
  graph_options { optimizer_options { opt_level: L0 global_jit_level: -1 }
    rewrite_options { constant_folding: OFF memory_optimization: NO_MEM_OPT
      disable_meta_optimizer: true meta_optimizer_timeout_ms: 5000 optimizers: "layout" } }
  operation_timeout_in_ms: 60000
  session_inter_op_thread_pool { num_threads: 2 global_name: "a" }
  experimental { executor_type: "SINGLE_THREADED_EXECUTOR" disable_thread_spinning: true }
`
/** As TensorFlow 2.21 itself writes that message. */
const bytes = [
  '0a070a03475055100010032802321409000000000000d03f20014a0710016d000000443801522e1a1618ffffffffffff',
  'ffffff0128ffffffffffffffffff01521418022001980101a0018827a206066c61796f757458e0d40362050802120161',
  '82011c1a1853494e474c455f54485245414445445f4558454355544f524801',
].join('')

test('becomes the bytes that TensorFlow makes of it', () => {
  expect(
    Buffer.from(writeWire(sessionConfigSchema, parseTextProto(sessionConfigSchema, text))).toString('hex'),
  ).toBe(bytes)
})

test.each([
  [
    'intra_op_parallelism: 1',
    'Message type "tensorflow.ConfigProto" has no field named "intra_op_parallelism".',
  ],
  [
    'graph_options { rewrite_options { remapping: 9 } }',
    'Unknown enumeration value of "9" for field "remapping".',
  ],
])('refuses %s', (wrong, reason) => {
  expect(() => parseTextProto(sessionConfigSchema, wrong)).toThrow(reason)
})
