import { type DeviceTensor, EosError, type Program } from '@eos-sgd/core'
import { type Graph, sameType, showType, type TensorType, writingOnnx } from '@eos-sgd/graph'
import type { Engine, EngineTensor, Session } from '@eos-sgd/ort'
import { asEosError } from './error.ts'
import { createPace, mayBlock, type Pace } from './pace.ts'
import { CpuTensor } from './tensor.ts'

/** One input or output, in the engine's order, and the last two tensors that passed the checks: state moves to and fro. */
interface Slot {
  readonly name: string
  readonly type: TensorType
  last: CpuTensor | undefined
  before: CpuTensor | undefined
}

type Role = 'input' | 'output'

const runCodes = {
  ORT_DISPOSED: 'TENSOR_DISPOSED',
  ORT_BUSY: 'PROGRAM_BUSY',
  ORT_ARGUMENTS: 'PROGRAM_OUTPUT',
  ORT_RUN: 'PROGRAM_RUN',
}

/**
 * Compiles a graph. Programs that lately took less than 8 ms run synchronously, up to 8 ms in a row, others
 * beside the event loop.
 * Throws `PROGRAM_COMPILE`, `BACKEND_DISPOSED` and what `writeOnnx` throws.
 */
export async function compileProgram(engine: Engine, graph: Graph): Promise<Program> {
  const { name } = graph
  const session = await engine.open(await written(graph), { name }).catch((error: unknown) => {
    throw asEosError(error, { ORT_MODEL: 'PROGRAM_COMPILE', ORT_DISPOSED: 'BACKEND_DISPOSED' })
  })
  const [inputs, outputs] = [typesOf(graph.inputs), typesOf(graph.outputs)]
  const inputSlots = slotsOf(session.inputs, inputs)
  const outputSlots = slotsOf(session.outputs, outputs)
  // Reused by every run; the engine copies what it keeps.
  const inputTensors: EngineTensor[] = []
  const outputTensors: EngineTensor[] = []
  const pace = createPace()
  let disposed = false

  return {
    name,
    inputs,
    outputs,
    run(given, results) {
      if (disposed)
        throw new EosError('PROGRAM_DISPOSED', `The program "${name}" was disposed.`, {
          hint: 'Compile it again, or dispose it after its last run.',
        })
      gather(engine, name, 'input', inputSlots, given, inputTensors)
      gather(engine, name, 'output', outputSlots, results, outputTensors)
      const begin = performance.now()
      if (session.runNow === undefined || !mayBlock(pace.expected, begin))
        return runAside(session, inputTensors, outputTensors, pace)
      try {
        session.runNow(inputTensors, outputTensors)
      } catch (error) {
        throw asEosError(error, runCodes)
      }
      pace.record(performance.now() - begin)
      return undefined
    },
    dispose() {
      disposed = true
      session.dispose()
    },
  }
}

/** Simplifies and writes in turns with the event loop: a large step graph would block it for tens of milliseconds. */
async function written(graph: Graph): Promise<Uint8Array> {
  const pieces = writingOnnx(graph)
  for (;;) {
    await new Promise(setImmediate)
    const { value, done } = pieces.next()
    if (done) return value
  }
}

async function runAside(
  session: Session,
  inputs: readonly EngineTensor[],
  outputs: readonly EngineTensor[],
  pace: Pace,
): Promise<void> {
  const begin = performance.now()
  try {
    await session.run(inputs, outputs)
  } catch (error) {
    throw asEosError(error, runCodes)
  }
  pace.record(performance.now() - begin)
}

/** Puts the tensors into the engine's order. Costs about 20 nanoseconds for a tensor that was passed lately. */
function gather(
  engine: Engine,
  program: string,
  role: Role,
  slots: readonly Slot[],
  given: Readonly<Record<string, DeviceTensor>>,
  into: EngineTensor[],
): void {
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index] as Slot
    const tensor = given[slot.name]
    if (slot.last === undefined || slot.last !== tensor) {
      const next =
        slot.before !== undefined && slot.before === tensor ? slot.before : checked(engine, program, role, slot, tensor)
      slot.before = slot.last
      slot.last = next
    }
    into[index] = slot.last.inner
  }
  let count = 0
  for (const _ in given) count += 1
  if (count !== slots.length) refuseUnknown(program, role, slots, given)
}

function checked(engine: Engine, program: string, role: Role, slot: Slot, tensor: DeviceTensor | undefined): CpuTensor {
  const code = `PROGRAM_${role.toUpperCase()}`
  const place = `The ${role} "${slot.name}" of "${program}"`
  if (tensor === undefined)
    throw new EosError(code, `${place} is missing.`, { hint: `Pass a ${showType(slot.type)} tensor.` })
  if (!(tensor instanceof CpuTensor) || tensor.owner !== engine)
    throw new EosError(code, `${place} belongs to another backend.`, {
      hint: 'Allocate or upload it with the backend that compiled the program.',
    })
  if (!sameType(tensor.type, slot.type))
    throw new EosError(code, `${place} is ${showType(tensor.type)}, but must be ${showType(slot.type)}.`)
  return tensor
}

function refuseUnknown(
  program: string,
  role: Role,
  slots: readonly Slot[],
  given: Readonly<Record<string, unknown>>,
): never {
  const known = slots.map(({ name }) => name)
  const unknown = Object.keys(given).filter((name) => !known.includes(name))
  throw new EosError(`PROGRAM_${role.toUpperCase()}`, `"${program}" has no ${role} "${unknown.join('", "')}".`, {
    hint: `It has ${known.join(', ')}.`,
  })
}

const typesOf = (tensors: Readonly<Record<string, TensorType>>): Record<string, TensorType> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]))

const slotsOf = (names: readonly string[], types: Readonly<Record<string, TensorType>>): Slot[] =>
  names.map((name) => ({ name, type: types[name] as TensorType, last: undefined, before: undefined }))
