import { describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { SgdItem, SgdOptions } from '../../../src/backend/kernels.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { blockLength, emitSgd } from '../../../src/backend/wasm/kernels/sgd.ts';
import { allocate, elementsAt, release } from '../../../src/backend/wasm/memory.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';
import { expectSame, type Maker, noise } from './guarded.ts';

const plain: SgdOptions = {
  lr: 0.1,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

const variants: readonly Partial<SgdOptions>[] = [
  {},
  { weightDecay: 0.02 },
  { maximize: true, weightDecay: 0.3 },
  { momentum: 0.9 },
  { momentum: 0.9, dampening: 0.4, weightDecay: 1e-3 },
  { momentum: 0.8, nesterov: true },
  { momentum: 0.8, nesterov: true, weightDecay: 0.1, maximize: true },
];

/** A parameter with its gradient and, if there is momentum, its buffer. */
function itemOf(make: Maker, length: number, momentum: number, fresh: boolean): SgdItem {
  const operand = (seed: number) => make(noise(length, seed), [length]);
  return { param: operand(1), grad: operand(2), momentumBuffer: momentum ? operand(3) : null, fresh };
}

const resultsOf = (items: readonly SgdItem[]): NdArray[] =>
  items.flatMap(({ param, momentumBuffer }) => (momentumBuffer ? [param, momentumBuffer] : [param]));

describe('sgd', () => {
  it.each(variants)('steps as the reference with %o', variant => {
    const options = { ...plain, ...variant };
    const lengths = [...Array.from({ length: 18 }, (_, i) => i), 400, blockLength, 2 * blockLength + 3];
    expectSame((k, make) => {
      const items = lengths.map(length => itemOf(make, length, options.momentum, length % 3 === 0));
      k.sgd(items, options);
      return resultsOf(items);
    });
  });

  it('keeps to the accuracy over many steps', () => {
    const options = { ...plain, momentum: 0.9, weightDecay: 0.01 };
    expectSame((k, make) => {
      const items = [itemOf(make, 37, 0.9, true)];
      k.sgd(items, options);
      for (let step = 0; step < 50; step++)
        k.sgd(
          items.map(item => ({ ...item, fresh: false })),
          options,
        );
      return resultsOf(items);
    }, 6e-6);
  });

  it('does not read the buffer of a fresh item, and passes NaN and infinities on', () => {
    expectSame((k, make) => {
      const buffer = make([Number.NaN, Number.NaN, Number.NaN], [3]);
      const grad = make([1, Infinity, Number.NaN], [3]);
      const item = { param: make([1, 2, 3], [3]), grad, momentumBuffer: buffer, fresh: true };
      k.sgd([item], { ...plain, momentum: 0.5 });
      return [item.param, buffer];
    });
  });

  it('steps parameters in JavaScript memory, and none at all', () => {
    const [param, grad] = [hostArray([5], 'float32'), hostArray([5], 'float32')];
    param.buffer.array.set([1, 2, 3, 4, 5]);
    grad.buffer.array.fill(2);
    wasm.sgd([{ param, grad, momentumBuffer: null, fresh: true }], { ...plain, lr: 0.5 });
    expect([...param.buffer.array]).toEqual([0, 1, 2, 3, 4]);
    wasm.sgd([], plain);
  });

  it('has the same bits however the work is sliced', () => {
    const plan = { momentum: 'running', nesterov: true, weightDecay: true, maximize: false } as const;
    const { run } = compile('sgd in slices', m => emitSgd(m, plan));
    const lengths = [3, 17, 64, 1, 9];
    const stateAfter = (slices: readonly (readonly [number, number])[]) => {
      const regions = Array.from({ length: 4 }, () => allocate(4 * 5 * 64));
      const [param, grad, buffer, table] = regions.map(r => r.address) as [number, number, number, number];
      for (const [i, address] of [param, grad, buffer].entries())
        elementsAt(address, 'float32', 5 * 64).set(noise(5 * 64, i));
      elementsAt(table, 'int32', 20).set(
        lengths.flatMap((n, i) => [param + 256 * i, grad + 256 * i, buffer + 256 * i, n]),
      );
      for (const slice of slices) run(table, 0.1, 0.9, 1, 0.01, ...slice);
      const state = [param, buffer].map(address => elementsAt(address, 'int32', 5 * 64).slice());
      for (const region of regions) release(region);
      return state;
    };
    const whole = stateAfter([[0, 5]]);
    for (let cut = 1; cut < 5; cut++)
      expect(
        stateAfter([
          [cut, 5],
          [0, cut],
        ]),
      ).toEqual(whole);
  });
});
