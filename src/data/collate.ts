import { isPlainObject } from '../arguments.ts';
import { newArray } from '../dtype.ts';
import { ArgumentError, DTypeError, describe, ShapeError } from '../errors.ts';
import { formatShape, numel, sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** What a batch of items is: tensors, numbers and booleans become one tensor, tuples and records are batched by field. */
export type Collated<Item> = Item extends Tensor | number | boolean
  ? Tensor
  : Item extends string
    ? string[]
    : { -readonly [Field in keyof Item]: Collated<Item[Field]> };

/**
 * Returns one batch made of `items`, which must be alike: tensors of one shape and dtype are stacked along a new
 * first dim; numbers become a tensor of shape [items.length], int32 where all of the batch are whole, as class indices
 * are, else float32; booleans one of bool, strings an array; tuples and plain objects are batched field by field.
 * Where whole numbers are measurements, let the dataset return `Tensor.from(value)`, which is float32.
 * Like https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
 */
export function defaultCollate<Item>(items: readonly Item[]): Collated<Item> {
  if (!Array.isArray(items)) {
    throw new ArgumentError(`defaultCollate: expected an array of items, got ${describe(items)}`);
  }
  if (items.length === 0) throw new ArgumentError('defaultCollate: no items to make a batch of');
  return collate(items, 'item') as Collated<Item>;
}

// `path` names the place in the item for error messages: item, item[1], item.label …
function collate(items: readonly unknown[], path: string): unknown {
  if (items.every(item => item instanceof Tensor)) return stack(items, path);
  if (items.every(item => typeof item === 'number')) return numbers(items, path);
  if (items.every(item => typeof item === 'boolean')) return Tensor.from([...items]);
  if (items.every(item => typeof item === 'string')) return [...items];
  if (items.every(item => Array.isArray(item))) {
    checkSameKeys(items, path);
    return Array.from(items[0]!, (_, field) => {
      const values = items.map(item => item[field]);
      return collate(values, `${path}[${field}]`);
    });
  }
  if (items.every(isPlainObject)) {
    checkSameKeys(items, path);
    const fields = Object.keys(items[0]!).map(field => {
      const values = items.map(item => item[field]);
      return [field, collate(values, `${path}.${field}`)];
    });
    return Object.fromEntries(fields);
  }
  const found = [...new Set(items.map(kindOf))].join(' and ');
  throw new ArgumentError(
    `DataLoader: expected ${path} to be a tensor, a number, a boolean, a string, an array or a plain object, the ` +
      `same kind in the whole batch; found ${found}. Pass a collateFn that makes the batch`,
  );
}

function numbers(values: readonly number[], path: string): Tensor {
  if (!values.every(Number.isInteger)) return Tensor.from(Float32Array.from(values));
  const wide = values.find(value => value !== (value | 0));
  if (wide === undefined) return Tensor.from(Int32Array.from(values));
  throw new ArgumentError(
    `DataLoader: expected whole numbers at ${path} to fit int32, got ${wide}; let the dataset return ` +
      `Tensor.from(${wide}), which is float32, or pass a collateFn`,
  );
}

function stack(tensors: readonly Tensor[], path: string): Tensor {
  const { shape, dtype } = tensors[0]!;
  const size = numel(shape);
  const data = newArray(dtype, tensors.length * size);
  for (const [entry, tensor] of tensors.entries()) {
    if (!sameShape(tensor.shape, shape)) {
      throw new ShapeError(
        `DataLoader: stack expects each tensor to be equal size, but got ${formatShape(shape)} at entry 0 and ` +
          `${formatShape(tensor.shape)} at entry ${entry} of ${path}`,
      );
    }
    if (tensor.dtype !== dtype) {
      throw new DTypeError(
        `DataLoader: expected ${path} to be ${dtype} as at entry 0, got ${tensor.dtype} at entry ${entry}`,
      );
    }
    data.set(tensor.data, entry * size);
  }
  return Tensor.from(data, { shape: [tensors.length, ...shape], dtype });
}

function checkSameKeys(items: readonly object[], path: string): void {
  const [expected, ...rest] = items.map(item => Object.keys(item).join(', '));
  const entry = rest.findIndex(keys => keys !== expected);
  if (entry < 0) return;
  throw new ArgumentError(
    `DataLoader: ${path} has the fields (${expected}) at entry 0 and (${rest[entry]}) at entry ${entry + 1}`,
  );
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return 'Tensor';
  if (Array.isArray(value)) return 'an array';
  return isPlainObject(value) ? 'a plain object' : typeof value === 'object' ? describe(value) : typeof value;
}
