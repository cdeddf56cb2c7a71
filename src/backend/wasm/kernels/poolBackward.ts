/** Gradients of pooling: each element of dx collects what the windows over it pass on. */
import { f32x4, forRange, i32, type Local, type Scope, type Val } from '../asm/index.ts';
import { forEachPiece, type Piece, pieceAt, repeated, storeLanes, vectorsOf } from './channels.ts';
import { axesIn, forEachWindow, type PoolForm, windowsOver } from './pool.ts';

/** A window over an element, for the terms of the gradient. */
export interface Contribution {
  readonly piece: Piece;
  /** h · W + w of the element. */
  readonly position: Val<'i32'>;
  /** oh · Wo + ow of the window, in its image. */
  readonly window: Local<'i32'>;
  /** Bytes from the first element of dy to the piece of the window's pixel. */
  readonly inDy: Local<'i32'>;
}

/**
 * Writes dx [N, H, W, C] = Σ terms(window) over the windows in order, rows of them summed up one by one.
 * The units are rows of dx.
 */
export function gatherFromWindows(
  f: Scope,
  form: PoolForm,
  p: Parameters<typeof axesIn>[1] & Readonly<Record<'dx' | 'begin' | 'end', Local<'i32'>>>,
  terms: (contribution: Contribution) => readonly Val<'v128'>[],
): void {
  const { channels } = form;
  const { dx, begin, end } = p;
  const { rows, columns } = axesIn(form, p);
  const pixelBytes = channels * 4;
  const windowsPerImage = f.let(i32.mul(rows.windows, columns.windows), 'windowsPerImage');
  const [row, w, oh, ow] = ['row', 'w', 'oh', 'ow'].map(name => f.local(i32, name)) as Four;
  const zero = f.let(f32x4.splat(0), 'zero');
  const to = f.let(i32.add(dx, i32.mul(begin, i32.mul(columns.size, pixelBytes))), 'to');
  forRange(f, row, begin, end, 1, () => {
    const image = f.let(i32.divU(row, rows.size), 'image');
    const h = f.let(i32.sub(row, i32.mul(image, rows.size)), 'h');
    const vertical = windowsOver(f, rows, h);
    forRange(f, w, 0, columns.size, 1, () => {
      const horizontal = windowsOver(f, columns, w);
      const position = f.let(i32.add(i32.mul(h, columns.size), w), 'position');
      forEachPiece(f, channels, 2, piece => {
        const sums = repeated(f, piece, zero, 'sum');
        const inRow = vectorsOf(piece, () => f.local({ type: 'v128' }, 'inRow'));
        forEachWindow(f, rows, vertical, oh, () => {
          for (const sum of inRow) sum.set(zero);
          forEachWindow(f, columns, horizontal, ow, () => {
            const window = f.let(i32.add(i32.mul(oh, columns.windows), ow), 'window');
            const pixel = i32.add(i32.mul(image, windowsPerImage), window);
            const inDy = f.let(pieceAt(piece, i32.mul(pixel, pixelBytes)), 'inDy');
            const passed = terms({ piece, position, window, inDy });
            for (const [v, sum] of inRow.entries()) sum.set(f32x4.add(sum, passed[v]!));
          });
          for (const [v, sum] of sums.entries()) sum.set(f32x4.add(sum, inRow[v]!));
        });
        const into = f.let(pieceAt(piece, to), 'into');
        vectorsOf(piece, (at, v) => storeLanes(f, piece, into, at, sums[v]!));
      });
      to.set(i32.add(to, pixelBytes));
    });
  });
}

type Four = [Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>];
