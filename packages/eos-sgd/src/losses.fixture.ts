import type { Training } from './index.ts'

/** Training losses of a run, step by step, to its end. */
export async function losses(run: Training): Promise<number[]> {
  const list: number[] = []
  for await (const event of run) if (event.type === 'step') list.push(event.loss)
  return list
}

/** Training losses of a run that is aborted after so many steps. */
export async function lossesUntil(run: Training, steps: number, controller: AbortController): Promise<number[]> {
  const list: number[] = []
  for await (const event of run) {
    if (event.type === 'step') list.push(event.loss)
    if (list.length === steps) controller.abort()
  }
  return list
}
