/** Where things lie in the scanner's memory; `src/formats/json/numbers/number-scanner.ts` names the same addresses. */

// Per level: the numbers in each of its lists (0: none is complete), and the first number of the open one.
export const spans = 64
export const starts = spans + 4 * 64
// 10^0 … 10^8 as integers; 10^-64 … 10^64 as doubles; the upper 64 bits of 5^-64 … 5^64.
export const tens = starts + 4 * 64
export const powers = 1024
export const fives = 3072
export const greatestPower = 64
export const text = 8192
export const output = text + 65536 + 64
