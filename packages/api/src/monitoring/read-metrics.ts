import { operation } from '../service.ts'
import { integer, list, map, oneOf, required, string, structure } from '../shape.ts'
import {
  AccountId,
  DatapointValue,
  DimensionName,
  Dimensions,
  DimensionValue,
  Flag,
  InternalServiceError,
  InvalidNextToken,
  InvalidParameterCombination,
  InvalidParameterValue,
  Metric,
  MetricLabel,
  MetricName,
  MissingParameter,
  Namespace,
  NextToken,
  Period,
  StandardUnit,
  Statistic,
  Timestamp,
} from './shapes.ts'

/** `p99`, `tm90`, …: percentiles and other statistics of the single values. */
const ExtendedStatistic = string()

export const GetMetricStatistics = operation({
  name: 'GetMetricStatistics',
  input: structure({
    Namespace: required(Namespace),
    MetricName: required(MetricName),
    Dimensions,
    StartTime: required(Timestamp),
    EndTime: required(Timestamp),
    Period: required(Period),
    Statistics: list(Statistic, { min: 1, max: 5 }),
    ExtendedStatistics: list(ExtendedStatistic, { min: 1, max: 10 }),
    Unit: StandardUnit,
  }),
  output: structure({
    Label: MetricLabel,
    Datapoints: list(
      structure({
        Timestamp,
        SampleCount: DatapointValue,
        Average: DatapointValue,
        Sum: DatapointValue,
        Minimum: DatapointValue,
        Maximum: DatapointValue,
        Unit: StandardUnit,
        ExtendedStatistics: map(DatapointValue, { key: ExtendedStatistic }),
      }),
    ),
  }),
  errors: [InvalidParameterValue, MissingParameter, InvalidParameterCombination, InternalServiceError],
})

const Messages = list(structure({ Code: string(), Value: string() }))
const MetricId = string({ min: 1, max: 255 })

export const GetMetricData = operation({
  name: 'GetMetricData',
  input: structure({
    MetricDataQueries: required(
      list(
        structure({
          Id: required(MetricId),
          MetricStat: structure({
            Metric: required(Metric),
            Period: required(Period),
            Stat: required(string()),
            Unit: StandardUnit,
          }),
          Expression: string({ min: 1, max: 2048 }),
          Label: MetricLabel,
          ReturnData: Flag,
          Period,
          AccountId,
        }),
      ),
    ),
    StartTime: required(Timestamp),
    EndTime: required(Timestamp),
    NextToken,
    ScanBy: oneOf('TimestampDescending', 'TimestampAscending'),
    MaxDatapoints: integer(),
    LabelOptions: structure({ Timezone: string() }),
  }),
  output: structure({
    MetricDataResults: list(
      structure({
        Id: MetricId,
        Label: MetricLabel,
        Timestamps: list(Timestamp),
        Values: list(DatapointValue),
        StatusCode: oneOf('Complete', 'InternalError', 'PartialData', 'Forbidden'),
        Messages,
      }),
    ),
    NextToken,
    Messages,
  }),
  errors: [InvalidNextToken],
})

export const ListMetrics = operation({
  name: 'ListMetrics',
  input: structure({
    Namespace,
    MetricName,
    Dimensions: list(structure({ Name: required(DimensionName), Value: DimensionValue }), { max: 10 }),
    NextToken,
    RecentlyActive: oneOf('PT3H'),
    IncludeLinkedAccounts: Flag,
    OwningAccount: AccountId,
  }),
  output: structure({
    Metrics: list(Metric),
    NextToken,
    OwningAccounts: list(AccountId),
  }),
  errors: [InternalServiceError, InvalidParameterValue],
})
