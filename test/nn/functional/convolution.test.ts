import { manualSeed, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;

/** Returns the largest difference between two tensors, relative to the largest value of the second. */
function errorOf(got: Tensor, want: Tensor): number {
  const wide = got.to('float64');
  return wide.sub(want).abs().max().item() / want.abs().max().item();
}

/** Returns the largest relative error of y and of all gradients against float64. */
function errorsOf(x: Tensor, w: Tensor, options: nn.functional.Conv2dOptions): Record<string, number> {
  const [x32, w32] = [x, w].map(t => t.detach().requiresGrad_()) as [Tensor, Tensor];
  const [x64, w64] = [x, w].map(t => t.detach().to('float64').requiresGrad_()) as [Tensor, Tensor];
  const y = F.conv2d(x32, w32, null, options);
  const truth = F.conv2d(x64, w64, null, options);
  const dy = Tensor.randn(y.shape);
  y.backward(dy);
  truth.backward(dy.to('float64'));
  return { y: errorOf(y, truth), dx: errorOf(x32.grad!, x64.grad!), dw: errorOf(w32.grad!, w64.grad!) };
}

describe('conv2d', () => {
  it("has the weight gradient of padding 'same' with an even kernel, which hangs over behind alone", () => {
    const w = Tensor.ones([1, 1, 2, 2], { requiresGrad: true });
    F.conv2d(Tensor.ones([1, 1, 4, 4]), w, null, { padding: 'same' })
      .sum()
      .backward();
    // Tap (i, j) meets (4 - i)(4 - j) pixels.
    expect(w.grad!.toArray()).toEqual([
      [
        [
          [16, 12],
          [12, 9],
        ],
      ],
    ]);
  });

  it("is right with padding 'same' for every kernel from 1 to 7", () => {
    manualSeed(3);
    for (const [i, height] of [1, 2, 3, 4, 5, 6, 7].entries()) {
      for (const width of [1, 2, 3, 4, 5, 6, 7]) {
        const groups = [1, 1, 2, 3][(i + width) % 4]!;
        const x = Tensor.randn([2, 3 * groups, 6, 5]);
        const errors = errorsOf(x, Tensor.randn([2 * groups, 3, height, width]), { padding: 'same', groups });
        for (const [name, error] of Object.entries(errors))
          expect(error, `${name} of ${height} × ${width}`).toBeLessThan(3e-6);
      }
    }
  });

  it('is right with a padding as wide as the kernel and wider', () => {
    manualSeed(1);
    for (const side of [3, 5]) {
      for (const padding of [side - 1, side, side + 2]) {
        const errors = errorsOf(Tensor.randn([2, 64, 14, 14]), Tensor.randn([64, 64, side, side]), {
          padding,
        });
        for (const [name, error] of Object.entries(errors))
          expect(error, `${name} with ${side} taps and padding ${padding}`).toBeLessThan(3e-6);
      }
    }
  });

  it('with a padding as wide as the kernel writes over no other tensor on the way back', () => {
    manualSeed(1);
    const x = Tensor.randn([2, 16, 14, 14], { requiresGrad: true });
    const w = Tensor.randn([16, 16, 3, 3]);
    const before = x.toArray();
    for (let i = 0; i < 6; i++) {
      const y = F.conv2d(F.avgPool2d(x, 2), w, null, { padding: 3 });
      y.mul(y).sum().backward();
      x.grad = null;
    }
    expect(x.toArray()).toEqual(before);
  });
});
