import { describe, expect, it } from 'vitest';
import { arrayOn, hostArray, type NdArray } from '../../../src/backend/array.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { collapsed, lineArguments } from '../../../src/backend/wasm/kernels/lines.ts';
import { emitNllBackward, emitNllSums, targetsPerChunk } from '../../../src/backend/wasm/kernels/nllLoss.ts';
import { numel, type Shape } from '../../../src/shape.ts';
import { expectSame, type Maker, noise } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

const reductions = ['none', 'mean', 'sum'] as const;

/** Targets of all classes, every fifth of them `ignored`. */
const targetsOf = (length: number, classes: number, ignored: number) =>
  Int32Array.from({ length }, (_, i) => (i % 5 === 3 ? ignored : (i * 7 + 1) % classes));

interface Operands {
  readonly x: NdArray;
  readonly target: NdArray;
}

/** The loss and its gradient, with and without class weights, by every reduction. */
function expectSameLoss(operands: (make: Maker) => Operands, ignoreIndex = -100): void {
  for (const reduction of reductions) {
    for (const weighted of [false, true]) {
      expectSame(
        (k, make) => {
          const { x, target } = operands(make);
          const classes = x.shape[1]!;
          const weight = weighted
            ? make(
                noise(classes, 3).map(v => v + 1.5),
                [classes],
              )
            : null;
          const lossShape = reduction === 'none' ? target.shape : [];
          const [loss, totalWeight] = [make(noise(numel(lossShape)), lossShape), make([7], [])];
          k.nllLoss(loss, totalWeight, x, target, weight, { ignoreIndex, reduction });
          const dx = make(noise(numel(x.shape), 5), x.shape);
          const dLoss = make(noise(numel(lossShape), 4), lossShape);
          k.nllLossBackward(dx, dLoss, totalWeight, target, weight, { ignoreIndex, reduction });
          return [loss, totalWeight, dx];
        },
        3e-6,
        `${reduction}, weighted ${weighted},`,
      );
    }
  }
}

function dense(make: Maker, shape: Shape, ignored = -100): Operands {
  const targetShape = shape.filter((_, i) => i !== 1);
  const targets = targetsOf(numel(targetShape), shape[1]!, ignored);
  return { x: make(noise(numel(shape)), shape), target: make(targets, targetShape, 'contiguous', 'int32') };
}

describe('nllLoss', () => {
  it.each([
    [1, 1],
    [1, 3],
    [17, 10],
    [64, 10],
    [5, 4, 3],
    [3, 4, 2, 5],
    [2, 3, 4, 3, 2],
  ])('is right for [%i, %i, …]', (...shape) => {
    expectSameLoss(make => dense(make, shape));
    expectSameLoss(make => dense(make, shape, 0), 0);
  });

  it('is right for strided operands', () => {
    expectSameLoss(make => {
      const { target } = dense(make, [2, 3, 4, 5]);
      return { x: make(noise(120), [2, 3, 4, 5], 'channelsLast'), target };
    });
    expectSameLoss(make => {
      const x = make(noise(60), [4, 3, 5]);
      const target = make(targetsOf(20, 4, -100), [5, 4], 'contiguous', 'int32');
      return {
        x: { ...x, shape: [5, 4, 3], strides: [1, 15, 5] },
        target: { ...target, shape: [5, 3], strides: [4, 1], offset: 1 },
      };
    });
  });

  it('is right for more targets than one chunk has', () => {
    expectSameLoss(make => dense(make, [2 * targetsPerChunk + 5, 3]));
  });

  it('takes a gradient that repeats one element', () => {
    expectSame((k, make) => {
      const { target } = dense(make, [6, 4]);
      const [dx, one] = [make(noise(24), [6, 4]), make([0.3], [1])];
      const dLoss = { ...one, shape: [6], strides: [0] };
      k.nllLossBackward(dx, dLoss, make([6], []), target, null, { ignoreIndex: -100, reduction: 'none' });
      return [dx];
    });
  });

  it('is NaN if all targets are ignored, and passes NaN and infinities on', () => {
    expectSameLoss(
      make => ({
        x: make(noise(12), [4, 3]),
        target: make([2, 2, 2, 2], [4], 'contiguous', 'int32'),
      }),
      2,
    );
    for (const special of [Number.NaN, Infinity, -Infinity]) {
      expectSameLoss(make => ({
        x: make([1, special, 2, special, 5, 6], [2, 3]),
        target: make([1, 2], [2], 'contiguous', 'int32'),
      }));
    }
  });

  it('takes operands from JavaScript memory, and no targets at all', () => {
    for (const n of [0, 4]) {
      const results = [wasm, reference].map(k => {
        const [x, target] = [hostArray([n, 3], 'float32'), hostArray([n], 'int32')];
        x.buffer.array.set(noise(3 * n));
        const [loss, total, dx] = [
          hostArray([], 'float32'),
          hostArray([], 'float32'),
          hostArray([n, 3], 'float32'),
        ];
        k.nllLoss(loss, total, x, target, null, { ignoreIndex: -100, reduction: 'sum' });
        k.nllLossBackward(dx, loss, total, target, null, { ignoreIndex: -100, reduction: 'sum' });
        return [loss, total, dx].map(a => [...a.buffer.array]);
      });
      expect(results[0]).toEqual(results[1]);
    }
  });

  it('has the same bits however the work is sliced', () => {
    const count = 2 * targetsPerChunk + 9;
    const lines = collapsed([count], [[3], [1], [1]]);
    const form = { depth: 1, weight: true };
    const [x, target] = [noise(3 * count), targetsOf(count, 3, -100)];
    const weight = noise(3);
    const partials = [count, 3 * 4];
    expectAnySlicing(
      'nll',
      m => emitNllSums(m, form, true),
      3,
      [...partials, x, target, weight],
      [...[count, -100, 4], ...lineArguments(lines)],
    );
    const operands = [3 * count, x.slice(0, count), Float32Array.of(5), target, weight];
    expectAnySlicing('nll back', m => emitNllBackward(m, form, true), count, operands, [
      ...[3, -100, 4],
      ...lineArguments(lines),
    ]);
  });
});

describe('findBadTarget', () => {
  it('returns the first target that is no class and not ignored', () => {
    const find = (values: readonly number[], ignored: number) => {
      const target = hostArray([values.length], 'int32');
      target.buffer.array.set(values);
      return wasm.findBadTarget(target, 3, ignored);
    };
    expect(find([0, 1, 2, 0], -100)).toBeNull();
    expect(find([0, 1, 5, -1], -100)).toBe(5);
    expect(find([0, -100, -1, 5], -100)).toBe(-1);
    expect(find([0, 7, 3], 7)).toBe(3);
    expect(find([], 7)).toBeNull();
  });

  it('looks at strided targets', () => {
    const { buffer } = hostArray([2, 3], 'int32');
    buffer.array.set([0, 9, 1, 2, 0, 1]);
    const target = arrayOn(buffer, { shape: [2, 3], format: 'contiguous' });
    expect(wasm.findBadTarget({ ...target, shape: [2, 2], strides: [3, 2] }, 3, -100)).toBeNull();
    expect(wasm.findBadTarget({ ...target, shape: [3, 2], strides: [1, 3] }, 3, -100)).toBe(9);
  });
});
