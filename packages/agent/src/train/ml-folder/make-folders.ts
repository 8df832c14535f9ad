import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { configFiles, foldersOf, type Layout } from './layout.ts'

/** Makes /opt/ml as the program finds it, but for its data and code. */
export async function makeFolders(plan: TrainPlan, layout: Layout): Promise<void> {
  for (const folder of foldersOf(layout)) await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(configFiles(plan)))
    await writeFile(join(layout.config, name), text)
}
