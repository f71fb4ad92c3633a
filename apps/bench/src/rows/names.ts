/** EoS-SGD as it comes: what everything is compared with. */
export const defaultRow = 'default'

/** Tuned Adam, which sets the target. */
export const targetRow = 'adam-tuned'

/** The formula with the threshold of small batches: what its boundaries, estimators and cadences are compared with. */
export const formulaRow = 'formula-one-minus-mu'
