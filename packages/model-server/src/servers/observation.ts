import type { BatchObserver } from '../batching/batch-scheduler.ts'
import type { Face } from '../faces/http.ts'
import type { Manager } from '../lifecycle/manager.ts'
import { logFailure } from '../logs/log-failure.ts'
import { loggedLoader } from '../logs/logged-loader.ts'
import { observedFace } from '../logs/observed-face.ts'
import type { Logs } from '../logs/open-logs.ts'
import { createMetering } from '../metrics/metering.ts'
import { watchFailures } from '../prediction/failures.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import type { Loader } from '../servable.ts'

/** What metrics and logs add to each part of a server. */
export interface Observation {
  /** Around the loader that reads the disk. */
  reading(loader: Loader, directory: string): Loader
  /** Around all that loading a version takes. */
  loading(loader: Loader): Loader
  service(service: PredictService, manager: Manager): PredictService
  /** Around all other faces. */
  face(face: Face): Face
  readonly batch: BatchObserver | undefined
  /** How long one version's warm-up took, in microseconds, and with what outcome. */
  warmedUp(directory: string, micros: number, status: string): void
}

export interface ObservationOptions {
  /** Undefined: nothing is measured. */
  readonly metricsPath: string | undefined
  readonly logs: Logs
  readonly newId: () => string
}

export function createObservation({ metricsPath, logs, newId }: ObservationOptions): Observation {
  const metering = createMetering(metricsPath)
  return {
    reading: metering.loads,
    loading: (loader) => loggedLoader(metering.meters(loader), logs.events),
    service(service, manager) {
      metering.models(manager)
      return watchFailures(service, (model, error) => {
        metering.failed(model, error)
        logFailure(logs.events, model, error)
      })
    },
    face: (face) => observedFace(metering.face(face), { accessLog: logs.access, newId }),
    batch: metering.observeBatch,
    warmedUp: metering.warmedUp,
  }
}
