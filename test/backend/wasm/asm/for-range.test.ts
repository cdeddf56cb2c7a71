import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drop, forAddresses, forRange, i32, Module } from '../../../../src/backend/wasm/asm/index.ts';
import { compiled, trace } from './compiled.ts';

describe('forRange', () => {
  it('runs begin, begin + step, … below end, whatever they are', () => {
    const sum = compiled((f, begin, end, step) => {
      const [i, hash] = [f.local(i32, 'i'), f.local(i32, 'hash')];
      forRange(f, i, begin, end, step, () => hash.set(i32.add(i32.mul(hash, 31), i)));
      return hash;
    });
    const small = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(small, small, fc.integer({ min: 1, max: 9 }), (begin, end, step) => {
        let hash = 0;
        for (let i = begin; i < end; i += step) hash = (Math.imul(hash, 31) + i) | 0;
        expect(sum(begin, end, step)).toBe(hash);
      }),
    );
  });

  it.each([
    [0, 0, 1, 0],
    [0, 1, 1, 1],
    [3, 3, 1, 0],
    [4, 3, 1, 0],
    [0, 9, 4, 3],
    [-2, 3, 1, 5],
  ])('with the constant bounds %i, %i, %i runs %i times', (begin, end, step, times) => {
    const count = compiled(f => {
      const [i, n] = [f.local(i32), f.local(i32)];
      forRange(f, i, begin, end, step, () => n.set(i32.add(n, 1)));
      return n;
    });
    expect(count()).toBe(times);
  });

  it('writes no code for a loop that cannot run, and no test before one that must', () => {
    const size = (begin: number, end: number | 'unknown') => {
      const m = new Module();
      m.func({ name: 'f', params: { n: i32 } }, (f, { n }) => {
        forRange(f, f.local(i32), begin, end === 'unknown' ? n : end, 1, () => drop(f, n));
      });
      return m.toBytes().length;
    };
    expect(size(5, 5)).toBeLessThan(size(0, 5) - 10);
    expect(size(0, 5)).toBeLessThan(size(0, 'unknown'));
  });

  it('reads its bounds once, and leaves the first value that did not run', () => {
    const last = compiled((f, n) => {
      const i = f.local(i32);
      forRange(f, i, n, i32.add(n, 5), 2, () => n.set(1000));
      return i;
    });
    expect(last(7)).toBe(13);
  });

  it('is an if around a loop with one branch, backward, at its end', () => {
    const m = new Module();
    m.func({ name: 'f', params: { n: i32 } }, (f, { n }) =>
      forRange(f, f.local(i32), 0, n, 1, () => f.unreachable()),
    );
    const code = [
      ...[0x20, 0, 0x21, 2, 0x41, 0, 0x21, 1], // end = n; i = 0
      ...[0x41, 0, 0x20, 2, 0x48, 0x04, 0x40], // if 0 < end
      ...[0x03, 0x40, 0x00], // loop, with `unreachable` for a body
      ...[0x20, 1, 0x41, 1, 0x6a, 0x22, 1], // i = i + 1, and the value stays
      ...[0x20, 2, 0x48, 0x0d, 0], // br_if to the loop while it is < end
      ...[0x0b, 0x0b, 0x0b], // the ends of loop, if and function
    ];
    const locals = [2, 1, 0x7f, 1, 0x7f];
    const size = locals.length + code.length;
    expect([...m.toBytes()].join()).toContain([0x0a, size + 2, 1, size, ...locals, ...code].join());
  });

  it('stops at a break, inner or outer', () => {
    const run = compiled((f, outerStop, innerStop) => {
      const [i, j, log] = [f.local(i32, 'i'), f.local(i32, 'j'), f.local(i32, 'log')];
      forRange(f, i, 0, 3, 1, outer => {
        forRange(f, j, 0, 3, 1, inner => {
          inner.brIf(i32.eq(j, innerStop));
          outer.brIf(i32.and(i32.eq(i, outerStop), i32.eq(j, 1)));
          trace(log, i32.add(i32.mul(i, 3), j));
        });
      });
      return log;
    });
    expect(run(9, 9)).toBe(12345678);
    expect(run(9, 2)).toBe(13467);
    expect(run(1, 9)).toBe(123);
  });

  it('refuses a step that goes nowhere', () => {
    expect(() =>
      compiled((f, a) => {
        forRange(f, a, 0, 10, 0, () => {});
        return a;
      }),
    ).toThrow('forRange takes a positive step, got 0');
  });
});

describe('forAddresses', () => {
  it('runs begin, begin + step, … below end as unsigned numbers, also if the last step leads beyond 2³¹', () => {
    const count = compiled((f, begin, end, step) => {
      const [at, n] = [f.local(i32, 'at'), f.local(i32, 'n')];
      forAddresses(f, at, begin, end, step, () => n.set(i32.add(n, 1)));
      return n;
    });
    expect(count(0, 10, 4)).toBe(3);
    expect(count(10, 10, 4)).toBe(0);
    expect(count(11, 10, 4)).toBe(0);
    expect(count(2 ** 31 - 64, 2 ** 31 - 16, 32)).toBe(2);
    expect(count(2 ** 31 - 2 ** 20, 2 ** 31 - 2 ** 16, 2 ** 19)).toBe(2);
    expect(count(2 ** 31 - 64, -(2 ** 31), 32)).toBe(2);
  });
});
