import { nn, profile, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

describe('profile', () => {
  it('returns the result, and every kernel with its shapes, calls and time', () => {
    const conv = new nn.Conv2d(2, 3, 3);
    const x = Tensor.ones([1, 2, 5, 5]);
    const { result, ms, kernels } = profile(() => {
      conv.call(x).sum().backward();
      return conv.call(x);
    });
    expect(result.shape).toEqual([1, 3, 3, 3]);
    expect(kernels.find(k => k.kernel === 'conv2d')).toMatchObject({
      shapes: '[1, 3, 3, 3] ← [1, 2, 5, 5]',
      calls: 2,
    });
    expect(kernels.map(k => k.kernel)).toEqual(expect.arrayContaining(['sum', 'conv2dBackwardWeight']));
    expect(kernels.map(k => k.ms)).toEqual(kernels.map(k => k.ms).sort((a, b) => b - a));
    expect(kernels.reduce((sum, k) => sum + k.ms, 0)).toBeLessThanOrEqual(ms);
  });

  it('prints a line per kernel, what is left, and the whole', () => {
    const text = String(profile(() => Tensor.ones([2]).add(1)));
    const lines = text.split('\n');
    expect(lines.at(-1)).toMatch(/^total +\d+\.\d{3} ms +100\.0 %$/);
    expect(lines.at(-2)).toMatch(/^outside of kernels/);
    expect(lines.some(line => /^binary +\[2\] ← \[2\] +1× /.test(line))).toBe(true);
  });

  it('stops watching when the function throws', () => {
    expect(() =>
      profile(() => {
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    const { kernels } = profile(() => {});
    Tensor.ones([2]).add(1);
    expect(kernels).toEqual([]);
  });

  it('takes a synchronous function', () => {
    expect(() => profile(3 as never)).toThrow(/^profile: expected its argument to be a function, got 3/);
    expect(() => profile(async () => 3)).toThrow(/^profile: expected a synchronous function/);
  });
});
