/** One field of a line: a number stands in JSON as it is, everything else as a string. */
export interface Field {
  readonly text: string
  readonly isNumber: boolean
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * The fields of one line. A quote opens and closes a quoted part wherever it stands, two inside such a part are one;
 * blanks count for nothing around a number. Source: SageMaker TensorFlow Serving container, level 2.20.
 */
export function fieldsOf(line: string): Field[] {
  return split(line).map((text) => {
    const bare = text.trim()
    return number.test(bare) ? { text: bare, isNumber: true } : { text, isNumber: false }
  })
}

function split(line: string): string[] {
  // Most lines have no quotes at all.
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let parts: string[] = []
  let isQuoted = false
  let start = 0
  for (let position = 0; position < line.length; position++) {
    const character = line[position]
    if (character === ',' && !isQuoted) {
      parts.push(line.slice(start, position))
      fields.push(parts.join(''))
      parts = []
      start = position + 1
    } else if (character === '"') {
      const isDoubled = isQuoted && line[position + 1] === '"'
      // The first of two stays; a quote that opens or closes goes.
      parts.push(line.slice(start, isDoubled ? position + 1 : position))
      if (isDoubled) position++
      else isQuoted = !isQuoted
      start = position + 1
    }
  }
  parts.push(line.slice(start))
  fields.push(parts.join(''))
  return fields
}
