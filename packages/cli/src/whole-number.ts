import { InvalidArgumentError } from 'commander'

/** For options that count. Throws commander's InvalidArgumentError. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is needed.')
  return Number(text)
}
