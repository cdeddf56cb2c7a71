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

  it('refuses a seed that is no whole number', () => {
    expect(() => manualSeed(1.5)).toThrow(ArgumentError);
  });

  it('is left alone by a dropout that is refused', () => {
    manualSeed(5);
    const first = Tensor.rand([1]).item();
    manualSeed(5);
    expect(() => nn.functional.dropout(Tensor.ones([2], { dtype: 'int32' }))).toThrow();
    expect(Tensor.rand([1]).item()).toBe(first);
  });
});
