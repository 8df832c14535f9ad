import { type Endpoints, type GraphOutline, reachableOperations } from './graph-outline.ts'

/**
 * Operations that answer any shape with a result or an error. Others may end the process: a `[1,1]` tensor fed to a
 * convolution declared `[-1,28,28,1]` aborts inside libtensorflow 2.21.
 */
const anyShape = new Set([
  ...[
    'Placeholder',
    'PlaceholderWithDefault',
    'Const',
    'NoOp',
    'Identity',
    'IdentityN',
    'Snapshot',
    'StopGradient',
  ],
  ...['VariableV2', 'Variable', 'VarHandleOp', 'ReadVariableOp', 'VarIsInitializedOp'],
  ...['PartitionedCall', 'StatefulPartitionedCall'],
  ...[
    'Add',
    'AddV2',
    'AddN',
    'Sub',
    'Mul',
    'Div',
    'DivNoNan',
    'RealDiv',
    'TruncateDiv',
    'FloorDiv',
    'Mod',
    'FloorMod',
  ],
  ...['Neg', 'Abs', 'Sign', 'Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Exp', 'Expm1', 'Log', 'Log1p', 'Pow'],
  ...[
    'SquaredDifference',
    'Maximum',
    'Minimum',
    'Floor',
    'Ceil',
    'Round',
    'Rint',
    'Sin',
    'Cos',
    'Tan',
    'Tanh',
  ],
  ...['Sigmoid', 'Relu', 'Relu6', 'Elu', 'Selu', 'LeakyRelu', 'Softplus', 'Softsign', 'Erf'],
  ...['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'],
  ...['LogicalAnd', 'LogicalOr', 'LogicalNot', 'IsNan', 'IsInf', 'IsFinite'],
  ...['Cast', 'ZerosLike', 'OnesLike', 'Shape', 'Size', 'Rank'],
  ...[
    'HashTable',
    'HashTableV2',
    'LookupTableFind',
    'LookupTableFindV2',
    'AsString',
    'StringLower',
    'StringUpper',
  ],
  ...['ParseExample', 'ParseExampleV2', 'ParseSingleExample'],
])

/** Whether the declared shapes are only a hint for such a run, because nothing in it depends on rank or size. */
export function takesAnyShape(graph: GraphOutline, endpoints: Endpoints): boolean {
  const operations = reachableOperations(graph, endpoints)
  return operations !== undefined && [...operations].every((operation) => anyShape.has(operation))
}

const changesState =
  /Assign|Scatter|Queue|Stack|Barrier|Stage|Mutable|TableInsert|TableImport|Apply[A-Z]|Write|Save|PyFunc|Print|Counter|CountUpTo|Iterator/

/** Whether such a run leaves the session as it was, so that it may be tried out. */
export function leavesStateAlone(graph: GraphOutline, endpoints: Endpoints): boolean {
  const operations = reachableOperations(graph, endpoints)
  return operations !== undefined && ![...operations].some((operation) => changesState.test(operation))
}

const loops = /While|LoopCond|NextIteration|PyFunc/

/** Whether the values fed may decide how long such a run takes, so that trying it once says nothing. */
export function mayLoop(graph: GraphOutline, endpoints: Endpoints): boolean {
  const operations = reachableOperations(graph, endpoints)
  return [...(operations ?? [])].some((operation) => loops.test(operation))
}
