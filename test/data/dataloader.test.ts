import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { DataLoader } from '../../src/data/dataloader.ts';
import { type Dataset, TensorDataset } from '../../src/data/dataset.ts';
import { ArgumentError } from '../../src/errors.ts';
import { crossEntropy } from '../../src/nn/functional/loss.ts';
import { manualSeed } from '../../src/random.ts';
import { Tensor } from '../../src/tensor.ts';

const integers = (length: number) => Int32Array.from({ length }, (_, i) => i);

/** The numbers 0 … length - 1, read item by item. */
function counting(length: number): Dataset<number> {
  return { length, get: index => index };
}

/** The same numbers in a tensor, read by the batch. */
function countingTensor(length: number) {
  return new TensorDataset(Tensor.from(integers(length), { shape: [length] }));
}

function epoch(loader: Iterable<Tensor>): number[][] {
  return Array.from(loader, batch => [...batch.data].map(Number));
}

describe('DataLoader', () => {
  it('goes through a dataset in order, with a smaller last batch', () => {
    const loader = new DataLoader(counting(5), { batchSize: 2 });
    expect(loader.length).toBe(3);
    expect(epoch(loader)).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('leaves out the smaller last batch with dropLast', () => {
    const loader = new DataLoader(counting(5), { batchSize: 2, dropLast: true });
    expect(loader.length).toBe(2);
    expect(epoch(loader)).toEqual([[0, 1], [2, 3]]); // biome-ignore format: one row per line says nothing here
  });

  it('makes batches of one by default', () => {
    expect(epoch(new DataLoader(counting(2)))).toEqual([[0], [1]]);
  });

  it('visits every item once, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        (length, batchSize, shuffle) => {
          for (const dropLast of [false, true]) {
            const loader = new DataLoader(counting(length), { batchSize, shuffle, dropLast });
            const batches = epoch(loader);
            const seen = batches.flat();
            expect(batches).toHaveLength(loader.length);
            expect(new Set(seen).size).toBe(seen.length);
            expect(seen).toHaveLength(dropLast ? length - (length % batchSize) : length);
            expect(batches.slice(0, -1).every(batch => batch.length === batchSize)).toBe(true);
          }
        },
      ),
    );
  });

  it('gives typed batches to destructure', () => {
    const images = Tensor.zeros([4, 1, 2, 2]);
    const labels = Tensor.from(Int32Array.of(1, 2, 3, 4));
    for (const [x, y] of new DataLoader(new TensorDataset(images, labels), { batchSize: 4 })) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      expectTypeOf(y).toEqualTypeOf<Tensor>();
      expect(x.shape).toEqual([4, 1, 2, 2]);
      expect(y.data).toEqual(Int32Array.of(1, 2, 3, 4));
    }
  });

  it('shuffles anew in every epoch', () => {
    manualSeed(1);
    const loader = new DataLoader(counting(100), { batchSize: 10, shuffle: true });
    const [first, second] = [epoch(loader).flat(), epoch(loader).flat()];
    expect(first).not.toEqual(second);
    expect(first).not.toEqual([...integers(100)]);
  });

  it('gives the same orders for the same seed, and others for another', () => {
    const orders = (seed: number) => {
      manualSeed(seed);
      const loader = new DataLoader(counting(50), { batchSize: 7, shuffle: true });
      return [epoch(loader), epoch(loader)];
    };
    expect(orders(3)).toEqual(orders(3));
    expect(orders(3)).not.toEqual(orders(4));
  });

  it('draws the order at the start of the epoch: what is drawn during it has no influence', () => {
    const order = (between: () => void) => {
      manualSeed(5);
      const batches = new DataLoader(counting(20), { batchSize: 4, shuffle: true })[Symbol.iterator]();
      const seen: number[][] = [];
      for (let next = batches.next(); !next.done; next = batches.next()) {
        seen.push([...next.value.data].map(Number));
        between();
      }
      return seen;
    };
    expect(order(() => Tensor.rand([3]))).toEqual(order(() => {}));
    expect(order(() => manualSeed(9))).toEqual(order(() => {}));
  });

  it('moves the generator on by the two words that PyTorch draws, without shuffle', () => {
    manualSeed(2);
    const words = Tensor.rand([6]).data;
    manualSeed(2);
    epoch(new DataLoader(counting(10)));
    expect(Tensor.rand([4]).data).toEqual(words.slice(2));
  });

  it('takes the same order by items and by batches', () => {
    const order = (loader: () => number[][]) => {
      manualSeed(8);
      return loader();
    };
    const options = { batchSize: 3, shuffle: true };
    const byItem = order(() => epoch(new DataLoader(counting(10), options)));
    const byBatch = order(() =>
      Array.from(new DataLoader(countingTensor(10), options), ([batch]) => [...batch.data].map(Number)),
    );
    expect(byBatch).toEqual(byItem);
  });

  it('lets two epochs run side by side', () => {
    const loader = new DataLoader(counting(3), { shuffle: true });
    const [a, b] = [loader[Symbol.iterator](), loader[Symbol.iterator]()];
    const seen = [0, 1, 2].map(() => [a.next().value, b.next().value].map(batch => batch.item()));
    expect(seen.map(pair => pair[0]).sort()).toEqual([0, 1, 2]);
    expect(seen.map(pair => pair[1]).sort()).toEqual([0, 1, 2]);
  });

  it('makes batches by collateFn, even if the dataset could make them itself', () => {
    const collateFn = (items: [Tensor][]) => items.map(([tensor]) => tensor.item()).join('+');
    const loader = new DataLoader(countingTensor(3), { batchSize: 2, collateFn });
    expectTypeOf(loader).toEqualTypeOf<DataLoader<[Tensor], string>>();
    expect([...loader]).toEqual(['0+1', '2']);
  });

  it('has no batches for an empty dataset', () => {
    expect(epoch(new DataLoader(counting(0), { batchSize: 2, shuffle: true }))).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN, '64' as unknown as number])('rejects a batchSize of %s', batchSize => {
    expect(() => new DataLoader(counting(3), { batchSize })).toThrow(ArgumentError);
    expect(() => new DataLoader(counting(3), { batchSize })).toThrow('batchSize must be a positive integer');
  });

  it('rejects unknown options by name', () => {
    expect(() => new DataLoader(counting(3), { batch_size: 2 } as object)).toThrow(
      /unknown option 'batch_size'/,
    );
  });

  it('takes an array for a dataset, as PyTorch does, at the length that it has when an epoch begins', () => {
    const items: [Tensor, number][] = [[Tensor.ones([2]), 4]];
    const loader = new DataLoader(items, { batchSize: 2 });
    expectTypeOf(loader).toEqualTypeOf<DataLoader<[Tensor, number], [Tensor, Tensor]>>();
    items.push([Tensor.zeros([2]), 5], [Tensor.ones([2]), 6]);
    expect([loader.length, loader.dataset.length]).toEqual([2, 3]);
    expect(Array.from(loader, ([x, y]) => [x.shape, y.dtype, [...y.data]])).toEqual([
      [[2, 2], 'int32', [4, 5]],
      [[1, 2], 'int32', [6]],
    ]);
    expect(epoch(new DataLoader([1, 2, 3], { batchSize: 2 }))).toEqual([[1, 2], [3]]);
  });

  it('gives labels that are plain numbers to a loss', () => {
    const items: Dataset<[Tensor, number]> = { length: 4, get: i => [Tensor.zeros([3]), i % 3] };
    for (const [x, y] of new DataLoader(items, { batchSize: 2 })) {
      expect(crossEntropy(x, y).item()).toBeCloseTo(Math.log(3), 6);
    }
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a tensor',
      Tensor.ones([3]),
      /expected a dataset, .*got Tensor; wrap it: new data\.TensorDataset\(x\)$/,
    ],
    ['a typed array', new Float32Array(3), /expected a dataset, .*got Float32Array/],
    ['a string', 'abc', /expected a dataset, which is an array or has length and get\(index\), got 'abc'/],
    ['a function', () => 1, /expected a dataset, .*function/],
    ['undefined', undefined, /expected a dataset, .*undefined/],
    ['null', null, /expected a dataset, .*null/],
    ['an object without get', { length: 3 }, /expected a dataset, .*\{ length \}/],
    ['a map', new Map([[0, 1]]), /dataset\.length to be an integer from 0 to 2147483647, got undefined/],
    ['a dataset of half an item', { length: 1.5, get: () => 1 }, /dataset\.length.*1\.5/],
    [
      'a dataset of more items than can be counted',
      { length: 2 ** 40, get: () => 1 },
      /dataset\.length.*1099511627776/,
    ],
    ['a dataset of -1 items', { length: -1, get: () => 1 }, /dataset\.length.*-1/],
    ['a dataset whose length is a method', { length: () => 3, get: () => 1 }, /dataset\.length.*function/],
    [
      'a dataset whose batch is none',
      { length: 1, get: () => 1, batch: 3 },
      /dataset\.batch.*function, got 3/,
    ],
  ])('rejects %s', (_, dataset, message) => {
    expect(() => new DataLoader(dataset as never)).toThrow(ArgumentError);
    expect(() => new DataLoader(dataset as never)).toThrow(message);
  });

  it.each<[object, RegExp]>([
    [{ shuffle: 'yes' }, /shuffle.*true or false, got 'yes'/],
    [{ shuffle: null }, /shuffle.*null/],
    [{ dropLast: 1 }, /dropLast.*true or false, got 1/],
    [{ collateFn: 'stack' }, /collateFn.*function, got 'stack'/],
    [{ collateFn: null }, /collateFn.*function, got null/],
  ])('rejects %o', (options, message) => {
    expect(() => new DataLoader(counting(3), options)).toThrow(ArgumentError);
    expect(() => new DataLoader(counting(3), options)).toThrow(message);
  });

  it('takes an option that is undefined for its default', () => {
    const none = {
      batchSize: undefined,
      shuffle: undefined,
      dropLast: undefined,
      collateFn: undefined,
    } as object;
    expect(epoch(new DataLoader(counting(2), none))).toEqual([[0], [1]]);
  });

  it('notices when an epoch begins that the length is none any more', () => {
    const dataset = { length: 2, get: (i: number) => i };
    const loader = new DataLoader(dataset);
    dataset.length = Number.NaN;
    expect(() => [...loader]).toThrow(/dataset\.length.*NaN/);
  });
});
