export { type Config, ConfigError, readConfig } from './config.ts'
export { type ModelServer, startModelServer } from './server.ts'
export { ModelDirectoryError } from './sources/model-directory.ts'
