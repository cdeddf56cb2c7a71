import { requireTensor, type Tensor } from '../../tensor.ts';

/** Returns max(x, 0). */
export function relu(input: Tensor): Tensor {
  requireTensor('relu', input);
  return input.relu();
}

export function sigmoid(input: Tensor): Tensor {
  requireTensor('sigmoid', input);
  return input.sigmoid();
}

export function tanh(input: Tensor): Tensor {
  requireTensor('tanh', input);
  return input.tanh();
}

/** Returns eˣ / Σ eˣ along `dim`. */
export function softmax(input: Tensor, dim: number): Tensor {
  requireTensor('softmax', input);
  return input.softmax(dim);
}

/** Returns x - log Σ eˣ along `dim`. */
export function logSoftmax(input: Tensor, dim: number): Tensor {
  requireTensor('logSoftmax', input);
  return input.logSoftmax(dim);
}

/** Returns input [.., in] · weight [out, in]ᵀ + bias [out]. */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  requireTensor('linear', input);
  requireTensor('linear', weight);
  return input.linear(weight, bias);
}
