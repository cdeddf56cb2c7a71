/** Max pooling, vectors over the channels. */
import {
  f32x4,
  forRange,
  i32,
  i32x4,
  type Local,
  type Module,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { forEachPiece, loadLanes, type Piece, pieceAt, repeated, storeLanes, vectorsOf } from './channels.ts';
import { type AxisIn, axesIn, isSmall, type PoolForm, poolSizeParams, tapsOf } from './pool.ts';

/**
 * x [N, H, W, C] -> y [N, Ho, Wo, C], the largest of each window, and indices [N, Ho, Wo, C] (int32), where it was,
 * h · W + w. The units are rows of y. Every window must have a tap inside x.
 * Params: the addresses, and `poolSizes`.
 */
export function emitMaxPool2d(m: Module, form: PoolForm) {
  const { channels } = form;
  const pixelBytes = channels * 4;
  const inside = form.rows.isInside && form.columns.isInside && isSmall(form);
  const params = { y: i32, indices: i32, x: i32, ...poolSizeParams, begin: i32, end: i32 };
  return m.func({ name: 'maxPool2d', params }, (f, p) => {
    const { y, indices, x, begin, end } = p;
    const { rows, columns } = axesIn(form, p);
    const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
    const to = f.let(i32.add(y, i32.mul(begin, i32.mul(columns.windows, pixelBytes))), 'to');
    const apart = f.let(i32.sub(indices, y), 'apart');
    const taps = inside ? tapsInside(f, rows, columns, pixelBytes) : null;
    const imageBytes = f.let(i32.mul(i32.mul(rows.size, columns.size), pixelBytes), 'imageBytes');
    forRange(f, row, begin, end, 1, () => {
      const image = f.let(i32.divU(row, rows.windows), 'image');
      const from = f.let(i32.add(x, i32.mul(image, imageBytes)), 'from');
      const vertical = tapsOf(f, rows, i32.sub(row, i32.mul(image, rows.windows)));
      forRange(f, column, 0, columns.windows, 1, () => {
        const horizontal = tapsOf(f, columns, column);
        const position = i32.add(i32.mul(vertical.first, columns.size), horizontal.first);
        const first = f.let(position, 'position');
        const inIndices = f.let(i32.add(to, apart), 'inIndices');
        forEachPiece(f, channels, 2, piece => {
          const window = { pixelBytes, piece, from, first, vertical, horizontal };
          const largest = taps ? searchInside(f, window, taps) : searchClipped(f, rows, columns, window);
          const [into, intoIndices] = [to, inIndices].map(p => f.let(pieceAt(piece, p), 'into'));
          vectorsOf(piece, (at, v) => storeLanes(f, piece, into!, at, largest[v]!.value));
          vectorsOf(piece, (at, v) => storeLanes(f, piece, intoIndices!, at, largest[v]!.index));
        });
        to.set(i32.add(to, pixelBytes));
      });
    });
  });
}

interface Window {
  readonly pixelBytes: number;
  readonly piece: Piece;
  /** The first pixel of the image. */
  readonly from: Local<'i32'>;
  /** The position of the first tap, h · W + w. */
  readonly first: Local<'i32'>;
  readonly vertical: ReturnType<typeof tapsOf>;
  readonly horizontal: ReturnType<typeof tapsOf>;
}

interface Largest {
  readonly value: Local<'v128'>;
  readonly index: Val<'v128'>;
}

interface Tap {
  /** How many bytes its row is behind that of the first, if it is the first of its row, and its column behind the first. */
  readonly rowBytes: Val<'i32'> | null;
  readonly columnBytes: number;
  /** How far its position is from that of the first, in every lane. */
  readonly lanes: Local<'v128'>;
}

/** Returns the taps of a window; with constants that are made once, before all loops. */
function tapsInside(f: Scope, rows: AxisIn, columns: AxisIn, pixelBytes: number): Tap[] {
  return Array.from({ length: rows.kernel * columns.kernel }, (_, tap) => {
    const [ky, kx] = [Math.floor(tap / columns.kernel), tap % columns.kernel];
    const inRows = i32.mul(columns.size, ky * rows.dilation);
    const column = kx * columns.dilation;
    return {
      rowBytes: kx === 0 && ky > 0 ? f.let(i32.mul(inRows, pixelBytes), 'rowBytes') : null,
      columnBytes: column * pixelBytes,
      lanes: f.let(i32x4.splat(i32.add(inRows, column)), 'distance'),
    };
  });
}

/** Searches a window of few taps without padding; where it begins is added to the index at last. */
function searchInside(f: Scope, window: Window, taps: readonly Tap[]): Largest[] {
  const { pixelBytes, piece, from, first } = window;
  const start = f.let(pieceAt(piece, i32.add(from, i32.mul(first, pixelBytes))), 'start');
  const values = loadAll(f, piece, start, 0);
  const indices = repeated(f, piece, taps[0]!.lanes, 'index');
  const largest = values.map((value, v) => ({ value, index: indices[v]! }));
  let row = start;
  for (const { rowBytes, columnBytes, lanes } of taps.slice(1)) {
    if (rowBytes) row = f.let(i32.add(start, rowBytes), 'row');
    take(f, largest, lanes, loadAll(f, piece, row, columnBytes));
  }
  const origin = f.let(i32x4.splat(first), 'origin');
  return largest.map(({ value, index }) => ({ value, index: i32x4.add(index, origin) }));
}

function searchClipped(f: Scope, rows: AxisIn, columns: AxisIn, window: Window): Largest[] {
  const { pixelBytes, piece, from, first, vertical, horizontal } = window;
  const values = repeated(f, piece, f32x4.splat(-Infinity), 'value');
  const indices = repeated(f, piece, i32x4.splat(first), 'index');
  const largest = values.map((value, v) => ({ value, index: indices[v]! }));
  const [h, w] = [f.local(i32, 'h'), f.local(i32, 'w')];
  forRange(f, h, vertical.first, vertical.end, rows.dilation, () =>
    forRange(f, w, horizontal.first, horizontal.end, columns.dilation, () => {
      const position = f.let(i32.add(i32.mul(h, columns.size), w), 'position');
      const pixel = f.let(pieceAt(piece, i32.add(from, i32.mul(position, pixelBytes))), 'pixel');
      take(f, largest, f.let(i32x4.splat(position), 'here'), loadAll(f, piece, pixel, 0));
    }),
  );
  return largest;
}

function loadAll(f: Scope, piece: Piece, pixel: Val<'i32'>, offset: number): Local<'v128'>[] {
  return vectorsOf(piece, at => f.let(loadLanes(piece, pixel, at + offset), 'candidate'));
}

/** Takes the candidates that are larger, or NaN. Positions only grow, so that the larger one is the later one. */
function take(
  f: Scope,
  largest: readonly { readonly value: Local<'v128'>; readonly index: Local<'v128'> }[],
  position: Val<'v128'>,
  candidates: readonly Local<'v128'>[],
): void {
  const wins = candidates.map((x, v) =>
    f.let(v128.or(f32x4.lt(largest[v]!.value, x), f32x4.ne(x, x)), 'wins'),
  );
  largest.forEach(({ value }, v) => {
    value.set(v128.bitselect(candidates[v]!, value, wins[v]!));
  });
  largest.forEach(({ index }, v) => {
    index.set(i32x4.maxS(index, v128.and(wins[v]!, position)));
  });
}
