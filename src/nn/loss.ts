import type { Tensor } from '../tensor.ts';
import { crossEntropy, type LossOptions, lossArgs, nllLoss } from './functional/loss.ts';
import { Module } from './module.ts';

/** The negative log-likelihood of class indices under log-probabilities [N, C, ...]. */
export class NLLLoss extends Module {
  static override readonly name: string = 'NLLLoss';
  readonly options: LossOptions;

  constructor(options: LossOptions = {}) {
    super();
    lossArgs('NLLLoss', options);
    this.options = options;
  }

  override forward(logProbs: Tensor, target: Tensor): Tensor {
    return nllLoss(logProbs, target, this.options);
  }
}

/** The negative log-likelihood of class indices under the softmax of logits [N, C, ...]. */
export class CrossEntropyLoss extends Module {
  static override readonly name: string = 'CrossEntropyLoss';
  readonly options: LossOptions;

  constructor(options: LossOptions = {}) {
    super();
    lossArgs('CrossEntropyLoss', options);
    this.options = options;
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    return crossEntropy(logits, target, this.options);
  }
}
