/**
 * An installer's own words of why it failed, as one text: from its last line with `error` or uv's `×` on, without the
 * signs that draw boxes; without such a line its last lines. What pip has passed over, version by version, is left out.
 *
 *   × No solution found when resolving dependencies:
 *   ╰─▶ Because nosuch was not found in the package registry and you require nosuch, we can conclude …
 */
export function failureLines(lines: readonly string[], limit = 600): string {
  const useful = lines.filter(
    (line) => line.trim() !== '' && !line.startsWith('ERROR: Ignored the following'),
  )
  const start = useful.findIndex((line) => /^\s*×|^(error|ERROR|fatal)\b|Error:/.test(line))
  const told = start === -1 ? useful.slice(-3) : useful.slice(start)
  const text = told
    .map((line) =>
      line
        .replace(/[×╰╭├│─▶]/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .join(' ')
  if (text === '') return 'it said nothing'
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
