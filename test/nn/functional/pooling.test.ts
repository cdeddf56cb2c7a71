import { configure, nn, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const F = nn.functional;

describe.each(['wasm', 'reference'] as const)('maxPool2d on the %s backend', backend => {
  const { backend: before } = runtimeInfo();
  beforeAll(() => void configure({ backend }));
  afterAll(() => void configure({ backend: before }));

  it.each([
    ['between two images', [2, 1, 2, 2], 3],
    ['of several channels', [2, 3, 2, 2], 3],
    ['beside a window that has one', [1, 2, 4, 2], 3],
  ] as const)('gives -Infinity for a window without a tap, and it no gradient: %s', (_, shape, dilation) => {
    const x = Tensor.arange(1, 1 + shape[0] * shape[1] * shape[2] * shape[3])
      .reshape(shape)
      .requiresGrad_();
    const y = F.maxPool2d(x, 2, { stride: 1, padding: 1, dilation });
    expect(new Set(y.data)).toEqual(new Set([-Infinity]));
    y.sum().backward();
    expect(new Set(x.grad?.data)).toEqual(new Set([0]));
  });

  it('gives what the windows with a tap have beside those without', () => {
    // The rows of the windows reach row 2 and beyond, the columns none or column 1.
    const x = Tensor.arange(1, 9).reshape(1, 1, 4, 2).requiresGrad_();
    const y = F.maxPool2d(x, [1, 2], { stride: 1, padding: [0, 1], dilation: [1, 2] });
    expect(y.toArray()).toEqual([
      [
        [
          [2, 1],
          [4, 3],
          [6, 5],
          [8, 7],
        ],
      ],
    ]);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([
      [
        [
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      ],
    ]);
  });
});
