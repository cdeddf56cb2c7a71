/** Average pooling and its gradient, vectors over the channels. */
import type { AvgPoolGeometry } from '../../kernels.ts';
import { f32x4, forRange, i32, type Module, v128 } from '../asm/index.ts';
import { forEachPiece, loadLanes, pieceAt, repeated, storeLanes, vectorsOf } from './channels.ts';
import type { Axis } from './overhang.ts';
import { axesIn, type PoolForm, type PoolPlan, poolSizeParams, tapsOf } from './pool.ts';
import { gatherFromWindows } from './poolBackward.ts';

type Divisors = Pick<AvgPoolGeometry, 'countIncludePad' | 'divisorOverride'>;

/** Fills `shares` [Ho, Wo] with what an element counts in the mean of each window. */
export function fillShares(shares: Float32Array, { rows, columns }: PoolPlan, divisors: Divisors): void {
  const { countIncludePad, divisorOverride } = divisors;
  // A window that hangs over by ceilMode counts the padding, but nothing beyond it.
  const extent = ({ size, kernel, stride, padding }: Axis, o: number) => {
    const start = o * stride - padding;
    const end = Math.min(start + kernel, size + padding);
    return countIncludePad ? end - start : Math.min(end, size) - Math.max(start, 0);
  };
  for (let oh = 0; oh < rows.windows; oh++) {
    const height = extent(rows, oh);
    for (let ow = 0; ow < columns.windows; ow++) {
      shares[oh * columns.windows + ow] = 1 / (divisorOverride ?? height * extent(columns, ow));
    }
  }
}

/** x [N, H, W, C], shares [Ho, Wo] -> y [N, Ho, Wo, C], the mean of each window. The units are rows of y. Params: the addresses, and `poolSizes`. */
export function emitAvgPool2d(m: Module, form: PoolForm) {
  const { channels } = form;
  const pixelBytes = channels * 4;
  const params = { y: i32, x: i32, shares: i32, ...poolSizeParams, begin: i32, end: i32 };
  return m.func({ name: 'avgPool2d', params }, (f, p) => {
    const { y, x, shares, begin, end } = p;
    const { rows, columns } = axesIn(form, p);
    const [row, ow, h, w] = ['row', 'ow', 'h', 'w'].map(name => f.local(i32, name));
    const zero = f.let(f32x4.splat(0), 'zero');
    const imageBytes = f.let(i32.mul(i32.mul(rows.size, columns.size), pixelBytes), 'imageBytes');
    const to = f.let(i32.add(y, i32.mul(begin, i32.mul(columns.windows, pixelBytes))), 'to');
    forRange(f, row!, begin, end, 1, () => {
      const image = f.let(i32.divU(row!, rows.windows), 'image');
      const from = f.let(i32.add(x, i32.mul(image, imageBytes)), 'from');
      const oh = f.let(i32.sub(row!, i32.mul(image, rows.windows)), 'oh');
      const vertical = tapsOf(f, rows, oh);
      forRange(f, ow!, 0, columns.windows, 1, () => {
        const horizontal = tapsOf(f, columns, ow!);
        const window = i32.add(i32.mul(oh, columns.windows), ow!);
        const share = f.let(v128.load32Splat(i32.add(shares, i32.shl(window, 2))), 'share');
        forEachPiece(f, channels, 2, piece => {
          const sums = repeated(f, piece, zero, 'sum');
          // Large windows stay exact if their rows are summed up first.
          const inRow = vectorsOf(piece, () => f.local({ type: 'v128' }, 'inRow'));
          forRange(f, h!, vertical.first, vertical.end, rows.dilation, () => {
            for (const sum of inRow) sum.set(zero);
            forRange(f, w!, horizontal.first, horizontal.end, columns.dilation, () => {
              const position = i32.add(i32.mul(h!, columns.size), w!);
              const pixel = f.let(pieceAt(piece, i32.add(from, i32.mul(position, pixelBytes))), 'pixel');
              vectorsOf(piece, (at, v) => inRow[v]!.set(f32x4.add(inRow[v]!, loadLanes(piece, pixel, at))));
            });
            for (const [v, sum] of sums.entries()) sum.set(f32x4.add(sum, inRow[v]!));
          });
          const into = f.let(pieceAt(piece, to), 'into');
          vectorsOf(piece, (at, v) => storeLanes(f, piece, into, at, f32x4.mul(sums[v]!, share)));
        });
        to.set(i32.add(to, pixelBytes));
      });
    });
  });
}

/** dy [N, Ho, Wo, C], shares [Ho, Wo] -> dx [N, H, W, C]. Without dilation. The units are rows of dx. */
export function emitAvgPool2dBackward(m: Module, form: PoolForm) {
  const params = { dx: i32, dy: i32, shares: i32, ...poolSizeParams, begin: i32, end: i32 };
  return m.func({ name: 'avgPool2dBackward', params }, (f, p) =>
    gatherFromWindows(f, form, p, ({ piece, window, inDy }) => {
      const address = f.let(i32.add(p.dy, inDy), 'address');
      const share = f.let(v128.load32Splat(i32.add(p.shares, i32.shl(window, 2))), 'share');
      return vectorsOf(piece, at => f32x4.mul(loadLanes(piece, address, at), share));
    }),
  );
}
