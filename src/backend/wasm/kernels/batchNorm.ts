/** Batch norm with given statistics (Ioffe & Szegedy 2015), in one pass over memory. */
import {
  f32,
  f32x4,
  forAddresses,
  forRange,
  i32,
  type Local,
  type Module,
  type Scope,
  select,
  type Val,
} from '../asm/index.ts';
import { forEachPiece, loadLanes, type Piece, pieceAt, storeLanes, vectorsOf } from './channels.ts';

/** x [rows, C] -> y [rows, C] = (x - mean) · weight / √(variance + eps) + bias; those are [C]. The units are rows. */
export function emitBatchNorm(m: Module, channels: number, weight: boolean, bias: boolean) {
  const addresses = { y: i32, x: i32, mean: i32, variance: i32, weight: i32, bias: i32 };
  const params = { ...addresses, eps: f32, begin: i32, end: i32 };
  return m.func({ name: 'batchNorm', params }, (f, p) => {
    forEachBlock(f, channels, p, (first, bytes) =>
      forEachPiece(f, channels, 4, piece => {
        const perChannel = (address: Local<'i32'>) => loadPerChannel(f, piece, address);
        const [means, variances] = [perChannel(p.mean), perChannel(p.variance)];
        const [weights, shifts] = [weight ? perChannel(p.weight) : null, bias ? perChannel(p.bias) : null];
        const [eps, one] = [f.let(f32x4.splat(p.eps), 'eps'), f.let(f32x4.splat(1), 'one')];
        const scales = variances.map((v, i) =>
          f.let(f32x4.div(weights?.[i] ?? one, f32x4.sqrt(f32x4.add(v, eps))), 'scale'),
        );
        forEachRow(f, channels, piece, { first, bytes, to: p.y, from: [p.x] }, ([x]) =>
          x!.map((value, v) => {
            const scaled = f32x4.mul(f32x4.sub(value, means[v]!), scales[v]!);
            return shifts ? f32x4.add(scaled, shifts[v]!) : scaled;
          }),
        );
      }),
    );
  });
}

/** Floats of a block of rows: few enough that its cache lines, if pieces share them, are still near for the next. */
const blockFloats = 8192;

/** Runs `body` for the rows of the slice in blocks, with the bytes before and in the block. */
export function forEachBlock(
  f: Scope,
  channels: number,
  { begin, end }: { readonly begin: Local<'i32'>; readonly end: Local<'i32'> },
  body: (first: Local<'i32'>, bytes: Local<'i32'>) => void,
): void {
  const [rowBytes, blockRows] = [channels * 4, Math.max(1, Math.floor(blockFloats / channels))];
  const block = f.local(i32, 'block');
  forRange(f, block, begin, end, blockRows, () => {
    const left = f.let(i32.sub(end, block), 'left');
    const rows = select(i32.const(blockRows), left, i32.ltS(blockRows, left));
    body(f.let(i32.mul(block, rowBytes), 'first'), f.let(i32.mul(rows, rowBytes), 'bytes'));
  });
}

export function loadPerChannel(f: Scope, piece: Piece, address: Val<'i32'>): Local<'v128'>[] {
  const from = f.let(pieceAt(piece, address), 'from');
  return vectorsOf(piece, at => f.let(loadLanes(piece, from, at)));
}

interface Rows {
  readonly first: Local<'i32'>;
  readonly bytes: Local<'i32'>;
  readonly to: Local<'i32'>;
  readonly from: readonly Local<'i32'>[];
}

/** Writes the piece of each row of a block: what `compute` returns of its vectors in the operands. */
export function forEachRow(
  f: Scope,
  channels: number,
  piece: Piece,
  { first, bytes, to, from }: Rows,
  compute: (operands: readonly Local<'v128'>[][]) => readonly Val<'v128'>[],
): void {
  const base = f.let(i32.add(to, pieceAt(piece, first)), 'base');
  const apart = from.map(address => f.let(i32.sub(address, to), 'apart'));
  const row = f.local(i32, 'row');
  forAddresses(f, row, base, f.let(i32.add(base, bytes), 'stop'), channels * 4, () => {
    const operands = apart.map(distance => {
      const address = f.let(i32.add(row, distance), 'address');
      return vectorsOf(piece, at => f.let(loadLanes(piece, address, at), 'operand'));
    });
    const results = compute(operands);
    vectorsOf(piece, (at, v) => storeLanes(f, piece, row, at, results[v]!));
  });
}
