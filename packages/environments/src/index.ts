export type { Environment, EnvironmentOptions, EnvironmentRequest } from './environment.ts'
export { EnvironmentError } from './environment-error.ts'
export { type Image, parseImage } from './image.ts'
export { type ListedEnvironment, listEnvironments, removeEnvironment } from './manage.ts'
export { type OwnPython, type OwnPythonOptions, ownPython } from './own-python.ts'
export { type PreparedEnvironment, prepareEnvironment } from './prepare.ts'
export {
  type NotebookIdentity,
  type NotebookOptions,
  notebookIdentity,
} from './private-root/notebook-identity.ts'
export {
  type Bind,
  type PrivateRoot,
  type PrivateRootOptions,
  privateRoot,
} from './private-root/private-root.ts'
