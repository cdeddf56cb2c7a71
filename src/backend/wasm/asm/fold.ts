/**
 * Constant folding of integers: kernels compute addresses from sizes that are known, and the engine's fast first
 * compiler does not fold for them. Floats are left alone (NaN, -0), and so is whatever could trap.
 */
import { i32Const, i64Const } from './constants.ts';
import type { Val, ValType } from './types.ts';

const i32Folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  'i32.add': (a, b) => (a + b) | 0,
  'i32.sub': (a, b) => (a - b) | 0,
  'i32.mul': Math.imul,
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  'i32.shl': (a, b) => a << b,
  'i32.shrS': (a, b) => a >> b,
  'i32.shrU': (a, b) => (a >>> b) | 0,
  'i32.eq': (a, b) => Number(a === b),
  'i32.ne': (a, b) => Number(a !== b),
  'i32.ltS': (a, b) => Number(a < b),
  'i32.leS': (a, b) => Number(a <= b),
  'i32.gtS': (a, b) => Number(a > b),
  'i32.geS': (a, b) => Number(a >= b),
  'i32.ltU': (a, b) => Number(a >>> 0 < b >>> 0),
  'i32.leU': (a, b) => Number(a >>> 0 <= b >>> 0),
  'i32.gtU': (a, b) => Number(a >>> 0 > b >>> 0),
  'i32.geU': (a, b) => Number(a >>> 0 >= b >>> 0),
};

const i64Folds: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  'i64.add': (a, b) => a + b,
  'i64.sub': (a, b) => a - b,
  'i64.mul': (a, b) => a * b,
  'i64.and': (a, b) => a & b,
  'i64.or': (a, b) => a | b,
  'i64.xor': (a, b) => a ^ b,
};

const commutative = /^i(32|64)\.(add|mul|and|or|xor)$/;
const associative = /^i(32|64)\.(add|mul)$/;
const neutralZero = /^i(32|64)\.(add|sub|or|xor|shl|shrS|shrU|rotl|rotr)$/;
const neutralOne = /^i(32|64)\.(mul|divS|divU)$/;

function evaluate(op: string, a: Val<ValType>, b: Val<ValType>): Val<ValType> | undefined {
  const [x, y] = [a.constant, b.constant];
  const [narrow, wide] = [i32Folds[op], i64Folds[op]];
  if (narrow && typeof x === 'number' && typeof y === 'number') return i32Const(narrow(x, y));
  if (wide && typeof x === 'bigint' && typeof y === 'bigint') return i64Const(BigInt.asIntN(64, wide(x, y)));
  return undefined;
}

/** True if `x op b` is `x`. */
function isNeutral(op: string, b: Val<ValType>): boolean {
  return (
    (neutralZero.test(op) && Number(b.constant) === 0) || (neutralOne.test(op) && Number(b.constant) === 1)
  );
}

/**
 * A simpler expression with the value of `op(a, b)`, or undefined if there is none. `build` makes the node `op(x, y)`,
 * folded in its turn: a constant goes to the right, and (x + c) + d becomes x + (c + d), exact since integers wrap.
 */
export function fold(
  op: string,
  operands: readonly Val<ValType>[],
  build: (a: Val<ValType>, b: Val<ValType>) => Val<ValType>,
): Val<ValType> | undefined {
  const [a, b] = operands;
  if (a === undefined || b === undefined || operands.length > 2) return undefined;
  if (a.constant === undefined && b.constant === undefined) return undefined;
  const known = evaluate(op, a, b);
  if (known) return known;
  if (b.constant === undefined) return commutative.test(op) ? build(b, a) : undefined;
  if (isNeutral(op, b)) return a;
  const [x, c] = a.operands;
  if (a.op !== op || !associative.test(op) || x === undefined || c?.constant === undefined) return undefined;
  const merged = evaluate(op, c, b);
  return merged && build(x, merged);
}
