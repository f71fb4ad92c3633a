import { cheapest, estimate, shapesOf } from './formulation.ts'
import { inputFormulations } from './input-gradient.ts'
import { weightFormulations } from './weight-gradient.ts'

/** The ways to write the gradients of a convolution and the rule that chooses, for who measures them on an engine. */
export const convolutionGradients = {
  input: inputFormulations,
  weight: weightFormulations,
  shapesOf,
  estimate,
  cheapest,
}
