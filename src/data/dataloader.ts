import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../arguments.ts';
import { ArgumentError, describe } from '../errors.ts';
import { Generator, generator, randperm } from '../random.ts';
import { Tensor } from '../tensor.ts';
import { type Collated, defaultCollate } from './collate.ts';
import type { Dataset } from './dataset.ts';

export interface DataLoaderOptions<Item, Batch> {
  /** Items per batch; 1 if not given. */
  batchSize?: number;
  /** Draw a new order for every epoch from the library's generator; false if not given. */
  shuffle?: boolean;
  /** Leave out a last batch that is smaller than batchSize; false if not given. */
  dropLast?: boolean;
  /** Makes a batch of items in place of `defaultCollate`. */
  collateFn?: (items: Item[]) => Batch;
}

/**
 * Goes over a dataset in batches, once per `for (const batch of loader)`.
 * The order of an epoch is drawn, whole, the moment its iteration starts: it depends on the state of the generator at
 * that moment and on nothing else, so the same seed gives the same batches and a saved state gives them again. It is
 * PyTorch's order after the same seed.
 * Like https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
 */
export class DataLoader<Item, Batch = Collated<Item>> implements Iterable<Batch> {
  readonly dataset: Dataset<Item>;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  private readonly assemble: (indices: Int32Array) => Batch;

  /** `dataset` may be an array, too: its items are those of the dataset. */
  constructor(dataset: Dataset<Item> | readonly Item[], options: DataLoaderOptions<Item, Batch> = {}) {
    checkOptions('DataLoader', options, ['batchSize', 'shuffle', 'dropLast', 'collateFn']);
    const { batchSize = 1, shuffle = false, dropLast = false, collateFn } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`DataLoader: batchSize must be a positive integer, got ${describe(batchSize)}`);
    }
    if (collateFn !== undefined) checkFunction('DataLoader', 'collateFn', collateFn);
    this.dataset = isArray(dataset) ? listed(dataset) : checkDataset(dataset);
    this.batchSize = batchSize;
    this.shuffle = checkBoolean('DataLoader', 'shuffle', shuffle);
    this.dropLast = checkBoolean('DataLoader', 'dropLast', dropLast);
    this.assemble = assembler(this.dataset, collateFn);
  }

  /** The number of batches in an epoch. */
  get length(): number {
    const batches = lengthOf(this.dataset) / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  [Symbol.iterator](): Iterator<Batch> {
    return this.batches(this.order());
  }

  /** Returns the indices in the order of one epoch. */
  private order(): Int32Array {
    // PyTorch draws 64 bits for its worker processes, then 64 for the shuffle, which is seeded by the lower 32.
    generator.bits();
    generator.bits();
    const count = lengthOf(this.dataset);
    if (!this.shuffle) return Int32Array.from({ length: count }, (_, i) => i);
    generator.bits();
    return randperm(count, new Generator(generator.bits()));
  }

  private *batches(order: Int32Array): Iterator<Batch, undefined> {
    const batches = this.length;
    for (let batch = 0; batch < batches; batch++) {
      const begin = batch * this.batchSize;
      yield this.assemble(order.subarray(begin, begin + this.batchSize));
    }
  }
}

function isArray<Item>(dataset: Dataset<Item> | readonly Item[]): dataset is readonly Item[] {
  return Array.isArray(dataset);
}

/** Returns the array as a dataset; its length is that of the moment. */
function listed<Item>(items: readonly Item[]): Dataset<Item> {
  return {
    get length() {
      return items.length;
    },
    get: index => items[index]!,
  };
}

function checkDataset<Item>(dataset: Dataset<Item>): Dataset<Item> {
  if (typeof dataset !== 'object' || typeof dataset?.get !== 'function') {
    const advice = (dataset as unknown) instanceof Tensor ? '; wrap it: new data.TensorDataset(x)' : '';
    throw new ArgumentError(
      `DataLoader: expected a dataset, which is an array or has length and get(index), got ${describe(dataset)}${advice}`,
    );
  }
  if (dataset.batch !== undefined) checkFunction('DataLoader', 'dataset.batch', dataset.batch);
  lengthOf(dataset);
  return dataset;
}

function lengthOf({ length }: Dataset<unknown>): number {
  return checkInteger('DataLoader', 'dataset.length', length, 0, 2 ** 31 - 1);
}

function assembler<Item, Batch>(
  dataset: Dataset<Item>,
  collateFn: ((items: Item[]) => Batch) | undefined,
): (indices: Int32Array) => Batch {
  // Without a collateFn, Batch is Collated<Item>: the type parameter's default says so, the compiler cannot.
  if (!collateFn && dataset.batch) return indices => dataset.batch?.(indices) as Batch;
  const collate: (items: Item[]) => unknown = collateFn ?? defaultCollate;
  return indices => collate(Array.from(indices, index => dataset.get(index))) as Batch;
}
