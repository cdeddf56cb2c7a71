/** torch.nn.functional: layers without state. */
export * from './activation.ts';
export * from './convolution.ts';
export { type DropoutOptions, dropout, dropout2d } from './dropout.ts';
export * from './loss.ts';
export * from './normalization.ts';
export * from './pooling.ts';
