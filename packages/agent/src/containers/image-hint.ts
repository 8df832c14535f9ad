/** What to do about an image that cannot be had; empty where the engine has said it all. */
export function imageHint(image: string): string {
  if (!/^\d{12}\.dkr\.ecr\./.test(image)) return ''
  return '; of the images in this registry only tensorflow-training and tensorflow-inference run without being pulled: log the engine in and pull the image, or correct its name'
}
