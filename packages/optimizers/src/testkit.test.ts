import { describe, expect, it } from 'vitest'
import { adamDirection, heavyBall, lambDirection, nesterov, orthogonalisedMomentum, qhAdamDirection } from './index.ts'
import { testDirection } from './testkit.ts'

const api = { describe, it, expect: expect as never }
testDirection(api, () => heavyBall())
testDirection(api, () => heavyBall({ momentum: 0, form: 'average' }))
testDirection(api, () => nesterov())
testDirection(api, () => adamDirection({ epsilon: 1e-12 }), { homogeneity: 0 })
testDirection(api, () => qhAdamDirection({ epsilon: 1e-12 }), { homogeneity: 0 })
testDirection(api, () => qhAdamDirection({ nu2: 0.5, epsilon: 1e-12 }), { homogeneity: 0 })
testDirection(api, () => lambDirection({ epsilon: 1e-12 }), { homogeneity: 0 })
testDirection(api, () => orthogonalisedMomentum(), { homogeneity: 0, tolerance: 1e-5 })
testDirection(api, () => orthogonalisedMomentum({ polar: 'newtonSchulz' }), { homogeneity: 0, tolerance: 1e-5 })
