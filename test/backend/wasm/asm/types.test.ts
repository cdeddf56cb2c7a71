import { describe, expect, it } from 'vitest';
import {
  AsmError,
  call,
  f32,
  f32x4,
  f64,
  forRange,
  i32,
  i64,
  Module,
  select,
  v128,
} from '../../../../src/backend/wasm/asm/index.ts';

/** Says what tsc rejects; at run time each of these must throw as well, for callers without types. */
const rejects = (wrong: () => unknown) => expect(wrong).toThrow(AsmError);

describe('operand mistakes are errors of tsc', () => {
  const x = f32.const(1);
  const n = i32.const(1);
  const v = f32x4.const(1, 2, 3, 4);

  it('in instructions', () => {
    // @ts-expect-error a float is no integer
    rejects(() => i32.add(x, n));
    // @ts-expect-error a vector is no float
    rejects(() => f32.add(v, v));
    // @ts-expect-error an operand is missing
    rejects(() => f32.mul(x));
    // @ts-expect-error an address is an i32
    rejects(() => v128.load(x));
    // @ts-expect-error a float64 is no float32
    rejects(() => f32.sqrt(f64.const(2)));
    // @ts-expect-error a literal i64 is a bigint
    rejects(() => i64.add(1, 2n));
    // @ts-expect-error a vector has no literal
    rejects(() => f32x4.add(v, 1));
    // @ts-expect-error both arms of a select have the same type
    rejects(() => select(x, n, 1));
    // @ts-expect-error there is no such instruction
    expect(f32.shl).toBeUndefined();
  });

  it('in functions', () => {
    const m = new Module();
    const g = m.func({ name: 'g', params: { a: f32, k: i32 }, result: f32 }, (_, { a }) => a);
    m.func({ name: 'main', params: { p: i32 } }, (f, { p }) => {
      // @ts-expect-error a local keeps its type
      rejects(() => p.set(x));
      // @ts-expect-error a store takes the value of its type
      rejects(() => f32.store(f, p, v));
      // @ts-expect-error a loop counts in i32
      rejects(() => forRange(f, p, 0, x, 1, () => {}));
      // @ts-expect-error an argument is missing
      rejects(() => call(f, g, { a: x }));
      // @ts-expect-error an argument has the wrong type
      rejects(() => call(f, g, { a: n, k: n }));
      // @ts-expect-error the function has no result
      rejects(() => f.return(1));
    });
  });

  it('in results', () => {
    const m = new Module();
    // @ts-expect-error the result is an f32
    rejects(() => m.func({ name: 'a', params: {}, result: f32 }, () => n));
    // @ts-expect-error the result is missing
    rejects(() => m.func({ name: 'b', params: {}, result: f32 }, () => {}));
    // @ts-expect-error a global starts with its type
    rejects(() => m.global(i32, x));
  });
});
