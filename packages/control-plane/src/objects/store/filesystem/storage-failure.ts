import { InsufficientStorage } from '@sagebrush/api'
import { hasCode } from '../../../system-error.ts'

/** A full disk, whoever met it, becomes InsufficientStorage; every other error stays as it is. */
export async function tellingOfFullDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!hasCode(error, 'ENOSPC', 'EDQUOT', 'SQLITE_FULL')) throw error
    throw InsufficientStorage('There is not enough space on the server to store the data.', { cause: error })
  }
}
