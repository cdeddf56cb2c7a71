/** torch.nn.functional: layers without state. */
export * from './activation.ts';
export { type Conv2dOptions, conv2d, type Size2d } from './convolution.ts';
export { type DropoutOptions, dropout, dropout2d } from './dropout.ts';
export { crossEntropy, type LossOptions, nllLoss, type Reduction } from './loss.ts';
export { type BatchNormOptions, batchNorm } from './normalization.ts';
export { type AvgPool2dOptions, avgPool2d, type MaxPool2dOptions, maxPool2d } from './pooling.ts';
