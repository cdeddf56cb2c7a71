/** What instructions compute, said in JavaScript: integers as bigints of any width, floats as numbers. */

export interface Oracle<N> {
  readonly op: string;
  /** True of comparisons: a scalar one gives 1, one of lanes fills the lane with ones. */
  readonly isTest?: boolean;
  /** Where the instruction exists, if not for both scalars and lanes. */
  readonly only?: 'scalar' | 'lanes';
  /** The result before it is wrapped to the width; undefined where it traps. */
  readonly of: (a: N, b: N, bits: number) => N | undefined;
}

const isNegative = (a: number) => a < 0 || Object.is(a, -0);

const ones = (a: bigint, bits: number) => BigInt.asUintN(bits, a).toString(2).padStart(bits, '0');

/** Spelled as the specification spells min and max of lanes; `Math.min` takes no bigint, and treats NaN otherwise. */
const choose = <N>(condition: boolean, a: N, b: N): N => (condition ? a : b);

function extendFrom(from: number) {
  return (a: bigint) => BigInt.asIntN(from, a);
}

function clamp(value: bigint, bits: number, isSigned: boolean): bigint {
  const [low, high] = isSigned
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
  if (value < low) return low;
  return value > high ? high : value;
}

function rotate(a: bigint, b: bigint, bits: number): bigint {
  const by = BigInt.asUintN(bits, b) % BigInt(bits);
  const raw = BigInt.asUintN(bits, a);
  return (raw << by) | (raw >> (BigInt(bits) - by));
}

/** Shift counts are taken modulo the width. */
const count = (b: bigint, bits: number) => BigInt.asUintN(32, b) % BigInt(bits);

const compare = {
  ltS: (a: bigint, b: bigint) => a < b,
  gtS: (a: bigint, b: bigint) => a > b,
  leS: (a: bigint, b: bigint) => a <= b,
  geS: (a: bigint, b: bigint) => a >= b,
  eq: (a: bigint, b: bigint) => a === b,
  ne: (a: bigint, b: bigint) => a !== b,
};

const unsigned = <T>(table: Record<string, T>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map(name => [`${name}U`, table[`${name}S`]]));

const tests: Record<string, (a: bigint, b: bigint) => boolean> = {
  ...compare,
  ...unsigned<(a: bigint, b: bigint) => boolean>(compare, ['lt', 'gt', 'le', 'ge']),
};

type IntFunction = Oracle<bigint>['of'];

const both: Record<string, IntFunction> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

const shifts: Record<string, IntFunction> = {
  shl: (a, b, bits) => a << count(b, bits),
  shrS: (a, b, bits) => a >> count(b, bits),
  shrU: (a, b, bits) => a >> count(b, bits),
};

const scalarOnly: Record<string, IntFunction> = {
  ...shifts,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  divS: (a, b, bits) => (b === 0n || (b === -1n && a === -(1n << BigInt(bits - 1))) ? undefined : a / b),
  divU: (a, b) => (b === 0n ? undefined : a / b),
  remS: (a, b) => (b === 0n ? undefined : a % b),
  remU: (a, b) => (b === 0n ? undefined : a % b),
  rotl: rotate,
  rotr: (a, b, bits) => rotate(a, -b, bits),
  clz: (a, _, bits) => BigInt(ones(a, bits).replace(/1.*/, '').length),
  ctz: (a, _, bits) => BigInt(ones(a, bits).replace(/.*1/, '').length),
  popcnt: (a, _, bits) => BigInt(ones(a, bits).replaceAll('0', '').length),
  extend8S: extendFrom(8),
  extend16S: extendFrom(16),
};

const lanesOnly: Record<string, IntFunction> = {
  abs: a => choose(a < 0n, -a, a),
  neg: a => -a,
  minS: (a, b) => choose(a < b, a, b),
  minU: (a, b) => choose(a < b, a, b),
  maxS: (a, b) => choose(a > b, a, b),
  maxU: (a, b) => choose(a > b, a, b),
  addSatS: (a, b, bits) => clamp(a + b, bits, true),
  addSatU: (a, b, bits) => clamp(a + b, bits, false),
  subSatS: (a, b, bits) => clamp(a - b, bits, true),
  subSatU: (a, b, bits) => clamp(a - b, bits, false),
  avgrU: (a, b) => (a + b + 1n) >> 1n,
  popcnt: scalarOnly.popcnt,
  q15mulrSatS: (a, b, bits) => clamp((a * b + 0x4000n) >> 15n, bits, true),
};

const listed = (table: Record<string, IntFunction>, only?: 'scalar' | 'lanes'): Oracle<bigint>[] =>
  Object.entries(table).map(([op, of]) => ({ op, of, ...(only && { only }) }));

/** Integer instructions; a name that ends in `U` reads its operands as unsigned. */
export const intOracles: readonly Oracle<bigint>[] = [
  ...listed(both),
  ...listed(scalarOnly, 'scalar'),
  ...listed(lanesOnly, 'lanes'),
  ...Object.entries(tests).map(([op, of]) => ({
    ...{ op, isTest: true },
    of: (a: bigint, b: bigint) => (of(a, b) ? -1n : 0n),
  })),
  { op: 'eqz', isTest: true, only: 'scalar', of: a => (a === 0n ? 1n : 0n) },
];

/** Shifts of lanes: the count is a scalar. */
export const shiftOracles = listed(shifts);

function nearest(a: number): number {
  const low = Math.floor(a);
  if (!Number.isFinite(a) || low === a) return a;
  const toLow = a - low < 0.5 || (a - low === 0.5 && low % 2 === 0);
  const rounded = toLow ? low : low + 1;
  return rounded === 0 && isNegative(a) ? -0 : rounded;
}

type FloatFunction = (a: number, b: number) => number | boolean;

const floatBoth: Record<string, FloatFunction> = {
  abs: Math.abs,
  neg: a => -a,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  sqrt: Math.sqrt,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

const floatTests = new Set(['eq', 'ne', 'lt', 'gt', 'le', 'ge']);

const float = (op: string, of: FloatFunction, only?: 'scalar' | 'lanes'): Oracle<number> => ({
  ...{ op, isTest: floatTests.has(op), ...(only && { only }) },
  of: (a, b) => Number(of(a, b)),
});

/** Float instructions, before the result is rounded to the width of the type. */
export const floatOracles: readonly Oracle<number>[] = [
  ...Object.entries(floatBoth).map(([op, of]) => float(op, of)),
  float('copysign', (a, b) => (isNegative(b) ? -Math.abs(a) : Math.abs(a)), 'scalar'),
  float('pmin', (a, b) => choose(b < a, b, a), 'lanes'),
  float('pmax', (a, b) => choose(a < b, b, a), 'lanes'),
];
