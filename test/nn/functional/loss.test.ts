import { AutogradError, nn, noGrad, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;

describe.each(['nllLoss', 'crossEntropy'] as const)('%s', name => {
  const target = Tensor.from([0, 1, 1], { dtype: 'int32' });
  const weight = Tensor.from([1, 2], { requiresGrad: true });

  it('refuses a weight that wants a gradient, which it does not have', () => {
    const x = Tensor.from([1, 2, 3, 4, 5, 6], { shape: [3, 2], requiresGrad: true });
    expect(() => F[name](x, target, { weight })).toThrow(AutogradError);
    expect(() => F[name](x, target, { weight })).toThrow(`${name}: `);
    expect(() => F[name](x, target, { weight })).toThrow('detach()');
    F[name](x, target, { weight: weight.detach() }).backward();
    expect(weight.grad).toBeNull();
  });

  it('takes such a weight where nothing is recorded', () => {
    const x = Tensor.zeros([3, 2]);
    const want = { nllLoss: 0, crossEntropy: Math.log(2) }[name];
    expect(noGrad(() => F[name](x, target, { weight })).item()).toBeCloseTo(want, 6);
  });
});
