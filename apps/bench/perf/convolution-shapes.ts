/** A convolution to time: batch, channels, outputs, extent of a square image and window. */
export interface Timed {
  readonly n: number
  readonly c: number
  readonly o: number
  readonly h: number
  readonly k: number
  readonly stride?: number
  readonly pad?: number
  readonly dilation?: number
  readonly group?: number
}

/** What the constants of the rule are fitted to. */
export const fitted: readonly Timed[] = [
  // resnet8 on Fashion-MNIST.
  { n: 128, c: 1, o: 8, h: 28, k: 3, stride: 2 },
  { n: 128, c: 8, o: 8, h: 14, k: 3 },
  { n: 128, c: 8, o: 16, h: 14, k: 3, stride: 2 },
  { n: 128, c: 16, o: 16, h: 7, k: 3 },
  { n: 128, c: 16, o: 32, h: 7, k: 3, stride: 2 },
  { n: 128, c: 32, o: 32, h: 4, k: 3 },
  { n: 128, c: 8, o: 16, h: 14, k: 1, stride: 2 },
  { n: 128, c: 16, o: 32, h: 7, k: 1, stride: 2 },
  // Larger networks.
  { n: 64, c: 32, o: 64, h: 28, k: 3 },
  { n: 16, c: 64, o: 64, h: 56, k: 3 },
  { n: 16, c: 256, o: 256, h: 14, k: 3 },
  { n: 8, c: 256, o: 64, h: 56, k: 1 },
  { n: 64, c: 1, o: 32, h: 28, k: 5 },
  { n: 8, c: 3, o: 64, h: 112, k: 7, stride: 2 },
  { n: 16, c: 64, o: 128, h: 28, k: 3, stride: 2 },
  // Few channels on either side, small batches, single columns, patches, dilations.
  { n: 32, c: 3, o: 16, h: 32, k: 3 },
  { n: 32, c: 1, o: 16, h: 28, k: 3 },
  { n: 32, c: 64, o: 8, h: 14, k: 3 },
  { n: 32, c: 8, o: 64, h: 14, k: 3 },
  { n: 64, c: 16, o: 64, h: 8, k: 1 },
  { n: 64, c: 64, o: 16, h: 8, k: 1 },
  { n: 1, c: 64, o: 64, h: 28, k: 3 },
  { n: 32, c: 4, o: 4, h: 16, k: 5 },
  { n: 16, c: 3, o: 32, h: 32, k: 4, stride: 4, pad: 0 },
  { n: 16, c: 3, o: 24, h: 64, k: 3, stride: 2 },
  { n: 32, c: 64, o: 128, h: 14, k: 1, stride: 2 },
  { n: 4, c: 16, o: 16, h: 32, k: 3, dilation: 2, pad: 2 },
  // Groups and single channels.
  { n: 32, c: 64, o: 64, h: 14, k: 3, group: 64 },
  { n: 16, c: 32, o: 32, h: 28, k: 3, stride: 2, group: 32 },
  { n: 32, c: 64, o: 64, h: 14, k: 3, group: 4 },
]

/** What the rule is judged on without having seen it. */
export const heldOut: readonly Timed[] = [
  { n: 64, c: 8, o: 8, h: 16, k: 3 },
  { n: 64, c: 12, o: 24, h: 14, k: 3, stride: 2 },
  { n: 128, c: 24, o: 24, h: 8, k: 3 },
  { n: 256, c: 48, o: 48, h: 4, k: 3 },
  { n: 64, c: 1, o: 6, h: 28, k: 5 },
  { n: 64, c: 6, o: 16, h: 12, k: 5, pad: 0 },
  { n: 32, c: 2, o: 32, h: 32, k: 3 },
  { n: 8, c: 3, o: 32, h: 96, k: 3, stride: 2 },
  { n: 32, c: 128, o: 32, h: 14, k: 1 },
  { n: 32, c: 32, o: 128, h: 14, k: 1 },
  { n: 48, c: 40, o: 80, h: 10, k: 1, stride: 2 },
  { n: 8, c: 128, o: 64, h: 40, k: 1 },
  { n: 24, c: 20, o: 20, h: 10, k: 3 },
  { n: 12, c: 16, o: 32, h: 24, k: 2, stride: 2, pad: 0 },
  { n: 8, c: 128, o: 128, h: 28, k: 3 },
  { n: 4, c: 48, o: 96, h: 32, k: 3, stride: 2 },
  { n: 2, c: 24, o: 24, h: 48, k: 3, dilation: 3, pad: 3 },
  { n: 16, c: 96, o: 96, h: 14, k: 5, group: 96 },
  { n: 16, c: 48, o: 96, h: 14, k: 3, group: 3 },
]
