export { ConfigError, type ServerOptions } from './config.ts'
export { type RunningServer, startServer } from './server.ts'
export { DirectoryInUse } from './store/sqlite.ts'
