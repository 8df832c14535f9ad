import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface PackageAlias {
  readonly name: string
  readonly version: string
  /** The package that really holds the files. */
  readonly of: string
}

/**
 * Tells installers that a package is there which another one provides: without it a requirement on `tensorflow`,
 * direct or of some library, would install a second TensorFlow over `tensorflow-cpu`.
 * Source: PyPA's "Recording installed projects" and "Core metadata".
 */
export async function writeAlias(sitePackages: string, { name, version, of }: PackageAlias): Promise<void> {
  const folder = `${name}-${version}.dist-info`
  const files: Record<string, string> = {
    METADATA: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nSummary: Provided by ${of}\nRequires-Dist: ${of}==${version}\n`,
    INSTALLER: 'sagebrush\n',
    WHEEL: 'Wheel-Version: 1.0\nGenerator: sagebrush\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  files.RECORD = [...Object.keys(files), 'RECORD'].map((file) => `${folder}/${file},,\n`).join('')
  await mkdir(join(sitePackages, folder), { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(sitePackages, folder, file), text)
}
