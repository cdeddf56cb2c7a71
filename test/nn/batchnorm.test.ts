import { nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const x = Tensor.arange(16).reshape(2, 2, 2, 2).pow(1.5).div(4);

describe('BatchNorm2d', () => {
  // PyTorch 1.13 after a batch x and a batch 2x + 1.
  it.each<[{ momentum?: number | null; eps?: number; affine?: boolean }, number[], number[]]>([
    [{}, [1.248741, 2.377559], [7.808085, 13.48428]],
    [{ momentum: null }, [6.441765, 12.28048], [35.70452, 64.6647]],
    [{ momentum: 0.3, eps: 0.1 }, [3.508553, 6.661458], [20.62735, 36.96089]],
    [{ affine: false }, [1.248741, 2.377559], [7.808085, 13.48428]],
  ])("keeps PyTorch's statistics with %j", (options, mean, variance) => {
    const layer = new nn.BatchNorm2d(2, options);
    layer.call(x);
    layer.call(x.mul(2).add(1));
    expect(layer.runningMean?.allclose(Tensor.from(mean), { rtol: 1e-5 })).toBe(true);
    expect(layer.runningVar?.allclose(Tensor.from(variance), { rtol: 1e-5 })).toBe(true);
    expect(layer.numBatchesTracked?.item()).toBe(2);
    expect(() => layer.call(Tensor.ones([1, 2, 1, 1]))).toThrow(/more than 1 value per channel/);
    expect(() => layer.call(Tensor.ones([2, 3, 2, 2]))).toThrow(/2, 3, 2, 2/);
    expect(layer.numBatchesTracked?.item()).toBe(2);
    expect(layer.runningMean?.allclose(Tensor.from(mean), { rtol: 1e-5 })).toBe(true);
  });

  it('keeps an evaluation as it was when a training batch comes before its backward', () => {
    const layer = new nn.BatchNorm2d(2).eval();
    const ones = Tensor.ones([1, 2, 2, 1], { requiresGrad: true });
    const y = layer.call(ones);
    layer.train().call(x);
    expect(layer.runningMean?.toArray()).not.toEqual([0, 0]);
    y.sum().backward();
    // 1 / √(1 + 1e-5), the statistics being those of the beginning.
    expect(ones.grad?.allclose(Tensor.full([1, 2, 2, 1], 0.999995), { rtol: 1e-7 })).toBe(true);
    expect(layer.weight?.grad?.allclose(Tensor.full([2], 1.99999), { rtol: 1e-7 })).toBe(true);
  });

  // PyTorch 2.13
  it.each([[[0, 2, 3, 3]], [[2, 2, 0, 3]], [[2, 2, 3, 0]]])(
    'passes an empty batch %j on, and learns nothing from it',
    shape => {
      const layer = new nn.BatchNorm2d(2);
      const none = Tensor.zeros(shape, { requiresGrad: true });
      for (const training of [true, false]) {
        const y = layer.train(training).call(none);
        y.sum().backward();
        expect([y.shape, none.grad?.shape]).toEqual([shape, shape]);
      }
      const values = [layer.runningMean, layer.runningVar, layer.weight?.grad, layer.bias?.grad];
      expect(values.map(t => t?.toArray())).toEqual([
        [0, 0],
        [1, 1],
        [0, 0],
        [0, 0],
      ]);
      expect(layer.numBatchesTracked?.item()).toBe(1);
    },
  );

  it('without running statistics normalises by the batch when testing too', () => {
    const layer = new nn.BatchNorm2d(2, { trackRunningStats: false });
    expect(layer.call(x).toArray()).toEqual(layer.eval().call(x).toArray());
    expect(layer.buffers()).toEqual([]);
  });
});
