export interface RequirementsFacts {
  /** False when it names files beside itself, which its text does not tell. */
  readonly isSelfContained: boolean
  /** True when the same text always means the same packages. */
  readonly isPinned: boolean
}

/** What the text of a requirements file says about keeping what it installs. */
export function readRequirements(text: string): RequirementsFacts {
  const lines = text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
  const requirements = lines.filter((line) => !line.startsWith('-'))
  return {
    isSelfContained: !lines.some(namesFile),
    isPinned: requirements.every(
      (line) => /(==\s*[\w.!+]+|===)(\s|;|$)/.test(line) || /@\s*https?:/.test(line),
    ),
  }
}

/** `-r other.txt`, `-e .`, `./package`, `wheels/x.whl`, `x @ file:…`, `--find-links wheels`. */
function namesFile(line: string): boolean {
  if (/^(-r|-c|-e|--requirement|--constraint|--editable)\b/.test(line)) return true
  if (/^(-f|--find-links)[\s=](?!\s*https?:)/.test(line)) return true
  if (line.startsWith('-')) return false
  const [requirement = ''] = line.split(';')
  return /^[./~]|file:|\\/.test(requirement) || (/\//.test(requirement) && !/:\/\//.test(requirement))
}
