/** What the project aims at on a workload. */
export interface Aims {
  /** The length of runs that the aims are about. */
  readonly steps: number
  /** The default reaches the target in at most this share of the steps. */
  readonly stepShare: number
  /** And in at most this share of the seconds of a whole tuned Adam run. */
  readonly secondShare: number
  /** It ends at a loss of at most so much. */
  readonly finalLoss?: number
  /** With the loss times 100 the rate at contact is the same to this, relative, and contact falls on the same step. */
  readonly sameContact?: number
  /** Rows, and the tuned baseline of the same direction that they end beside. */
  readonly beside?: readonly (readonly [row: string, baseline: string])[]
}

/** By workload. Nothing that starts from 1e-8, from 10 or with the loss times 100 may diverge on any of them. */
export const aims: Readonly<Record<string, Aims>> = {
  'fashion-mnist/mlp': {
    steps: 1000,
    stepShare: 0.4,
    secondShare: 0.75,
    finalLoss: 0.28,
    sameContact: 1e-3,
    beside: [
      ['adam-direction', 'adam-tuned'],
      ['heavy-ball', 'sgd-tuned'],
    ],
  },
  'fashion-mnist/resnet8': { steps: 600, stepShare: 0.9, secondShare: 1 },
  'text/gpt-tiny': { steps: 1000, stepShare: 0.85, secondShare: 1 },
}
