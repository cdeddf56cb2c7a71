/** The elementwise kernels. */
import { numel, stridesOf } from '../../shape.ts';
import { HostStorage, isDense, type NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { elementwise as reference } from '../reference/elementwise.ts';
import { areFloat32 } from './dtypes.ts';
import { apply, applyTo, copyTo, placed } from './loops.ts';
import { elementsAt } from './memory.ts';
import { settle } from './schedule.ts';
import { inbox, read, scratch, update, write } from './stage.ts';

const scalar = new Float32Array(1);
const bits = new Int32Array(scalar.buffer);

/** Returns the bits of a scalar, by which kernels take it. */
function bitsOf(value: number): number {
  scalar[0] = value;
  return bits[0]!;
}

/** Whether elements are of 32 bits. */
const isNarrow = ({ buffer: { dtype } }: NdArray) => dtype === 'float32' || dtype === 'int32';

const place = (x: NdArray) => placed(x, read(x));

/** Returns a bool array as int32: kernels know no bytes. */
function widened(x: NdArray) {
  const { length } = x.buffer;
  const address = inbox(4 * length);
  elementsAt(address, 'int32', length).set(x.buffer.array);
  return placed(x, address + 4 * x.offset);
}

/** Returns what x ** exponent is without a logarithm, or null: `copy` and `square` are exact, or rounded once. */
function simplePower(exponent: NdArray): 'copy' | 'square' | null {
  if (numel(exponent.shape) !== 1) return null;
  const value = exponent.buffer.array[exponent.offset];
  return value === 1 ? 'copy' : value === 2 ? 'square' : null;
}

export const elementwise = {
  fill(y, value) {
    if (!isNarrow(y)) return reference.fill(y, value);
    const bits = y.buffer.dtype === 'int32' ? value | 0 : bitsOf(value);
    apply('fill', y, [], [bits]);
  },

  copy(y, x) {
    const isScalarOnHost = y.buffer.length === 1 && y.buffer.storage instanceof HostStorage;
    if (y.buffer.dtype !== x.buffer.dtype || !isNarrow(y) || isScalarOnHost) return reference.copy(y, x);
    if (numel(y.shape) === 0) return;
    const from = place(x);
    copyTo(placed(y, write(y)), from);
  },

  unary(op, y, x) {
    if (!areFloat32(y, x)) return reference.unary(op, y, x);
    apply(op, y, [x]);
  },

  unaryBackward(op, dx, dy, saved) {
    if (!areFloat32(dx, dy, saved)) return reference.unaryBackward(op, dx, dy, saved);
    apply(`${op}Backward`, dx, [dy, saved]);
  },

  clamp(y, x, low, high) {
    const hasLimits = !Number.isNaN(low) && !Number.isNaN(high);
    if (!areFloat32(y, x) || !hasLimits) return reference.clamp(y, x, low, high);
    apply('clamp', y, [x], [bitsOf(low), bitsOf(high)]);
  },

  clampBackward(dx, dy, x, low, high) {
    if (!areFloat32(dx, dy, x)) return reference.clampBackward(dx, dy, x, low, high);
    apply('clampBackward', dx, [dy, x], [bitsOf(low), bitsOf(high)]);
  },

  binary(op, y, a, b) {
    if (!areFloat32(y, a, b)) return reference.binary(op, y, a, b);
    const simple = op === 'pow' ? simplePower(b) : null;
    if (simple === 'square') apply('mul', y, [a, a]);
    else if (simple === 'copy') apply('copy', y, [a]);
    else apply(op, y, [a, b]);
  },

  lerp(y, x, weight) {
    if (!areFloat32(y, x)) return reference.lerp(y, x, weight);
    if (numel(y.shape) === 0) return;
    const to = placed(y, update(y));
    applyTo('lerp', to, [to, place(x)], [bitsOf(1 - weight), bitsOf(weight)]);
  },

  compare(op, y, a, b) {
    if (!areFloat32(a, b) || y.buffer.dtype !== 'bool' || !isDense(y, 'contiguous')) {
      return reference.compare(op, y, a, b);
    }
    const count = numel(y.shape);
    const flags = { shape: y.shape, strides: stridesOf(y.shape), address: scratch(4 * count) };
    if (count > 0) applyTo(op, flags, [place(a), place(b)]);
    settle();
    y.buffer.array.set(elementsAt(flags.address, 'int32', count));
  },

  where(y, condition, a, b) {
    const isFast = [y, a, b].every(x => isNarrow(x) && x.buffer.dtype === y.buffer.dtype);
    if (!isFast || condition.buffer.dtype !== 'bool') return reference.where(y, condition, a, b);
    if (numel(y.shape) === 0) return;
    const inputs = [widened(condition), place(a), place(b)];
    applyTo('where', placed(y, write(y)), inputs);
  },
} satisfies Partial<Kernels>;
