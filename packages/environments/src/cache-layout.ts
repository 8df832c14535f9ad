import { join } from 'node:path'

/**
 * What lies in the cache directory:
 *
 *   uv/bin/uv                                       the installer, when PATH has none
 *   choices/<hash>.json                             what answered a request, for a day
 *   environments/<name>/                            a Python environment
 *   environments/<name>/sagebrush-environment.json  its completion marker, written last; touched when used
 *   layers/<hash>/                                  packages of one requirements file, above one environment
 *   making/<name>.<random>/                         what is not complete yet; rubbish once nobody holds the lock
 *   locks/<name>                                    lock files, always empty
 */
export const cacheLayout = (cacheDirectory: string) => ({
  uv: join(cacheDirectory, 'uv'),
  choices: join(cacheDirectory, 'choices'),
  environments: join(cacheDirectory, 'environments'),
  layers: join(cacheDirectory, 'layers'),
  making: join(cacheDirectory, 'making'),
  lock: (name: string) => join(cacheDirectory, 'locks', name),
})

/** The completion marker of an environment and of a layer. */
export const markerFile = 'sagebrush-environment.json'
