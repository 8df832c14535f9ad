import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sums the counts in vitest's JSON reports; a file that could not even be loaded counts as one failure. */
export function counted(directory) {
  const reports = readdirSync(directory).map((name) =>
    JSON.parse(readFileSync(join(directory, name), 'utf8')),
  )
  return reports.reduce(
    (sum, report) => ({
      passed: sum.passed + report.numPassedTests,
      failed: sum.failed + report.numFailedTests + unloaded(report),
    }),
    { passed: 0, failed: 0 },
  )
}

const unloaded = (report) =>
  report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
