import koffi from 'koffi'

/**
 * What a thread of its own would have. Native code runs on stacks of koffi's, of 128 KiB for calls off the thread
 * unless told otherwise, and linear algebra in TensorFlow puts arrays of up to as much there: the process would end.
 */
const stackBytes = 8 * 1024 * 1024

if (koffi.config().async_stack_size !== stackBytes)
  koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes })

export { koffi }
