import { EosError } from '@eos-sgd/core'
import { add, concat, graph, input, interpret, matmul, type Tensor, tanh } from '@eos-sgd/graph'
import { afterAll, describe, expect, test } from 'vitest'
import { type CpuBackend, cpu } from './cpu.ts'

const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const })
const sum = (size: number, name = 'sum') =>
  graph(name, { y: add(input('a', [size], 'float32'), input('b', [size], 'float32')) })

/** tanh(... tanh(x w) w ...). */
const deep = (width: number, depth: number) => {
  const w = input('w', [width, width], 'float32')
  let y: Tensor = input('x', [width, width], 'float32')
  for (let layer = 0; layer < depth; layer += 1) y = tanh(matmul(y, w))
  return graph('deep', { y })
}
const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => Math.sin(index * 1.7) * 0.1)

const codeOf = async (run: () => unknown): Promise<[string, string]> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof EosError) return [error.code, error.message]
    throw error
  }
  throw new Error('Nothing was thrown.')
}

describe.each(['ffi', 'binding'] as const)('cpu over %s', (engine) => {
  const opened: CpuBackend[] = []
  const open = async (): Promise<CpuBackend> => {
    const backend = await cpu({ engine, threads: 2 })
    opened.push(backend)
    return backend
  }
  afterAll(() => {
    for (const backend of opened) backend.dispose()
  })

  test('says what it is', async () => {
    const backend = await open()
    expect(backend).toMatchObject({ name: 'cpu', threads: 2, engine, capabilities: { residency: 'host' } })
  })

  test('agrees with the interpreter', async () => {
    const backend = await open()
    const it = deep(16, 3)
    const program = await backend.compile(it)
    const [x, w] = [wave(256), wave(256).map((value) => value * 10)]
    const inputs = { x: backend.upload(float([16, 16]), x), w: backend.upload(float([16, 16]), w) }
    const y = backend.allocate(float([16, 16]))
    await program.run(inputs, { y })
    const feed = (data: Float32Array) => ({ ...float([16, 16]), data: Float64Array.from(data) })
    const expected = interpret(it, { x: feed(x), w: feed(w) }).y?.data ?? []
    const found = await backend.download(y)
    for (const [index, value] of expected.entries()) expect(Number(found[index])).toBeCloseTo(value, 5)
  })

  test('names many inputs and outputs rightly, whatever their order', async () => {
    const backend = await open()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => input(name, [1], 'float32')) as [Tensor, Tensor, Tensor]
    const program = await backend.compile(graph('order', { z: concat([c, a, b], 0), y: b.sub(a), x: c }))
    const inputs = Object.fromEntries(
      (['c', 'b', 'a'] as const).map((name, index) => [name, backend.upload(float([1]), Float32Array.of(index + 1))]),
    )
    const outputs = {
      x: backend.allocate(float([1])),
      y: backend.allocate(float([1])),
      z: backend.allocate(float([3])),
    }
    await program.run(inputs, outputs)
    expect([...(outputs.x.host ?? [])]).toEqual([1])
    expect([...(outputs.y.host ?? [])]).toEqual([-1])
    expect([...(outputs.z.host ?? [])]).toEqual([1, 3, 2])
  })

  test('two programs alternate, with buffers that swap', async () => {
    const backend = await open()
    const [first, second] = [await backend.compile(sum(4)), await backend.compile(deep(8, 2))]
    const one = backend.upload(float([4]), Float32Array.of(1, 1, 1, 1))
    let [current, spare] = [backend.allocate(float([4])), backend.allocate(float([4]))]
    const [x, w, y] = [
      backend.upload(float([8, 8]), wave(64)),
      backend.upload(float([8, 8]), wave(64)),
      backend.allocate(float([8, 8])),
    ]
    await second.run({ x, w }, { y })
    const expected = await backend.download(y)
    for (let step = 1; step <= 6; step += 1) {
      await first.run({ a: current, b: one }, { y: spare })
      ;[current, spare] = [spare, current]
      y.host?.fill(0 as never)
      await second.run({ x, w }, { y })
      expect([...(current.host ?? [])]).toEqual([step, step, step, step])
      expect(y.host).toEqual(expected)
    }
  })

  test('writes, copies and downloads', async () => {
    const backend = await open()
    const from = backend.upload({ shape: [2], dtype: 'int64' }, BigInt64Array.of(1n, -2n))
    const to = backend.allocate({ shape: [2], dtype: 'int64' })
    expect(to.bytes).toBe(16)
    backend.copy(from, to)
    backend.write(from, BigInt64Array.of(7n, 7n))
    const downloaded = await backend.download(to)
    expect(downloaded).toEqual(BigInt64Array.of(1n, -2n))
    backend.write(to, BigInt64Array.of(0n, 0n))
    expect(downloaded).toEqual(BigInt64Array.of(1n, -2n))
  })

  test('is flat over allocation, compilation and disposal, each twice without harm', async () => {
    const backend = await open()
    for (let round = 0; round < 3; round += 1) {
      const tensors = [backend.allocate(float([10])), backend.upload(float([2]), Float32Array.of(1, 2))]
      const program = await backend.compile(sum(2))
      expect(backend.memory()).toEqual({ tensors: 2, bytes: 48, programs: 1 })
      for (const it of [...tensors, ...tensors, program, program]) it.dispose()
      expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
    }
  })

  test('refuses wrong tensors by name', async () => {
    const backend = await open()
    const program = await backend.compile(sum(2))
    const [a, y, long] = [backend.allocate(float([2])), backend.allocate(float([2])), backend.allocate(float([3]))]
    const whole = backend.allocate({ shape: [2], dtype: 'int32' })
    const foreign = (await open()).allocate(float([2]))
    const cases: [Parameters<typeof program.run>, string, string][] = [
      [[{ a }, { y }], 'PROGRAM_INPUT', '[eos] The input "b" of "sum" is missing. Pass a float32[2] tensor.'],
      [[{ a, b: long }, { y }], 'PROGRAM_INPUT', '[eos] The input "b" of "sum" is float32[3], but must be float32[2].'],
      [
        [{ a: whole, b: a }, { y }],
        'PROGRAM_INPUT',
        '[eos] The input "a" of "sum" is int32[2], but must be float32[2].',
      ],
      [[{ a, b: a, c: a }, { y }], 'PROGRAM_INPUT', '[eos] "sum" has no input "c". It has a, b.'],
      [
        [{ a, b: foreign }, { y }],
        'PROGRAM_INPUT',
        '[eos] The input "b" of "sum" belongs to another backend. Allocate or upload it with the backend that compiled the program.',
      ],
      [[{ a, b: a }, {}], 'PROGRAM_OUTPUT', '[eos] The output "y" of "sum" is missing. Pass a float32[2] tensor.'],
      [
        [{ a, b: a }, { y: long }],
        'PROGRAM_OUTPUT',
        '[eos] The output "y" of "sum" is float32[3], but must be float32[2].',
      ],
      [
        [
          { a, b: a },
          { y, z: y },
        ],
        'PROGRAM_OUTPUT',
        '[eos] "sum" has no output "z". It has y.',
      ],
      [
        [{ a, b: y }, { y }],
        'PROGRAM_OUTPUT',
        '[eos] The output "y" of "sum" is passed twice to one run. ' +
          'A program writes its outputs while it reads its inputs: give each output a tensor of its own.',
      ],
    ]
    for (const [given, code, message] of cases)
      expect(await codeOf(() => program.run(...given))).toEqual([code, message])
    // Still in order afterwards.
    await program.run({ a, b: a }, { y })
  })

  test('refuses what was disposed', async () => {
    const backend = await open()
    const program = await backend.compile(sum(2))
    const [a, y] = [backend.allocate(float([2])), backend.allocate(float([2]))]
    await program.run({ a, b: a }, { y })
    a.dispose()
    expect(await codeOf(() => program.run({ a, b: a }, { y }))).toEqual([
      'TENSOR_DISPOSED',
      '[eos] The input "a" of "sum", float32[2], was disposed. Dispose tensors after the last run that uses them.',
    ])
    expect(await codeOf(() => a.host)).toEqual([
      'TENSOR_DISPOSED',
      '[eos] This float32[2] tensor was disposed. Dispose tensors after their last use.',
    ])
    expect((await codeOf(() => backend.write(a, Float32Array.of(1, 2))))[0]).toBe('TENSOR_DISPOSED')
    expect((await codeOf(() => backend.download(a)))[0]).toBe('TENSOR_DISPOSED')
    program.dispose()
    expect(await codeOf(() => program.run({ a: y, b: y }, { y }))).toEqual([
      'PROGRAM_DISPOSED',
      '[eos] The program "sum" was disposed. Compile it again, or dispose it after its last run.',
    ])
    backend.dispose()
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
    expect(await codeOf(() => backend.allocate(float([1])))).toEqual([
      'BACKEND_DISPOSED',
      '[eos] The engine was disposed. Open a new one.',
    ])
    expect((await codeOf(() => backend.compile(sum(1))))[0]).toBe('BACKEND_DISPOSED')
  })

  test('refuses data that does not fit', async () => {
    const backend = await open()
    const tensor = backend.allocate(float([2]))
    expect(await codeOf(() => backend.write(tensor, Float32Array.of(1)))).toEqual([
      'TENSOR_DATA',
      '[eos] A float32[2] tensor takes a Float32Array of 2 elements, not a Float32Array of 1.',
    ])
    expect(await codeOf(() => backend.upload(float([1]), Float64Array.of(1)))).toEqual([
      'TENSOR_DATA',
      '[eos] A float32[1] tensor takes a Float32Array of 1 elements, not a Float64Array of 1.',
    ])
    expect((await codeOf(() => backend.write(tensor, [1, 2] as never)))[1]).toMatch(/not object\.$/)
    expect(await codeOf(() => backend.copy(tensor, backend.allocate(float([1, 2]))))).toEqual([
      'TENSOR_TYPE',
      '[eos] Cannot copy float32[2] to float32[1, 2]. Both tensors must have one shape and element type.',
    ])
    expect((await codeOf(() => backend.allocate(float([-1]))))[0]).toBe('TENSOR_SHAPE')
    // What failed left nothing behind: `tensor` and the tensor that the copy was refused to.
    expect(backend.memory().tensors).toBe(2)
  })

  test('refuses to touch tensors of a run in flight', async () => {
    const backend = await open()
    const program = await backend.compile(deep(32, 8))
    const [x, w, y] = [0, 1, 2].map(() => backend.allocate(float([32, 32]))) as [never, never, never]
    const run = program.run({ x, w }, { y })
    expect(run).toBeInstanceOf(Promise)
    expect(await codeOf(() => backend.write(x, wave(1024)))).toEqual([
      'TENSOR_BUSY',
      '[eos] This float32[32, 32] tensor is read by a running program. Await the run first.',
    ])
    expect((await codeOf(() => backend.download(y)))[0]).toBe('TENSOR_BUSY')
    expect((await codeOf(() => program.run({ x, w }, { y })))[0]).toBe('PROGRAM_BUSY')
    await run
    backend.write(x, wave(1024))
    expect(await backend.download(y)).toEqual(new Float32Array(1024))
  })

  test('a backend that is disposed lets its run finish', async () => {
    const backend = await open()
    const program = await backend.compile(deep(32, 8))
    const [x, w, y] = [0, 1, 2].map(() => backend.allocate(float([32, 32]))) as [never, never, never]
    const run = program.run({ x, w }, { y })
    backend.dispose()
    await run
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
  })
})

test('short programs run synchronously once they are known to be short', async () => {
  const backend = await cpu({ threads: 1 })
  const program = await backend.compile(sum(2))
  const [a, y] = [backend.upload(float([2]), Float32Array.of(1, 2)), backend.allocate(float([2]))]
  const first = program.run({ a, b: a }, { y })
  expect(first).toBeInstanceOf(Promise)
  await first
  // A busy machine may make a few runs look long.
  let pending: void | Promise<void> = first
  for (let run = 0; run < 100 && pending !== undefined; run += 1) {
    await pending
    y.host?.fill(0 as never)
    pending = program.run({ a, b: a }, { y })
  }
  expect(pending).toBeUndefined()
  expect([...(y.host ?? [])]).toEqual([2, 4])
  backend.dispose()
})

test('a loop that only awaits short programs leaves the event loop its turns', async () => {
  const backend = await cpu({ threads: 1 })
  const program = await backend.compile(sum(2))
  const [a, y] = [backend.allocate(float([2])), backend.allocate(float([2]))]
  let turns = 0
  const count = (): void => {
    turns += 1
    if (turns < 3) setImmediate(count)
  }
  setImmediate(count)
  // Without turns this would go on until it times out.
  while (turns < 3) await program.run({ a, b: a }, { y })
  expect(turns).toBe(3)
  backend.dispose()
})

test('refuses options that make no sense', async () => {
  expect(await codeOf(() => cpu({ threads: 0 }))).toEqual([
    'BACKEND_THREADS',
    '[eos] The number of threads must be an integer from 1 to 1024, not 0. Leave it out to use every core.',
  ])
  expect((await codeOf(() => cpu({ engine: 'gpu' as never })))[0]).toBe('BACKEND_ENGINE')
})
