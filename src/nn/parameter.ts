import { checkBoolean, checkOptions } from '../arguments.ts';
import { requireTensor, Tensor } from '../tensor.ts';

/** A tensor that a Module counts among its parameters: a leaf that requires a gradient unless told otherwise. */
export class Parameter extends Tensor {
  static override readonly name: string = 'Parameter';

  constructor(values: Tensor, options: { requiresGrad?: boolean } = {}) {
    requireTensor('Parameter', values);
    checkOptions('Parameter', options, ['requiresGrad']);
    const { requiresGrad = true } = options;
    checkBoolean('Parameter', 'requiresGrad', requiresGrad);
    super(values.detach().clone().array);
    this.requiresGrad = requiresGrad;
  }
}
