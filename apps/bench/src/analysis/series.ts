import type { TrainingEvent } from '@eos-sgd/core'

/** An event as it is read back from a log: numbers that were not finite are `null`. */
export type LoggedEvent = {
  readonly [key: string]: unknown
  readonly type: TrainingEvent['type']
  readonly step: number
}

/** Validation of the weights that an algorithm gives out. `loss` is NaN where it was not finite. */
export interface EvaluationPoint {
  readonly step: number
  readonly loss: number
  readonly accuracy: number | null
}

/** One training batch. */
export interface StepPoint {
  readonly step: number
  readonly loss: number
  readonly rate: number | null
  readonly seconds: number
  /** What this step measured, `curvature`, `noise` or both, sorted and joined: `''` for a plain step. */
  readonly measured: string
  readonly phase: string | null
  readonly sharpness: number | null
  readonly gap: number | null
  readonly progress: number | null
  readonly variance: number | null
}

/** What the event log of a cell says. */
export interface CellSeries {
  readonly evaluations: readonly EvaluationPoint[]
  readonly steps: readonly StepPoint[]
  readonly rejections: readonly number[]
  readonly parameters: number | null
  readonly ended: boolean
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const numberOrNaN = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

/** Parts of a program's name that are no measurements of curvature or noise. */
const unmeasured: ReadonlySet<string> = new Set(['lengths'])

/** Programs are named `move` or `move+measurement+...`; the measurements of all programs of a step. */
export function measurementsOf(runs: readonly string[]): string {
  const parts = runs.flatMap((run) => run.split('+').slice(1)).filter((part) => !unmeasured.has(part))
  return [...new Set(parts)].sort().join('+')
}

export function seriesOf(events: Iterable<LoggedEvent>): CellSeries {
  const evaluations: EvaluationPoint[] = []
  const steps: StepPoint[] = []
  const rejections: number[] = []
  const signalsAt = new Map<number, Readonly<Record<string, unknown>>>()
  let parameters: number | null = null
  let ended = false
  for (const event of events)
    switch (event.type) {
      case 'start':
        parameters = numberOrNull(event['parameters'])
        break
      case 'step': {
        const report = record(event['report'])
        steps.push({
          step: event.step,
          loss: numberOrNaN(event['loss']),
          rate: numberOrNull(event['rate']),
          seconds: numberOrNull(event['seconds']) ?? 0,
          measured: measurementsOf((event['runs'] as readonly string[] | undefined) ?? []),
          phase: typeof report['phase'] === 'string' ? report['phase'] : null,
          sharpness: numberOrNull(report['sharpness']),
          gap: numberOrNull(report['gap']),
          progress: numberOrNull(report['progress']),
          variance: numberOrNull(report['variance']),
        })
        break
      }
      case 'measurement':
        signalsAt.set(event.step, record(event['signals']))
        break
      case 'evaluation':
        evaluations.push({
          step: event.step,
          loss: numberOrNaN(event['loss']),
          accuracy: numberOrNull(record(event['metrics'])['accuracy']),
        })
        break
      case 'rejection':
        rejections.push(event.step)
        break
      case 'checkpoint':
        break
      case 'end':
        ended = event['reason'] === 'done'
        break
    }
  return {
    evaluations,
    steps: steps.map((step) => withSignals(step, signalsAt.get(step.step))),
    rejections,
    parameters,
    ended,
  }
}

/** What a rule does not report of itself is taken from what the step measured. */
function withSignals(step: StepPoint, signals: Readonly<Record<string, unknown>> | undefined): StepPoint {
  if (!signals) return step
  return {
    ...step,
    sharpness: step.sharpness ?? numberOrNull(signals['sharpness']),
    variance: step.variance ?? numberOrNull(signals['variance']),
  }
}
