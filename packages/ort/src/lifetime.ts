/**
 * Releases a native object exactly once: when it has been ended *and* nobody holds it any more. A run in flight, or an
 * object made from this one, holds it, so that `dispose()` may be called at any time.
 */
export class Lifetime {
  #holders = 0
  #ended = false
  #release: (() => void) | undefined

  constructor(release: () => void) {
    this.#release = release
  }

  /** True from the first call of `end` on. */
  get ended(): boolean {
    return this.#ended
  }

  hold(): void {
    this.#holders += 1
  }

  drop(): void {
    this.#holders -= 1
    this.#settle()
  }

  end(): void {
    this.#ended = true
    this.#settle()
  }

  #settle(): void {
    if (!this.#ended || this.#holders > 0) return
    const release = this.#release
    this.#release = undefined
    release?.()
  }
}
