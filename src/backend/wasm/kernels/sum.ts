/** Kernels that add up elements, in float64: there is nothing to gain from less, since memory is slower. */
import {
  type Func,
  f32,
  f32x4,
  f64,
  f64x2,
  forRange,
  i32,
  type Local,
  type Module,
  type Scope,
  select,
  type Val,
  v128,
} from '../asm/index.ts';
import { type IntLocals, type Ints, i32Params } from './strided.ts';

/** What a pass reads and writes; between passes the sums are float64. */
export interface SumTypes {
  readonly from: 'f32' | 'f64';
  readonly to: 'f32' | 'f64';
}

type Address = Val<'i32'>;

const params = i32Params('y', 'x', 'reduced', 'inner', 'chunk', 'chunks', 'begin', 'end');

/** Accumulators of two float64 lanes: enough to hide the latency of an addition. */
const accumulators = 8;
const bytesOf = { f32: 4, f64: 8 } as const;
const zero = f64x2.const(0, 0);

/** Returns elements 2k and 2k + 1 from `address`. */
function loadTwo({ from }: SumTypes, address: Address, k: number): Val<'v128'> {
  return from === 'f64' ? v128.load(address, 16 * k) : f64x2.promoteLowF32x4(v128.load64Zero(address, 8 * k));
}

function loadOne({ from }: SumTypes, address: Address): Val<'f64'> {
  return from === 'f64' ? f64.load(address) : f64.promoteF32(f32.load(address));
}

function storeOne(f: Scope, { to }: SumTypes, address: Address, value: Val<'f64'>): void {
  if (to === 'f64') f64.store(f, address, value);
  else f32.store(f, address, f32.demoteF64(value));
}

/** Emits the loop over units: y of a unit, and the first of its `count` rows of x. */
function forEachUnit(
  f: Scope,
  p: IntLocals,
  { from, to }: SumTypes,
  body: (y: Local<'i32'>, x: Local<'i32'>, count: Local<'i32'>) => void,
): void {
  const unit = f.local(i32, 'unit');
  forRange(f, unit, p.begin!, p.end!, 1, () => {
    const outer = f.let(i32.divU(unit, p.chunks!), 'outer');
    const first = f.let(i32.mul(i32.sub(unit, i32.mul(outer, p.chunks!)), p.chunk!), 'first');
    const rest = f.let(i32.sub(p.reduced!, first), 'rest');
    const count = f.let(select(rest, p.chunk!, i32.ltS(rest, p.chunk!)), 'count');
    const row = i32.mul(i32.add(i32.mul(outer, p.reduced!), first), p.inner!);
    const x = f.let(i32.add(p.x!, i32.mul(row, bytesOf[from])), 'at x');
    const y = f.let(i32.add(p.y!, i32.mul(i32.mul(unit, p.inner!), bytesOf[to])), 'at y');
    body(y, x, count);
  });
}

/** Emits y[outer, chunk] = Σ x[outer, reduced], for sums over elements side by side. Units are chunks. */
export function emitSumRows(m: Module, types: SumTypes): Func<Ints, never> {
  const name = `sum rows ${types.from} ${types.to}`;
  const bytes = bytesOf[types.from];
  return m.func({ name, params }, (f, p) => {
    const sums = Array.from({ length: accumulators }, (_, k) => f.local(v128, `sum${k}`));
    const [i, total] = [f.local(i32, 'i'), f.local(f64, 'total')];
    forEachUnit(f, p, types, (y, x, count) => {
      for (const sum of sums) sum.set(zero);
      const step = 2 * accumulators;
      forRange(f, i, 0, i32.and(count, -step), step, () => {
        for (const [k, sum] of sums.entries()) sum.set(f64x2.add(sum, loadTwo(types, x, k)));
        x.set(i32.add(x, step * bytes));
      });
      const [sum0] = sums;
      forRange(f, i, i, i32.and(count, -2), 2, () => {
        sum0!.set(f64x2.add(sum0!, loadTwo(types, x, 0)));
        x.set(i32.add(x, 2 * bytes));
      });
      const pair = f.let(pairwise(sums));
      total.set(f64.add(f64x2.extractLane(pair, 0), f64x2.extractLane(pair, 1)));
      forRange(f, i, i, count, 1, () => total.set(f64.add(total, loadOne(types, x))));
      storeOne(f, types, y, total);
    });
  });
}

function pairwise(sums: readonly Val<'v128'>[]): Val<'v128'> {
  if (sums.length === 1) return sums[0]!;
  const half = sums.length / 2;
  return f64x2.add(pairwise(sums.slice(0, half)), pairwise(sums.slice(half)));
}

/** Emits y[outer, chunk, inner] = Σ x[outer, reduced, inner], for sums over whole rows. Units are chunks. */
export function emitSumColumns(m: Module, types: SumTypes): Func<Ints, never> {
  const name = `sum columns ${types.from} ${types.to}`;
  const [bytes, bytesTo] = [bytesOf[types.from], bytesOf[types.to]];
  return m.func({ name, params }, (f, p) => {
    const sums = Array.from({ length: accumulators }, (_, k) => f.local(v128, `sum${k}`));
    const [column, row, at] = [f.local(i32, 'column'), f.local(i32, 'row'), f.local(i32, 'at row')];
    const stride = f.let(i32.mul(p.inner!, bytes), 'stride');
    forEachUnit(f, p, types, (y, x, count) => {
      const eachRow = (body: () => void) => {
        at.set(x);
        forRange(f, row, 0, count, 1, () => {
          body();
          at.set(i32.add(at, stride));
        });
      };
      const next = (columns: number) => {
        x.set(i32.add(x, columns * bytes));
        y.set(i32.add(y, columns * bytesTo));
      };
      column.set(0);
      for (const used of [sums, sums.slice(0, 2)]) {
        const columns = 2 * used.length;
        forRange(f, column, column, i32.sub(p.inner!, columns - 1), columns, () => {
          for (const sum of used) sum.set(zero);
          eachRow(() => {
            for (const [k, sum] of used.entries()) sum.set(f64x2.add(sum, loadTwo(types, at, k)));
          });
          for (const [k, sum] of used.entries()) storeTwo(f, types, y, k, sum);
          next(columns);
        });
      }
      const total = f.local(f64, 'total');
      forRange(f, column, column, p.inner!, 1, () => {
        total.set(0);
        eachRow(() => total.set(f64.add(total, loadOne(types, at))));
        storeOne(f, types, y, total);
        next(1);
      });
    });
  });
}

/** Stores elements 2k and 2k + 1. */
function storeTwo(f: Scope, { to }: SumTypes, y: Address, k: number, sums: Val<'v128'>): void {
  if (to === 'f64') v128.store(f, y, sums, 16 * k);
  else v128.store64Lane(f, y, f32x4.demoteF64x2Zero(sums), 0, 8 * k);
}
