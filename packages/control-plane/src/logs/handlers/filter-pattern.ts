import { InvalidParameterException } from '@sagebrush/api'

/**
 * CloudWatch's patterns for unstructured text, case-sensitive:
 *
 *   ERROR timeout        both occur
 *   "not found"          this phrase occurs; \" stands for a quote within
 *   ERROR -retry         the first occurs, the second does not
 *   ?WARN ?ERROR         one of them occurs; beside terms without a mark these do not count
 *
 * An empty pattern takes every message. Throws InvalidParameterException for patterns over JSON (`{…}`), over columns
 * (`[…]`) and for regular expressions (`%…%`), which are not known here.
 */
export function parseFilterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim()
  if (/^[{[%]/.test(text)) {
    throw InvalidParameterException(
      `Invalid filter pattern: only terms and quoted phrases are supported, got '${text.slice(0, 100)}'`,
    )
  }
  const terms = [...text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, mark, phrase, word]) => ({
    mark,
    text: phrase === undefined ? (word ?? '') : phrase.replace(/\\(.)/g, '$1'),
  }))
  const marked = (mark: string) => terms.filter((term) => term.mark === mark).map((term) => term.text)
  const [all, none, any] = [marked(''), marked('-'), marked('?')]
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (all.length > 0 || any.length === 0 || any.some((term) => message.includes(term)))
}
