/** Winograd's algorithm errs no more than 1e-5 of what each result sums, whatever the spread of the values. */
import { manualSeed, nn, Tensor } from 'tinygrad-ts';
import { beforeEach, describe, expect, it } from 'vitest';

const F = nn.functional;

type Fill = (shape: readonly number[]) => Tensor;

const dense: Fill = shape => Tensor.randn(shape);
const sparse =
  (share: number): Fill =>
  shape =>
    Tensor.randn(shape).mul(Tensor.where(Tensor.rand(shape).lt(share), 1, 0));
const changed =
  (change: (value: number, i: number, shape: readonly number[]) => number): Fill =>
  shape => {
    const values = Float32Array.from(dense(shape).data, (value, i) => change(value, i, shape));
    return Tensor.from(values, { shape });
  };
/** One value of the first image. */
const hot = (value: number) => changed((v, i, [, , , width]) => (i === 2 * width! + 2 ? value : v));

const spreads: Readonly<Record<string, Fill>> = {
  'normal numbers': dense,
  'an outlier of 1e3': hot(1e3),
  'an outlier of 1e6': hot(1e6),
  'an outlier of 1e9': hot(1e9),
  'half of them zero': sparse(0.5),
  'one in five not zero': sparse(0.2),
  'one in ten not zero': sparse(0.1),
  'one in thirty not zero': sparse(0.03),
  'one in three hundred not zero': sparse(0.003),
  'a half of the image zero': changed((v, i, [, , , width]) => (i % width! < width! / 2 ? 0 : v)),
  'one channel not zero': changed((v, i, [, c, h, w]) => (Math.floor(i / (h! * w!)) % c! === 1 ? v : 0)),
  'channels of four scales': changed((v, i, [, , h, w]) => v * 1e3 ** (Math.floor(i / (h! * w!)) % 4)),
  'columns of falling size': changed((v, i, [, , , width]) => v * 4 ** -(i % width!)),
  'seventh powers of normal numbers': changed(v => v ** 7),
  'a border of large numbers': changed((v, i, [, , , width]) => (i % width! === 0 ? 1e5 * v : v)),
  'numbers of 1e-20': changed(v => v * 1e-20),
  zeros: shape => Tensor.zeros(shape),
};

interface Layer {
  readonly channels: readonly [number, number];
  readonly side: number;
  readonly taps: 3 | 5;
  readonly padding: number;
}

const layers: readonly Layer[] = [
  { channels: [16, 16], side: 12, taps: 3, padding: 1 },
  { channels: [8, 8], side: 14, taps: 3, padding: 0 },
  { channels: [32, 32], side: 5, taps: 3, padding: 1 },
  { channels: [16, 32], side: 12, taps: 5, padding: 0 },
  { channels: [8, 16], side: 11, taps: 5, padding: 2 },
];

const shapesOf = ({ channels: [inner, outer], side, taps, padding }: Layer, images: number) => {
  const outSide = side + 2 * padding - taps + 1;
  return {
    x: [images, inner, side, side],
    w: [outer, inner, taps, taps],
    y: [images, outer, outSide, outSide],
  };
};

/** The result and both gradients of a convolution, as lists. */
function compute(x: Tensor, w: Tensor, dy: Tensor, padding: number): number[][] {
  const [input, weight] = [x, w].map(t => t.detach().clone().requiresGrad_()) as [Tensor, Tensor];
  const y = F.conv2d(input, weight, null, { padding });
  y.backward(dy);
  return [y.detach(), input.grad!, weight.grad!].map(t => Array.from(t.clone().data));
}

/** Returns by how much of Σ|x·w| each of the three errs at most; infinite if a sum of nothing is not zero. */
function errorsOf(x: Tensor, w: Tensor, dy: Tensor, padding: number): number[] {
  const exact = [x, w, dy].map(t => t.to('float64')) as [Tensor, Tensor, Tensor];
  const [a, b, c] = exact.map(t => t.abs()) as [Tensor, Tensor, Tensor];
  const [got, want, sizes] = [
    compute(x, w, dy, padding),
    compute(...exact, padding),
    compute(a, b, c, padding),
  ];
  return got.map((values, i) =>
    values.reduce((most, value, k) => {
      const error = Math.abs(value - want[i]![k]!);
      // What is denormal has fewer digits.
      return error < 1e-37 ? most : Math.max(most, error / sizes[i]![k]!);
    }, 0),
  );
}

beforeEach(() => manualSeed(1));

describe('every result of a convolution errs by at most 1e-5 of what it sums', () => {
  for (const layer of layers) {
    const title = `${layer.taps}×${layer.taps}, channels ${layer.channels}, ${layer.side}×${layer.side}`;
    it(`where images and gradients have any spread: ${title}`, () => {
      const shapes = shapesOf(layer, 9);
      for (const [name, fill] of Object.entries(spreads)) {
        const errors = errorsOf(fill(shapes.x), dense(shapes.w), fill(shapes.y), layer.padding);
        expect(Math.max(...errors), `${name}: ${errors}`).toBeLessThanOrEqual(1e-5);
        const one = errorsOf(dense(shapes.x).relu(), dense(shapes.w), fill(shapes.y), layer.padding);
        expect(Math.max(...one), `${name} in dy: ${one}`).toBeLessThanOrEqual(1e-5);
      }
    });

    it(`where weights have any spread: ${title}`, () => {
      const shapes = shapesOf(layer, 5);
      for (const [name, fill] of Object.entries(spreads)) {
        const errors = errorsOf(dense(shapes.x).relu(), fill(shapes.w), dense(shapes.y), layer.padding);
        expect(Math.max(...errors), `${name}: ${errors}`).toBeLessThanOrEqual(1e-5);
      }
    });
  }

  it('of one hot pixel: what is out of its reach keeps its bits', () => {
    const w = Tensor.randn([16, 16, 3, 3]);
    const x = Tensor.randn([1, 16, 24, 24]);
    const at = (t: Tensor) => t.slice(2, 7, 8).slice(3, 7, 8).flatten().toArray();
    const clean = F.conv2d(x, w, null, { padding: 1 });
    x.data[5 * 24 + 5] = 1e9;
    const hot = F.conv2d(x, w, null, { padding: 1 });
    const [a, b] = [at(hot), at(clean)] as [number[], number[]];
    for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4);
  });
});

describe('the bits of an image do not depend on its batch', () => {
  const bits = (t: Tensor) => Array.from(new Int32Array(t.detach().clone().data.slice().buffer));

  for (const layer of [...layers, { channels: [32, 32], side: 4, taps: 3, padding: 1 } as const]) {
    it(`${layer.taps}×${layer.taps}, channels ${layer.channels}, ${layer.side}×${layer.side}`, () => {
      const shapes = shapesOf(layer, 19);
      const images = dense(shapes.x).clone();
      const gradients = dense(shapes.y).clone();
      const [imageSize, gradientSize] = [shapes.x, shapes.y].map(([, c, h, w]) => c! * h! * w!) as [
        number,
        number,
      ];
      // Some of the images are computed another way.
      for (const [image, value] of [
        [2, 1e9],
        [3, Number.NaN],
        [11, 1e5],
        [18, Number.POSITIVE_INFINITY],
      ] as const) {
        images.data[image * imageSize + 7] = value;
        gradients.data[image * gradientSize + 5] = value;
      }
      const w = dense(shapes.w);
      const run = (x: Tensor, dy: Tensor) => {
        const input = x.clone().requiresGrad_();
        const y = F.conv2d(input, w, null, { padding: layer.padding });
        y.backward(dy);
        return [bits(y), bits(input.grad!)] as const;
      };
      const [ys, dxs] = run(images, gradients);
      for (let image = 0; image < 19; image++) {
        const [y, dx] = run(images.slice(0, image, image + 1), gradients.slice(0, image, image + 1));
        expect(y, `y of image ${image}`).toEqual(ys.slice(image * gradientSize, (image + 1) * gradientSize));
        expect(dx, `dx of image ${image}`).toEqual(dxs.slice(image * imageSize, (image + 1) * imageSize));
      }
    });
  }
});
