/** A unit's sum over one block of pixels: the part of the weight gradient where the time goes. */
import { f32x4, forRange, i32, ifElse, type Local, loop, type Scope, type Val, v128 } from '../asm/index.ts';
import type { Weights } from './conv2dBackwardWeight.ts';
import type { BackwardWeightPlan, WeightShape } from './conv2dBackwardWeightPlan.ts';
import { addOuterProduct, larger, smaller, zeroSums } from './matmulTile.ts';

type Int = Val<'i32'>;

/** Where a block begins, in dy. */
interface Block {
  readonly image: Int;
  /** Of the batch. */
  readonly images: Int;
  readonly row: Int;
}

interface Addresses {
  readonly x: Int;
  readonly dy: Int;
  /** Of the unit, [row][column]. */
  readonly sums: Int;
}

/** Pixels of dy: from a corner on, so many images, rows and columns. */
interface Region {
  readonly image: Int;
  readonly top: Int;
  readonly left: Int;
  readonly images: Int;
  readonly rows: Local<'i32'>;
  readonly columns: Local<'i32'>;
}

/** What reads the operands as it moves from pixel to pixel: one pointer on dy, one on x for every tap. */
interface Cursor {
  readonly dy: Local<'i32'>;
  readonly x: readonly Local<'i32'>[];
}

/** sums += x · dy over the pixels of a block. */
export function addBlock(
  f: Scope,
  shape: WeightShape,
  plan: BackwardWeightPlan,
  weights: Weights,
  block: Block,
  addresses: Addresses,
): void {
  const [kernelWidth, { tile }] = [shape.kernel[1], plan];
  const taps = weights.rows.map(({ tap }) => ({
    ky: f.let(i32.divU(tap, kernelWidth), 'ky'),
    kx: f.let(i32.remU(tap, kernelWidth), 'kx'),
  }));
  const region = regionOf(f, shape, plan, block, taps[0]!);
  const cursor: Cursor = {
    dy: outputAt(f, shape, weights, region, addresses.dy),
    x: taps.map((tap, r) => inputAt(f, shape, weights, r, tap, region, addresses.x)),
  };
  const sums = zeroSums(f, tile);
  ifElse(f, i32.and(i32.gtS(region.columns, 0), i32.gtS(region.rows, 0)), () => {
    eachPixel(f, shape, region, cursor, () => {
      if (shape.depthwise) {
        addProducts(sums, cursor);
        return;
      }
      const factor = (r: number) =>
        plan.byTap ? v128.load32Splat(cursor.x[0]!, 4 * r) : v128.load32Splat(cursor.x[r]!);
      addOuterProduct(f, tile, sums, factor, v => v128.load(cursor.dy, 16 * v));
    });
    // All loads before all stores: a load between two of these keeps the engine from fusing them.
    for (const [i, sum] of sums.entries()) sum.set(f32x4.add(v128.load(addresses.sums, 16 * i), sum));
    for (const [i, sum] of sums.entries()) v128.store(f, addresses.sums, sum, 16 * i);
  });
}

/** sums += x · dy, channel by channel. */
function addProducts(sums: readonly Local<'v128'>[], { x, dy }: Cursor): void {
  for (const [v, sum] of sums.entries()) {
    sum.set(f32x4.add(sum, f32x4.mul(v128.load(x[0]!, 16 * v), v128.load(dy, 16 * v))));
  }
}

type Tap = { readonly ky: Int; readonly kx: Int };

/** Returns the pixels of the block; with `byTap` those whose tap is on the image. */
function regionOf(f: Scope, shape: WeightShape, plan: BackwardWeightPlan, block: Block, tap: Tap): Region {
  const { image, images, row } = block;
  const [vertical, horizontal] = plan.byTap
    ? [validRange(f, shape, 0, tap.ky), validRange(f, shape, 1, tap.kx)]
    : shape.outSize.map(size => ({ low: i32.const(0), high: i32.const(size) }));
  const top = f.let(larger(vertical!.low, row), 'top');
  const bottom = smaller(vertical!.high, i32.add(row, plan.blockRows));
  const left = horizontal!.low;
  return {
    image,
    top,
    left,
    images: f.let(smaller(i32.const(plan.blockImages), i32.sub(images, image)), 'images'),
    rows: f.let(i32.sub(bottom, top), 'rows'),
    columns: f.let(i32.sub(horizontal!.high, left), 'columns'),
  };
}

/** Returns along an axis the first pixel of dy under which tap number `tap` is on x, and the one after the last. */
function validRange(f: Scope, shape: WeightShape, axis: 0 | 1, tap: Int): { low: Int; high: Int } {
  const [stride, padding] = [shape.stride[axis], shape.padding[axis]];
  // A pixel i reads x at i · stride - padding + tap · dilation.
  const from = (end: number) =>
    i32.divU(
      larger(i32.sub(end + padding + stride - 1, i32.mul(tap, shape.dilation[axis])), i32.const(0)),
      stride,
    );
  const high = smaller(from(shape.size[axis]), i32.const(shape.outSize[axis]));
  return { low: f.let(from(0), 'low'), high: f.let(high, 'high') };
}

/** Returns a pointer on the first column of the weights in dy, at the corner of the region. */
function outputAt(f: Scope, shape: WeightShape, { group, column }: Weights, at: Region, dy: Int) {
  const { groups, outerStep, outSize } = shape;
  const row = i32.add(i32.mul(at.image, outSize[0]), at.top);
  const pixel = i32.add(i32.mul(row, outSize[1]), at.left);
  const channel = i32.add(i32.mul(group, outerStep), column);
  return f.let(i32.add(dy, i32.shl(i32.add(i32.mul(pixel, groups * outerStep), channel), 2)), 'dy');
}

/** Returns a pointer on x under the tap of row r, for the pixel at the corner of the region. */
function inputAt(f: Scope, shape: WeightShape, weights: Weights, r: number, tap: Tap, at: Region, x: Int) {
  const { channels, inner, stride, padding, dilation, size } = shape;
  const iy = i32.add(i32.sub(i32.mul(at.top, stride[0]), padding[0]), i32.mul(tap.ky, dilation[0]));
  const ix = i32.add(i32.sub(i32.mul(at.left, stride[1]), padding[1]), i32.mul(tap.kx, dilation[1]));
  const row = i32.add(i32.mul(at.image, size[0]), iy);
  const channel = shape.depthwise
    ? weights.column
    : i32.add(i32.mul(weights.group, inner), weights.rows[r]!.channel);
  const pixel = i32.add(i32.mul(row, size[1]), ix);
  return f.let(i32.add(x, i32.shl(i32.add(i32.mul(pixel, channels), channel), 2)), 'x');
}

/** Runs `body` with the cursor on each pixel of a region that is not empty. */
function eachPixel(f: Scope, shape: WeightShape, region: Region, cursor: Cursor, body: () => void): void {
  const { groups, channels, outerStep, stride, size, outSize } = shape;
  const { columns, rows } = region;
  const [xPixel, dyPixel] = [4 * channels, 4 * groups * outerStep];
  const [xRow, dyRow] = [stride[0] * size[1] * xPixel, outSize[1] * dyPixel];
  const move = (x: Int, dy: Int) => {
    for (const pointer of cursor.x) pointer.set(i32.add(pointer, x));
    cursor.dy.set(i32.add(cursor.dy, dy));
  };
  // From behind the last pixel of a row or of an image to the first of the next.
  const xToRow = f.let(i32.sub(xRow, i32.mul(columns, stride[1] * xPixel)), 'xToRow');
  const dyToRow = f.let(i32.sub(dyRow, i32.mul(columns, dyPixel)), 'dyToRow');
  const xToImage = f.let(i32.sub(size[0] * size[1] * xPixel, i32.mul(rows, xRow)), 'xToImage');
  const dyToImage = f.let(i32.sub(outSize[0] * dyRow, i32.mul(rows, dyRow)), 'dyToImage');
  const [image, row, rowEnd] = [f.local(i32, 'image'), f.local(i32, 'row'), f.local(i32, 'rowEnd')];
  forRange(f, image, 0, region.images, 1, () => {
    forRange(f, row, 0, rows, 1, () => {
      rowEnd.set(i32.add(cursor.dy, i32.mul(columns, dyPixel)));
      loop(f, again => {
        body();
        move(i32.const(stride[1] * xPixel), i32.const(dyPixel));
        again.brIf(i32.ltU(cursor.dy, rowEnd));
      });
      move(xToRow, dyToRow);
    });
    move(xToImage, dyToImage);
  });
}
