import { join, resolve } from 'node:path'

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
export function cacheLayout(cacheDirectory: string) {
  const root = resolve(cacheDirectory)
  return {
    uv: join(root, 'uv'),
    choices: join(root, 'choices'),
    environments: join(root, 'environments'),
    layers: join(root, 'layers'),
    making: join(root, 'making'),
    lock: (name: string) => join(root, 'locks', name),
  }
}

/** The completion marker of an environment and of a layer. */
export const markerFile = 'sagebrush-environment.json'
