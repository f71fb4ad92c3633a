import { EosError } from '../../error.ts'
import type { Tensor } from '../../tensor.ts'
import { type Shape, sizeOf } from '../../type.ts'
import { placesOf, type Windows } from './windows.ts'

/** The shapes of one convolution: image [N, C, ...spatial], weight [O, C / group, ...window], output [N, O, ...places]. */
export interface ConvolutionShapes {
  readonly batch: number
  readonly channels: number
  readonly outputs: number
  readonly spatial: Shape
  readonly places: Shape
  readonly windows: Windows
  readonly group: number
}

/** The shapes of a convolution of an image with a weight. */
export function shapesOf(image: Shape, weight: Shape, windows: Windows, group: number): ConvolutionShapes {
  const [batch, channels, ...spatial] = image as [number, number, ...number[]]
  const places = placesOf(windows, spatial)
  return { batch, channels, outputs: weight[0] as number, spatial, places, windows, group }
}

/** How much of everything that takes time a formulation does, by kind. */
export type Work = Readonly<Record<string, number>>

/** One way to write a gradient, in standard operators that have derivatives themselves. */
export interface Formulation {
  readonly name: string
  /** Its work on a convolution; undefined where it cannot be written that way. */
  work(shapes: ConvolutionShapes): Work | undefined
  /**
   * Nanoseconds for a unit of each kind of work: fitted by `npm run perf -- convolution --fit` to ONNX Runtime 1.30 on
   * two cores of an AMD EPYC with AVX2. Another engine wants other constants.
   */
  readonly nanoseconds: Work
  /** Elements of the largest tensor that it makes on the way. */
  scratch(shapes: ConvolutionShapes): number
  /** The gradient from the two factors of the convolution's tangent: the cotangent and the other input. */
  build(shapes: ConvolutionShapes, factor: Tensor, cotangent: Tensor): Tensor
}

/** 256 MiB of float32: a formulation that makes a larger tensor is chosen only where no other can be written. */
const mostScratch = 2 ** 26

/** Estimated milliseconds of a formulation; undefined where it cannot be written. */
export function estimate({ work, nanoseconds }: Formulation, shapes: ConvolutionShapes): number | undefined {
  const counts = work(shapes)
  if (!counts) return undefined
  return Object.entries(counts).reduce((sum, [kind, count]) => sum + count * (nanoseconds[kind] as number), 0) / 1e6
}

/**
 * The rule: of the formulations that apply and stay below {@link mostScratch}, the one whose estimate is lowest; where
 * none stays below, the one that needs least. A pure function of the shapes.
 */
export function cheapest(formulations: readonly Formulation[], shapes: ConvolutionShapes): Formulation {
  const candidates = formulations
    .map((formulation) => ({
      formulation,
      time: estimate(formulation, shapes),
      scratch: Math.max(formulation.scratch(shapes), mostScratch),
    }))
    .filter(({ time }) => time !== undefined)
    .sort((a, b) => a.scratch - b.scratch || (a.time as number) - (b.time as number))
  const [best] = candidates
  if (!best) throw new EosError('SHAPE', 'No formulation of the gradient of this convolution applies.')
  return best.formulation
}

/** Sizes that the counts of work share. */
export function sizesOf({ batch, channels, outputs, spatial, places, windows, group }: ConvolutionShapes) {
  const [taps, positions] = [sizeOf(windows.window), batch * sizeOf(places)]
  return {
    taps,
    positions,
    image: batch * channels * sizeOf(spatial),
    cotangent: positions * outputs,
    /** Channels and outputs of one group. */
    inner: channels / group,
    outer: outputs / group,
    /** Elements of all windows, written out. */
    columns: positions * channels * taps,
    runs: windows.window.at(-1) as number,
  }
}

/** Multiplications of a matrix product `[m, k] [k, n]` as kernels of 4 rows and 16 columns do it. */
export const products = (m: number, k: number, n: number): number => Math.ceil(m / 4) * 4 * k * Math.ceil(n / 16) * 16
