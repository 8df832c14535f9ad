export { type HttpServer, type HttpServerOptions, startHttpServer } from './http/http-server.ts'
