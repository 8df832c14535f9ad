import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sums the counts in the reports of vitest (`.json`) and pytest (`.xml`). */
export function counted(directory) {
  return readdirSync(directory)
    .map((name) => readReport(name, readFileSync(join(directory, name), 'utf8')))
    .reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
      passed: 0,
      failed: 0,
    })
}

function readReport(name, text) {
  return name.endsWith('.xml') ? fromJunit(text) : fromVitest(JSON.parse(text))
}

/** A file that could not even be loaded counts as one failure. */
function fromVitest({ numPassedTests, numFailedTests, testResults }) {
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length }
}

function fromJunit(text) {
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0)
  const failed = count('failures') + count('errors')
  return { passed: count('tests') - failed - count('skipped'), failed }
}
