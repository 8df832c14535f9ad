// A server in a process of its own, so that a test can kill it: prints its url once it listens.
// Arguments: the data directory, the program of its hosts.
import { startServer } from '../../dist/index.js'

const [dataDirectory, agentMain] = process.argv.slice(2)
const server = await startServer({ dataDirectory, agentMain, modelServerMain: '/no/model/server' })
console.log(server.url)
