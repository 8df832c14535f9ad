/** What is asked for. */
export interface EnvironmentRequest {
  /** `2.19.0`, `2.19` (any patch) or nothing (the newest). */
  readonly tensorflow?: string
  /** `py311`, `3.11`, `py3` or nothing (the machine's own). */
  readonly python?: string
  /** `inference` needs the C library, which exists from TensorFlow 2.12 on; `training` (default) needs the very version. */
  readonly purpose?: 'training' | 'inference'
}

export interface EnvironmentOptions {
  /** Shared by all data directories: `~/.cache/sagebrush`. Made when missing. */
  readonly cacheDirectory: string
  /** The caller's environment variables: PATH, proxies, certificates, pip's and uv's settings. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Gets plain lines, fit for a terminal and for a job's log. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

/** A prepared environment; nothing may be installed into it (see `ownPython`). */
export interface Environment {
  /** `tensorflow-2.21.0-python-3.11`: also the name of its folder. */
  readonly name: string
  readonly directory: string
  readonly tensorflow: string
  /** `3.11` */
  readonly python: string
  /** `3.11.7` */
  readonly pythonVersion: string
  /** Absolute path of the Python program. */
  readonly executable: string
  /** Absolute path of the folder that packages are imported from. */
  readonly sitePackages: string
  /** Absolute path of `libtensorflow_cc.so.2`; absent where the wheel has none (before 2.12). */
  readonly libtensorflow?: string
}
