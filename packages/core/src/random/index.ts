export { type CounterRandom, counterRandom } from './counter-random.ts'
export { fillNormal, fillUniform, fillUnit, permutation } from './fill.ts'
export { philox4x32, type Words2, type Words4 } from './philox.ts'
