/** torch.nn: modules. */
export { Flatten, LogSoftmax, ReLU } from './activation.ts';
export { BatchNorm2d, type BatchNorm2dOptions } from './batchnorm.ts';
export { type Layer, ModuleList, Sequential } from './containers.ts';
export { Conv2d, type Conv2dLayerOptions } from './conv.ts';
export { Dropout, Dropout2d } from './dropout.ts';
export * as functional from './functional/index.ts';
export * as init from './init.ts';
export { Linear } from './linear.ts';
export { CrossEntropyLoss, NLLLoss } from './loss.ts';
export { Module } from './module.ts';
export { Parameter } from './parameter.ts';
export { AvgPool2d, MaxPool2d } from './pooling.ts';
export type { LoadReport, StateDict } from './state-dict.ts';
