export { type Config, ConfigError, readConfig } from './configuration/config.ts'
export { type ModelServer, startModelServer } from './servers/server.ts'
export { ModelDirectoryError } from './sources/model-directory.ts'
