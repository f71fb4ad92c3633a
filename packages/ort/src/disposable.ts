// `using` needs Node 24; with this, `tensor[Symbol.dispose]` exists on older ones too.
;(Symbol as { dispose: symbol }).dispose ??= Symbol('Symbol.dispose')

/** Something that holds native memory until it is disposed. Disposing twice is a no-op. */
export interface Releasable {
  dispose(): void
  [Symbol.dispose](): void
}
