import { checkBoolean, checkOptions } from '../arguments.ts';
import { Tensor } from '../tensor.ts';
import { initialBias } from './conv.ts';
import { linear } from './functional/activation.ts';
import { kaimingUniform_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { python } from './repr.ts';
import { checkSize } from './sizes.ts';

const usage = 'new nn.Linear(inFeatures, outFeatures)';

/** x · weightᵀ + bias, from [.., inFeatures] to [.., outFeatures]. */
export class Linear extends Module {
  static override readonly name: string = 'Linear';
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) {
    super();
    checkOptions('Linear', options, ['bias']);
    const { bias = true } = options;
    checkBoolean('Linear', 'bias', bias);
    this.inFeatures = checkSize('Linear', 'inFeatures', inFeatures, usage);
    this.outFeatures = checkSize('Linear', 'outFeatures', outFeatures, usage);
    this.weight = new Parameter(Tensor.zeros([outFeatures, inFeatures]));
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    this.bias = bias ? new Parameter(initialBias(this.weight)) : null;
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  protected override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${python(this.bias !== null)}`;
  }
}
