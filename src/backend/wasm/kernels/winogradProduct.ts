/** The products in the middle of Winograd's algorithm: for each of 36 frequencies, tiles times weights. */
import { f32x4, forRange, i32, type Local, loop, type Scope, type Val, v128 } from '../asm/index.ts';
import { addOuterProduct, tileStart } from './matmulTile.ts';
import type { WinogradPlan } from './winogradPlan.ts';
import { frequencyBytes, spaced } from './winogradTiling.ts';
import { tileSide } from './winogradTransform.ts';

/**
 * sums [36][room][outer] = tiles [36][room][inner] · weights [36][inner][outer], for the first `count` rows and up to 3
 * more. Long sums are sums of parts.
 */
export function emitProducts(
  f: Scope,
  plan: WinogradPlan,
  zero: Val<'v128'>,
  count: Val<'i32'>,
  { tiles, weights, sums }: Readonly<Record<'tiles' | 'weights' | 'sums', Val<'i32'>>>,
): void {
  const { input, output, tile } = plan;
  const [inner, outer] = [input.channels, output.channels];
  const [xRow, yRow] = [4 * inner, 4 * outer];
  const width = 4 * tile.vectors;
  const [frequency, index] = [f.local(i32, 'frequency'), f.local(i32, 'index')];
  const [x, w, y] = [f.let(tiles, 'x'), f.let(weights, 'w'), f.let(sums, 'y')];
  const [xTile, wTile, yTile] = [f.local(i32, 'xTile'), f.local(i32, 'wTile'), f.local(i32, 'yTile')];
  const sumOf = Array.from({ length: tile.rows * tile.vectors }, () => f.local(v128, 'sum'));
  const rowsEnd = f.let(i32.mul(count, xRow), 'rowsEnd');
  const xEnd = f.local(i32, 'xEnd');
  forRange(f, frequency, 0, tileSide ** 2, 1, () => {
    xEnd.set(i32.add(x, rowsEnd));
    forRange(f, index, 0, Math.ceil(outer / width), 1, () => {
      const column = i32.shl(tileStart(f, index, width, outer), 2);
      xTile.set(x);
      wTile.set(i32.add(w, column));
      yTile.set(i32.add(y, column));
      loop(f, again => {
        emitTile(f, plan, zero, sumOf, { x: xTile, w: wTile, y: yTile });
        yTile.set(i32.add(yTile, tile.rows * yRow));
        again.brIf(i32.ltU(xTile.tee(i32.add(xTile, tile.rows * xRow)), xEnd));
      });
    });
    w.set(i32.add(w, spaced(inner * yRow)));
    x.set(i32.add(x, frequencyBytes(input)));
    y.set(i32.add(y, frequencyBytes(output)));
  });
}

/** Computes and stores one tile of a product. */
function emitTile(
  f: Scope,
  { input, output, depth, tile }: WinogradPlan,
  zero: Val<'v128'>,
  sums: readonly Local<'v128'>[],
  at: Readonly<Record<'x' | 'w' | 'y', Val<'i32'>>>,
): void {
  const [xRow, yRow] = [4 * input.channels, 4 * output.channels];
  const [x, w] = [f.let(at.x, 'xStep'), f.let(at.w, 'wStep')];
  const end = f.local(i32, 'xStepEnd');
  const part = (isFirst: boolean) => {
    for (const sum of sums) sum.set(zero);
    end.set(i32.add(x, 4 * depth));
    loop(f, again => {
      addOuterProduct(
        f,
        tile,
        sums,
        row => v128.load32Splat(x, row * xRow),
        vector => v128.load(w, 16 * vector),
      );
      w.set(i32.add(w, yRow));
      again.brIf(i32.ltU(x.tee(i32.add(x, 4)), end));
    });
    const offset = (i: number) => Math.floor(i / tile.vectors) * yRow + 16 * (i % tile.vectors);
    if (!isFirst) for (const [i, sum] of sums.entries()) sum.set(f32x4.add(v128.load(at.y, offset(i)), sum));
    for (const [i, sum] of sums.entries()) v128.store(f, at.y, sum, offset(i));
  };
  part(true);
  const parts = input.channels / depth;
  if (parts > 1) forRange(f, f.local(i32, 'part'), 1, parts, 1, () => part(false));
}
