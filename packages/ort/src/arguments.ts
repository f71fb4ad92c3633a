import type { EngineTensor, Session } from './engine.ts'
import { OrtError } from './error.ts'
import { describe, HostTensor, type TensorMaker } from './host-tensor.ts'

let runs = 0

/**
 * Checks the tensors of one run before the engine sees them: the engine itself would read freed memory, or write into
 * an input. Costs about 10 nanoseconds per tensor. Throws `ORT_ARGUMENTS`, `ORT_DISPOSED`, `ORT_BUSY`.
 */
export function checkArguments<Native>(
  session: Session,
  owner: TensorMaker<Native>,
  inputs: readonly EngineTensor[],
  outputs: readonly EngineTensor[],
): void {
  // Stamps find a tensor that is passed twice without comparing all pairs.
  runs += 1
  checkCount(session, 'input', inputs)
  checkCount(session, 'output', outputs)
  for (let index = 0; index < inputs.length; index += 1) {
    const tensor = checkTensor(session, owner, 'input', index, inputs[index])
    tensor.stamp = runs
  }
  for (let index = 0; index < outputs.length; index += 1) {
    const tensor = checkTensor(session, owner, 'output', index, outputs[index])
    if (tensor.stamp === runs)
      throw new OrtError('ORT_ARGUMENTS', `${place(session, 'output', index)} is passed twice to one run.`, {
        hint: 'A program writes its outputs while it reads its inputs: give each output a tensor of its own.',
      })
    tensor.stamp = runs
  }
}

function checkCount(session: Session, role: Role, tensors: readonly EngineTensor[]): void {
  const names = session[`${role}s`]
  if (tensors.length !== names.length)
    throw new OrtError('ORT_ARGUMENTS', `"${session.name}" has ${names.length} ${role}s, not ${tensors.length}.`, {
      hint: `Pass one tensor for each of: ${names.join(', ')}.`,
    })
}

function checkTensor<Native>(
  session: Session,
  owner: TensorMaker<Native>,
  role: Role,
  index: number,
  tensor: EngineTensor | undefined,
): HostTensor<Native> {
  if (!(tensor instanceof HostTensor) || tensor.owner !== owner)
    throw new OrtError('ORT_ARGUMENTS', `${place(session, role, index)} is not a tensor of this engine.`, {
      hint: 'Allocate it from the engine that opened the session.',
    })
  if (tensor.lifetime.ended)
    throw new OrtError('ORT_DISPOSED', `${place(session, role, index)}, ${describe(tensor)}, was disposed.`, {
      hint: 'Dispose tensors after the last run that uses them.',
    })
  if (tensor.written || (role === 'output' && tensor.readers > 0))
    throw new OrtError('ORT_BUSY', `${place(session, role, index)} is in use by an asynchronous run.`, {
      hint: 'Await that run first.',
    })
  return tensor
}

type Role = 'input' | 'output'

const place = (session: Session, role: Role, index: number): string =>
  `The ${role} "${session[`${role}s`][index]}" of "${session.name}"`

/** Keeps the tensors alive and marks them as in use until the returned function is called. */
export function claim<Native>(
  inputs: readonly HostTensor<Native>[],
  outputs: readonly HostTensor<Native>[],
): () => void {
  for (const tensor of inputs) {
    tensor.readers += 1
    tensor.lifetime.hold()
  }
  for (const tensor of outputs) {
    tensor.written = true
    tensor.lifetime.hold()
  }
  // The caller may reuse its arrays for the next run while this one is in flight.
  const read = [...inputs]
  const written = [...outputs]
  return () => {
    for (const tensor of read) {
      tensor.readers -= 1
      tensor.lifetime.drop()
    }
    for (const tensor of written) {
      tensor.written = false
      tensor.lifetime.drop()
    }
  }
}
