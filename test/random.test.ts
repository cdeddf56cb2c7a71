import { ArgumentError, manualSeed, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { generator, randperm } from '../src/random.ts';

describe('the generator', () => {
  // torch.manual_seed(42): rand(3), randperm(10), randint(-5, 5, (6,)).
  it("draws PyTorch's numbers", () => {
    manualSeed(42);
    const three = Tensor.rand([3]).toArray();
    expect(three).toEqual([0.8822692632675171, 0.9150039553642273, 0.38286375999450684]);
    expect([...randperm(10)]).toEqual([4, 1, 9, 8, 6, 5, 7, 3, 0, 2]);
    expect(Tensor.randint(-5, 5, [6]).toArray()).toEqual([-5, -1, -4, -3, 0, 0]);
  });

  it('goes on exactly from a kept state', () => {
    manualSeed(3);
    generator.normal();
    const { state } = generator;
    const first = [generator.normal(), generator.bits()];
    generator.state = state;
    expect([generator.normal(), generator.bits()]).toEqual(first);
  });

  it.each([1.5, Number.NaN, Infinity, 2 ** 53, '1', 1n, null, undefined, [1], {}])(
    'refuses the seed %o',
    seed => {
      manualSeed(7);
      const next = generator.state;
      expect(() => manualSeed(seed as number)).toThrow(ArgumentError);
      expect(() => manualSeed(seed as number)).toThrow(/^manualSeed: expected a whole number, got/);
      expect(generator.state).toEqual(next);
    },
  );

  // torch.manual_seed(-1): rand(2)
  it('takes a negative seed as PyTorch does', () => {
    manualSeed(-1);
    expect(Tensor.rand([2]).toArray()).toEqual([0.9937993884086609, 0.5713063478469849]);
  });

  it('is left alone by a dropout that is refused', () => {
    manualSeed(5);
    const first = Tensor.rand([1]).item();
    manualSeed(5);
    expect(() => nn.functional.dropout(Tensor.ones([2], { dtype: 'int32' }))).toThrow();
    expect(Tensor.rand([1]).item()).toBe(first);
  });
});
