import { describe, expect, it } from 'vitest';
import {
  block,
  i32,
  ifElse,
  type Label,
  loop,
  select,
  whileLoop,
} from '../../../../src/backend/wasm/asm/index.ts';
import { compiled, trace } from './compiled.ts';
import { engine } from './engine.ts';

describe('block and loop', () => {
  it('jump to the end and to the start', () => {
    const collatz = compiled((f, n) => {
      const steps = f.local(i32, 'steps');
      block(f, done => {
        loop(f, again => {
          done.brIf(i32.leU(n, 1));
          steps.set(i32.add(steps, 1));
          n.set(select(i32.add(i32.mul(n, 3), 1), i32.shrU(n, 1), i32.and(n, 1)));
          again.br();
        });
      });
      return steps;
    });
    expect([1, 2, 3, 7, 27].map(n => collatz(n))).toEqual([0, 1, 7, 16, 111]);
  });

  it('nest to any depth, each label at its own', () => {
    const depth = compiled((f, n) => {
      const log = f.local(i32);
      const nest = (labels: Label[]): void => {
        if (labels.length === 5) {
          labels.forEach((label, k) => {
            label.brIf(i32.eq(n, k));
          });
          return;
        }
        block(f, label => nest([...labels, label]));
        trace(log, labels.length);
      };
      nest([]);
      return log;
    });
    expect([0, 1, 2, 3, 4, 5].map(n => depth(n))).toEqual([0, 10, 210, 3210, 43210, 43210]);
  });

  it('falls out of a loop that does not start over', () => {
    const once = compiled((f, n) => {
      loop(f, () => n.set(i32.add(n, 1)));
      return n;
    });
    expect(once(4)).toBe(5);
  });
});

describe('ifElse', () => {
  it('runs one of two arms, or one or none', () => {
    const arms = compiled((f, a, b, log) => {
      const say = (digit: number) => () => trace(log, digit);
      ifElse(f, a, say(1), say(2));
      ifElse(f, b, say(3));
      ifElse(f, i32.const(0), say(4), say(5));
      ifElse(f, 1, say(6), say(7));
      ifElse(f, 0, say(8));
      return log;
    });
    expect([arms(1, 1), arms(0, 1), arms(-1, 0), arms(0, 0)]).toEqual([1356, 2356, 156, 256]);
  });

  it('can be left from within either arm', () => {
    const left = compiled((f, a, b, log) => {
      ifElse(
        f,
        a,
        exit => {
          exit.brIf(b);
          trace(log, 1);
        },
        exit => {
          exit.brIf(b);
          trace(log, 2);
        },
      );
      return log;
    });
    expect([left(1, 0), left(0, 0), left(1, 1), left(0, 1)]).toEqual([1, 2, 0, 0]);
  });
});

describe('whileLoop', () => {
  it('tests before every round', () => {
    const gcd = compiled((f, a, b) => {
      const rest = f.local(i32);
      whileLoop(
        f,
        () => b,
        () => {
          rest.set(i32.remU(a, b));
          a.set(b);
          b.set(rest);
        },
      );
      return a;
    });
    expect([gcd(12, 18), gcd(7, 0), gcd(17, 5)]).toEqual([6, 7, 1]);
  });

  it('ends at a break, though its condition is always true', () => {
    const count = compiled((f, n) => {
      const k = f.local(i32);
      whileLoop(
        f,
        () => 1,
        exit => {
          exit.brIf(i32.geS(k, n));
          k.set(i32.add(k, 1));
        },
      );
      return k;
    });
    expect([count(0), count(12)]).toEqual([0, 12]);
  });
});

describe('leaving a function', () => {
  it('returns early, or traps where nothing should come', () => {
    const early = compiled((f, a, b) => {
      ifElse(f, i32.ltS(a, 0), () => f.return(-1));
      ifElse(f, i32.eq(a, 13), () => f.unreachable());
      return b;
    });
    expect([early(-5, 4), early(5, 4)]).toEqual([-1, 4]);
    expect(() => early(13)).toThrow(engine.RuntimeError);
  });
});

describe('a label', () => {
  it('cannot be used outside of its block', () => {
    let stale: Label | undefined;
    expect(() =>
      compiled((f, a) => {
        block(f, label => {
          stale = label;
        });
        stale?.br();
        return a;
      }),
    ).toThrow("function 'main': jump to a label outside of its block");
    expect(() => stale?.br()).toThrow('outside of its block');
  });
});

describe('tee', () => {
  it('writes and is the value', () => {
    const twice = compiled((_f, a, b) => {
      b.set(i32.mul(a.tee(i32.add(a, 1)), a.get()));
      return b;
    });
    expect(twice(4)).toBe(25);
  });

  it('must be used exactly once', () => {
    expect(() =>
      compiled((_f, a) => {
        a.tee(1);
        return a;
      }),
    ).toThrow("function 'main': the tee of local 'a' of 'main' was never used, so it never happens");
    expect(() =>
      compiled((_f, a, b) => {
        const both = a.tee(1);
        b.set(i32.add(both, both));
        return a;
      }),
    ).toThrow('is used twice, so it would happen twice');
  });
});
