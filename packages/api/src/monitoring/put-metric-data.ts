import { operation } from '../service.ts'
import { integer, list, map, required, string, structure } from '../shape.ts'
import {
  DatapointValue,
  Dimensions,
  Flag,
  InternalServiceError,
  InvalidParameterCombination,
  InvalidParameterValue,
  MetricName,
  MissingParameter,
  Namespace,
  StandardUnit,
  Timestamp,
} from './shapes.ts'

const MetricData = list(
  structure({
    MetricName: required(MetricName),
    Dimensions,
    Timestamp,
    Value: DatapointValue,
    StatisticValues: structure({
      SampleCount: required(DatapointValue),
      Sum: required(DatapointValue),
      Minimum: required(DatapointValue),
      Maximum: required(DatapointValue),
    }),
    Values: list(DatapointValue),
    Counts: list(DatapointValue),
    Unit: StandardUnit,
    StorageResolution: integer({ min: 1 }),
  }),
)

const Entity = structure({
  KeyAttributes: map(string({ min: 1, max: 2048 }), { min: 2, max: 4, key: string({ min: 1, max: 32 }) }),
  Attributes: map(string({ min: 1, max: 2048 }), { min: 0, max: 10, key: string({ min: 1, max: 256 }) }),
})

export const PutMetricData = operation({
  name: 'PutMetricData',
  input: structure({
    Namespace: required(Namespace),
    MetricData,
    EntityMetricData: list(structure({ Entity, MetricData })),
    StrictEntityValidation: Flag,
  }),
  output: structure({}),
  errors: [InvalidParameterValue, MissingParameter, InvalidParameterCombination, InternalServiceError],
})
