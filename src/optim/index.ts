/** torch.optim: optimizers. */
export { type ParamGroup, SGD, type SGDGroup, type SGDOptions } from './sgd.ts';
