import { describe, expect, test } from 'vitest'
import type { GraphOutline, NodeOutline } from './graph-outline.ts'
import { leavesStateAlone, takesAnyShape } from './shape-safety.ts'

/** `name: operation(inputs) calls functions`, one node a row. */
function node(text: string): NodeOutline {
  const [, name = '', operation = '', inputs = '', calls = ''] =
    /^(\w+): (\w+)(?:\((.*?)\))?(?: calls (.*))?$/.exec(text) ?? []
  const list = (items: string) => items.split(' ').filter(Boolean)
  return { name, operation, inputs: list(inputs), calls: list(calls) }
}
function graph(nodes: string[], functions: Record<string, string[]> = {}): GraphOutline {
  return {
    nodes: new Map(nodes.map((text) => [node(text).name, node(text)])),
    functions: new Map(Object.entries(functions).map(([name, body]) => [name, body.map(node)])),
  }
}

const arithmetic = ['x: Placeholder', 'a: VariableV2', 'm: Mul(a x)', 'y: Add(m a)']
const convolution = [...arithmetic, 'c: Conv2D(x a)']

describe('takesAnyShape', () => {
  test.each([
    ['arithmetic', graph(arithmetic), ['y:0'], true],
    [
      'what is fed, whatever stands before it',
      graph(['c: Conv2D', 'x: Identity(c)', 'y: Add(x x)']),
      ['y:0'],
      true,
    ],
    ['a convolution', graph(convolution), ['c:0'], false],
    ['arithmetic beside a convolution', graph(convolution), ['y:0'], true],
    ['a control input that convolves', graph([...convolution, 'z: Identity(y c)']), ['z:0'], false],
    [
      'a function of arithmetic',
      graph(['x: Placeholder', 'y: StatefulPartitionedCall(x) calls f'], { f: ['m: Mul(x x)'] }),
      ['y:0'],
      true,
    ],
    [
      'a function that calls a convolution',
      graph(['y: PartitionedCall calls f'], { f: ['g: PartitionedCall calls g'], g: ['c: Conv2D'] }),
      ['y:0'],
      false,
    ],
    ['a function by its operation name', graph(['y: f'], { f: ['c: Conv2D'] }), ['y:0'], false],
    [
      'functions that call each other',
      graph(['y: PartitionedCall calls f'], { f: ['m: Mul calls f'] }),
      ['y:0'],
      true,
    ],
    ['a node that is not there', graph(arithmetic), ['none:0'], false],
    ['a function that is not there', graph(['y: PartitionedCall calls f']), ['y:0'], false],
  ])('%s', (_situation, outline, fetched, expected) => {
    expect(takesAnyShape(outline, { fed: ['x:0'], fetched })).toBe(expected)
  })
})

test.each([
  [arithmetic, true],
  [convolution, true],
  [['v: VariableV2', 'y: AssignAdd(v v)'], false],
  [['y: QueueDequeueV2'], false],
])('leavesStateAlone of %j is %s', (nodes, expected) => {
  const outline = graph(nodes)
  expect(leavesStateAlone(outline, { fed: ['x:0'], fetched: [...outline.nodes.keys()].slice(-1) })).toBe(
    expected,
  )
})
