import type { Training } from './index.ts'

/** Training losses of a run, step by step, to its end. */
export async function losses(run: Training): Promise<number[]> {
  const list: number[] = []
  for await (const event of run) if (event.type === 'step') list.push(event.loss)
  return list
}
