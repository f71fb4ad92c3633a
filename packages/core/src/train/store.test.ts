import { describe, expect, it } from 'vitest'
import { referenceBackend } from '../testkit/reference-backend.ts'
import { createStore } from './store.ts'

const type = { shape: [2], dtype: 'float32' } as const
const other = { shape: [3], dtype: 'float32' } as const

describe('store', () => {
  it('never hands out a buffer that a name refers to', () => {
    const store = createStore(referenceBackend())
    const a = store.take(type)
    store.update(new Map([['a', a]]))
    expect(store.take(type)).not.toBe(a)
  })

  it('shares instead of copying, and frees a buffer with its last name', () => {
    const backend = referenceBackend()
    const store = createStore(backend)
    const a = store.take(type)
    store.update(new Map([['a', a]]))
    store.update(new Map(), new Map([['b', 'a']]))
    expect(store.get('b')).toBe(a)
    const next = store.take(type)
    store.update(new Map([['a', next]]))
    expect(store.get('b')).toBe(a)
    store.update(new Map(), new Map([['b', 'a']]))
    expect(store.take(type)).toBe(a)
    expect(backend.memory().tensors).toBe(2)
  })

  it('renames all at once: names can be exchanged', () => {
    const store = createStore(referenceBackend())
    const [a, b] = [store.take(type), store.take(type)]
    store.update(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    )
    store.update(
      new Map(),
      new Map([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    )
    expect([store.get('a'), store.get('b')]).toEqual([b, a])
    expect(store.get('a')).toBe(b)
  })

  it('gives one buffer to two names that are written together', () => {
    const store = createStore(referenceBackend())
    const a = store.take(type)
    store.update(
      new Map([
        ['a', a],
        ['b', a],
      ]),
    )
    store.remove('a')
    expect(store.take(type)).not.toBe(a)
    store.remove('b')
    expect(store.take(type)).toBe(a)
  })

  it('refuses a value of another type, by name', () => {
    const store = createStore(referenceBackend())
    store.update(new Map([['a', store.take(type)]]))
    expect(() => store.update(new Map([['a', store.take(other)]]))).toThrow(/returned "a" with another type/)
    expect(() => store.get('c')).toThrow(/no stored value "c"/)
  })

  it('gives everything back', () => {
    const backend = referenceBackend()
    const store = createStore(backend)
    store.update(new Map([['a', store.take(type)]]))
    store.take(other)
    store.dispose()
    expect(backend.memory().tensors).toBe(0)
  })
})
