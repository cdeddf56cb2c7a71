import { Tensor } from '../tensor.ts';

/** A tensor that a Module counts among its parameters: a leaf that requires a gradient unless told otherwise. */
export class Parameter extends Tensor {
  constructor(values: Tensor, options: { requiresGrad?: boolean } = {}) {
    super(values.detach().clone().array);
    this.requiresGrad = options.requiresGrad ?? true;
  }
}
