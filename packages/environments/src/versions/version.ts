/** Orders by release numbers: `2.9.0` before `2.12`; a release candidate before its release. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parse(left), parse(right)]
  for (let index = 0; index < Math.max(a.release.length, b.release.length); index++) {
    const difference = (a.release[index] ?? 0) - (b.release[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.candidate - b.candidate
}

/** True when `version` is what `asked` names: `2.13.1` for `2.13.1`, `2.13` and `2`. */
export function answers(asked: string, version: string): boolean {
  return version === asked || (isRelease(asked) && version.startsWith(`${asked}.`))
}

/** `2` of `2.13.1`. */
export function majorOf(version: string): number {
  return parse(version).release[0] ?? 0
}

/** `3.11` of `3.11.7`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

/** Up to three numbers, and what comes before a release: `2.19`, `2.20.0rc1`. */
export function isVersion(text: string): boolean {
  return /^\d+(\.\d+){0,2}((a|b|rc)\d+)?$/.test(text)
}

const isRelease = (version: string) => /^\d+(\.\d+)?$/.test(version)

function parse(version: string): { release: number[]; candidate: number } {
  const [, release = '0', candidate] = /^(\d+(?:\.\d+)*)(?:(?:a|b|rc)(\d+))?/.exec(version) ?? []
  return {
    release: release.split('.').map(Number),
    candidate: candidate === undefined ? Number.MAX_SAFE_INTEGER : Number(candidate),
  }
}
