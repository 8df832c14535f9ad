import { fileURLToPath } from 'node:url'

/** The folder of Python packages that every program can import: it holds `sagemaker_tensorflow`. */
export const ourPackages = fileURLToPath(new URL('../../../python', import.meta.url))
