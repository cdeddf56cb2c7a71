/** tinygrad-ts: tensors, automatic differentiation and neural networks, in TypeScript all the way down. */
export {
  type BackendName,
  type Configuration,
  configure,
  type RuntimeInfo,
  runtimeInfo,
} from './backend/select.ts';
export * as data from './data/index.ts';
export type { DType, TypedArray } from './dtype.ts';
export {
  ArgumentError,
  AutogradError,
  DataError,
  DTypeError,
  LifetimeError,
  OutOfMemoryError,
  ShapeError,
  TensorError,
  WorkerError,
} from './errors.ts';
export { enableGrad, isGradEnabled, noGrad } from './grad-mode.ts';
export { type GradcheckOptions, gradcheck } from './gradcheck.ts';
export * as nn from './nn/index.ts';
export * as optim from './optim/index.ts';
export { type KernelTime, type Profile, profile } from './profile.ts';
export { manualSeed } from './random.ts';
export type { Shape } from './shape.ts';
export type { BackwardOptions } from './tensor/autograd.ts';
export type { FromOptions, TensorOptions } from './tensor/creation.ts';
export type { ClampOptions, Operand } from './tensor/elementwise.ts';
export type { Elements, NestedArray } from './tensor/nested.ts';
export type { Extremum, ReduceOptions, VarOptions } from './tensor/reduction.ts';
export { Tensor } from './tensor.ts';
