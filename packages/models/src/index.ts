/**
 * Models, tasks and data; runs unchanged in Node and browsers. What needs files or processes is in
 * `@eos-sgd/models/node`.
 * @module
 */
export type { Activation, ActivationName } from './activations.ts'
export { type ArrayOptions, type ArraySource, arrays } from './data/arrays.ts'
export { type ByteVocabulary, byteVocabulary } from './data/byte-vocabulary.ts'
export type { FieldValues, NestedNumbers } from './data/column.ts'
export type { DataSplits } from './data/splits.ts'
export { type StreamFactory, type StreamOptions, type StreamRecord, type StreamStart, stream } from './data/stream.ts'
export { type SplitOptions, split, subset } from './data/subset.ts'
export { type TextSplitsOptions, type TextWindowsOptions, textSplits, textWindows } from './data/text-windows.ts'
export { toDataset } from './data/to-dataset.ts'
export { diabetes } from './diabetes.ts'
export { digits } from './digits.ts'
export { type IdxArray, parseIdx } from './idx.ts'
export { accuracy, crossEntropy, meanSquaredError } from './losses.ts'
export { type MlpOptions, mlp } from './mlp.ts'
export { mobyDick } from './moby-dick.ts'
export { type Resnet8Options, type ResnetOptions, resnet, resnet8 } from './resnet.ts'
export {
  type ClassificationOptions,
  classification,
  type LanguageModelOptions,
  languageModel,
  type RegressionOptions,
  regression,
  scaleLoss,
} from './tasks.ts'
export { type TransformerOptions, transformer } from './transformer.ts'
export type { TargetRule, Workload } from './workload.ts'
export { diabetesMlp } from './workloads/diabetes-mlp.ts'
export { digitsMlp } from './workloads/digits-mlp.ts'
export { textGptTiny } from './workloads/text-gpt-tiny.ts'
