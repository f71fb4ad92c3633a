import { apply1 } from '../../apply.ts'
import { sizeOf } from '../../type.ts'
import { MatMul, transpose } from '../linear-algebra.ts'
import { reduceSum } from '../reduction.ts'
import { concat, reshape, slice } from '../shape.ts'
import { convolve } from './convolution.ts'
import { type Formulation, products, sizesOf } from './formulation.ts'
import { padded, readTap, tapsOf } from './taps.ts'
import { padsOf, reachOf, remainderOf } from './windows.ts'

/**
 * One convolution of a single image: batch elements are its channels and the cotangent is its weight, so that it sums
 * over both. The channels of `x` lie side by side along the last axis. That makes a row of taps one run of memory, and
 * the matrix product within as wide as all taps of all channels.
 */
const interleaved: Formulation = {
  name: 'interleaved',
  work: (shapes) => {
    const { positions, image, cotangent, inner, outer, columns, taps, runs } = sizesOf(shapes)
    return {
      call: 1,
      moved: (inner === 1 ? 0 : image) + (shapes.group === 1 ? 0 : image) + cotangent,
      scattered: inner > fewPages && sizeOf(shapes.spatial) > page ? image : 0,
      column: columns,
      run: columns / (runs * inner),
      product: shapes.group * products(outer, positions, taps * inner),
    }
  },
  nanoseconds: { call: 57000, moved: 0.62, scattered: 8.2, column: 0.2, run: 3.1, product: 0.016 },
  scratch: (shapes) => Math.max(sizesOf(shapes).image, sizesOf(shapes).cotangent),
  build: ({ batch, channels, outputs, spatial, places, windows, group }, x, g) => {
    const inner = channels / group
    // What no window reads is cut off, padding first: each row too many would be a row of taps too many.
    const unread = remainderOf(windows, spatial)
    const pads = windows.pads.map((count, i) => Math.max(count - (unread[i - spatial.length] ?? 0), 0))
    const extents = spatial.map((extent, axis) =>
      Math.max(Math.min(extent + padsOf(windows, axis)[1] - (unread[axis] as number), extent), 1),
    )
    const read = extents.reduce((image, extent, axis) => slice(image, axis + 2, 0, extent), x)
    const area = sizeOf(extents)
    // Two moves of a single axis each, which engines do in runs.
    const channelsLast = transpose(reshape(read, [batch * group, inner, area]), [0, 2, 1])
    const groupsFirst = transpose(reshape(channelsLast, [batch, group, area * inner]), [1, 0, 2])
    const last = spatial.length - 1
    const wide = (list: readonly number[]): number[] =>
      list.map((count, axis) => (axis % spatial.length === last ? count * inner : count))
    const image = reshape(groupsFirst, [1, group * batch, ...wide(extents)])
    const weight = reshape(transpose(reshape(g, [batch, outputs, sizeOf(places)]), [1, 0, 2]), [
      outputs,
      batch,
      ...places,
    ])
    const strides = windows.dilations.map((step, axis) => (axis === last ? 1 : step))
    const sums = convolve(
      image,
      weight,
      { window: places, strides, pads: wide(pads), dilations: wide(windows.strides) },
      group,
    )
    const split = reshape(sums, [outputs, ...sums.shape.slice(2, -1), (sums.shape.at(-1) as number) / inner, inner])
    const taps = windows.window.reduce((all, count, axis) => {
      const [end, step] = axis === last ? [reachOf(windows)[axis], windows.dilations[axis]] : [count, 1]
      return slice(all, axis + 1, 0, end as number, step)
    }, split)
    const flat = transpose(reshape(taps, [outputs, sizeOf(windows.window), inner]), [0, 2, 1])
    return reshape(flat, [outputs, inner, ...windows.window])
  },
}

/** Elements of a page of memory, and pages that are at hand: the channels of one place lie on as many, in larger images. */
const [page, fewPages] = [1024, 16]

/** All windows written out, a matrix product per batch element and group, and a sum over the batch. */
const batched: Formulation = {
  name: 'batched',
  work: (shapes) => {
    const { positions, image, cotangent, inner, outer, columns, taps } = sizesOf(shapes)
    const pairs = shapes.batch * shapes.group
    const isDense = shapes.windows.strides.every((stride) => stride === 1)
    return {
      call: 1,
      moved: cotangent + (shapes.windows.pads.some((count) => count > 0) ? image : 0),
      column: isDense && taps > 1 ? columns : 0,
      strided: isDense ? 0 : columns,
      product: pairs * products(taps * inner, positions / shapes.batch, outer),
      pair: pairs,
      sum: pairs * taps * inner * outer,
    }
  },
  nanoseconds: { call: 0, moved: 0, column: 0.83, strided: 3, product: 0.034, pair: 410, sum: 0.97 },
  scratch: (shapes) =>
    Math.max(
      sizesOf(shapes).columns,
      (shapes.batch * sizesOf(shapes).taps * shapes.channels * shapes.outputs) / shapes.group,
    ),
  build: ({ batch, channels, outputs, places, windows, group }, x, g) => {
    const [inner, outer, positions] = [channels / group, outputs / group, sizeOf(places)]
    const image = padded(x, windows)
    const taps = tapsOf(windows.window)
    const columns = concat(
      taps.map((tap) => reshape(readTap(image, tap, places, windows), [batch * group, inner, positions])),
      1,
    )
    const cotangents = transpose(reshape(g, [batch * group, outer, positions]), [0, 2, 1])
    const pairs = reshape(apply1(MatMul, [columns, cotangents]), [batch, group, taps.length, inner, outer])
    return reshape(transpose(reduceSum(pairs, [0]), [0, 3, 2, 1]), [outputs, inner, ...windows.window])
  },
}

/** Ways to write the adjoint of a convolution in its weight. */
export const weightFormulations: readonly Formulation[] = [interleaved, batched]
