import { TensorError } from 'tinygrad-ts';
import { afterAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../node/mnist-folder.ts';
import { publicEntries } from './entries.ts';
import { nnRows } from './nn.ts';
import { folder, otherRows } from './others.ts';
import { kinds, kindsIn, placesOf, type Row, replaced } from './row.ts';
import { taken } from './taken.ts';
import { tensorRows } from './tensor.ts';

const rows: Readonly<Record<string, Row>> = { ...tensorRows, ...nnRows, ...otherRows };

afterAll(() => removeFolder(folder));

/** Returns 'object Tensor' and the like: the kind of result that a call returns. */
const typeOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? `object ${value.constructor.name}` : typeof value;

const call = (row: Row, args: readonly unknown[]) => row.call(...(args as never[]));

it('has a row for every public entry, and for nothing else', () => {
  expect(Object.keys(rows).sort()).toEqual(publicEntries());
  expect(Object.keys(taken).filter(name => !(name in rows))).toEqual([]);
});

describe.each(Object.entries(rows))('%s', (name, row) => {
  // The constructor of Tensor is not for users.
  it.skipIf(name === 'Tensor')('takes its right arguments', () => {
    call(row, row.args());
  });

  it('answers what is wrong with an error of the library, and takes only what is listed', () => {
    const expected = name === 'Tensor' ? '' : typeOf(call(row, row.args()));
    const found: Record<string, string[]> = {};
    for (const path of placesOf(row.args())) {
      const place = path.join('.');
      for (const [kind, make] of Object.entries(kinds)) {
        const what = `${name} with ${kind} as ${place}`;
        let result: unknown;
        try {
          result = call(row, replaced(row.args(), path, make()));
        } catch (error) {
          if (!(error instanceof TensorError))
            throw new Error(`${what} ends in ${String(error)}`, { cause: error });
          continue;
        }
        if (!row.anyResult) expect(typeOf(result), what).toBe(expected);
        found[place] = [...(found[place] ?? []), kind].sort();
      }
    }
    const listed = Object.entries(taken[name] ?? {}).map(([place, text]) => [place, kindsIn(text)] as const);
    expect(found).toEqual(Object.fromEntries(listed));
  });
});
