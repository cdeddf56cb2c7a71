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

  it('without running statistics normalises by the batch when testing too', () => {
    const layer = new nn.BatchNorm2d(2, { trackRunningStats: false });
    expect(layer.call(x).toArray()).toEqual(layer.eval().call(x).toArray());
    expect(layer.buffers()).toEqual([]);
  });
});
