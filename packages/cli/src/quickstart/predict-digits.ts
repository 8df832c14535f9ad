import type { Predictor } from '@sagebrush/sdk'
import { imagePixels } from './mnist.ts'

const side = 28

/** Asks the endpoint about n images (n × 784 bytes) in one request; answers n digits. */
export async function predictDigits(predictor: Predictor, images: Uint8Array): Promise<number[]> {
  const count = images.length / imagePixels
  const instances = Array.from({ length: count }, (_, index) => rows(images, index * imagePixels))
  const { predictions } = (await predictor.predict({ instances })) as { predictions: number[][] }
  return predictions.map(indexOfLargest)
}

function rows(images: Uint8Array, start: number): number[][] {
  return Array.from({ length: side }, (_, row) => [
    ...images.subarray(start + row * side, start + (row + 1) * side),
  ])
}

const indexOfLargest = (values: readonly number[]) => values.indexOf(Math.max(...values))
