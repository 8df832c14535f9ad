import { spawn } from 'node:child_process'

/** Runs the steps in turn, each with its name and seconds; stops at the first that fails. */
export async function runSteps(steps) {
  for (const { name, command, environment } of steps) {
    const started = performance.now()
    process.stdout.write(`\n== ${name}\n`)
    const code = await run(command, environment)
    process.stdout.write(`== ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${seconds(started)} s\n`)
    if (code !== 0) return code
  }
  return 0
}

function run([program, ...args], environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1)
