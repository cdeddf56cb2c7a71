import { configure, nn, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterAll, describe, expect, it } from 'vitest';

const F = nn.functional;
const huge = 2 ** 40;
const initial = runtimeInfo().backend;
afterAll(() => void configure({ backend: initial }));

describe.each(['wasm', 'reference'] as const)('on %s a window', backend => {
  // [shape, sum of the result, sum of the gradient], from PyTorch 2.13, with 1000 where ours has 2⁴⁰.
  it.each<[string, (x: Tensor) => Tensor, number[], number, number]>([
    [
      'of a convolution strides beyond the image',
      x => F.conv2d(x, Tensor.ones([2, 3, 3, 3]), null, { stride: huge }),
      [2, 2, 1, 1],
      7398,
      108,
    ],
    [
      'of one tap has any dilation',
      x => F.conv2d(x, Tensor.ones([2, 3, 1, 1]), null, { dilation: huge, stride: 2 }),
      [2, 2, 3, 3],
      8046,
      108,
    ],
    [
      'of max pooling strides beyond the image',
      x => F.maxPool2d(x, 2, { stride: huge, ceilMode: true }),
      [2, 3, 1, 1],
      411,
      6,
    ],
    [
      'of max pooling with one row has any dilation of rows',
      x => F.maxPool2d(x, [1, 2], { dilation: [huge, 1], ceilMode: true }),
      [2, 3, 5, 3],
      6765,
      90,
    ],
    [
      'of average pooling strides beyond the image',
      x => F.avgPool2d(x, [1, 2], { stride: [huge, huge], ceilMode: true }),
      [2, 3, 1, 1],
      378,
      6,
    ],
  ])('%s', (_, f, shape, sum, gradient) => {
    configure({ backend });
    const x = Tensor.arange(150).reshape(2, 3, 5, 5).requiresGrad_();
    const y = f(x);
    y.sum().backward();
    expect([y.shape, y.sum().item(), x.grad!.sum().item()]).toEqual([shape, sum, gradient]);
  });
});
