import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32, i32, i64, Module, type Val } from '../../../../src/backend/wasm/asm/index.ts';
import { run } from './engine.ts';

const ops32 = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shrS', 'shrU', 'rotl', 'rotr'] as const;
const tests32 = ['eq', 'ne', 'ltS', 'leS', 'gtS', 'geS', 'ltU', 'leU', 'gtU', 'geU'] as const;
const ops64 = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shrS', 'shrU'] as const;

/** A tree of operations over leaves, each a number that can be written as a constant or read from a parameter. */
type Tree<Op, Leaf> = { leaf: Leaf } | { op: Op; a: Tree<Op, Leaf>; b: Tree<Op, Leaf> };

function trees<Op extends string, Leaf>(
  ops: readonly Op[],
  leaf: fc.Arbitrary<Leaf>,
): fc.Arbitrary<Tree<Op, Leaf>> {
  const { tree } = fc.letrec<{ tree: Tree<Op, Leaf> }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.record({ leaf }),
      fc.record({ op: fc.constantFrom(...ops), a: tie('tree'), b: tie('tree') }),
    ),
  }));
  return tree;
}

const int32 = fc.oneof(
  fc.constantFrom(0, 1, -1, 16, -(2 ** 31)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const int64 = fc.oneof(fc.constantFrom(0n, 1n, -1n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));

describe('folding does not change a value', () => {
  const m = new Module();
  const [g32, g64] = [m.global(i32, 0), m.global(i64, 0n)];

  it('of i32', () => {
    fc.assert(
      fc.property(trees([...ops32, ...tests32], int32), fc.integer(), (tree, x) => {
        const module = new Module();
        const params = { zero: i32, x: i32 };
        const write = (name: string, leaf: (value: number, k: Val<'i32'>, x: Val<'i32'>) => Val<'i32'>) =>
          module.export(
            module.func({ name, params, result: i32 }, (_, { zero, x }) => {
              const emit = (t: typeof tree): Val<'i32'> =>
                'leaf' in t ? leaf(t.leaf, zero, x) : i32[t.op](emit(t.a), emit(t.b));
              return emit(tree);
            }),
          );
        // A leaf that is odd is x + leaf; the others are constants, hidden from folding in the second function.
        write('folded', (value, _, p) => (value & 1 ? i32.add(p, value) : i32.const(value)));
        write('plain', (value, zero, p) => {
          const hidden = i32.rotl(i32.const(value), zero);
          return value & 1 ? i32.add(p, hidden) : hidden;
        });
        const { folded, plain } = run(module);
        expect(folded(0, x)).toBe(plain(0, x));
      }),
      { numRuns: 300 },
    );
  });

  it('of i64', () => {
    fc.assert(
      fc.property(trees(ops64, int64), tree => {
        const module = new Module();
        const zero = module.global(i64, 0n);
        const write = (name: string, leaf: (value: bigint) => Val<'i64'>) => {
          const emit = (t: typeof tree): Val<'i64'> =>
            'leaf' in t ? leaf(t.leaf) : i64[t.op](emit(t.a), emit(t.b));
          module.export(module.func({ name, params: {}, result: i64 }, () => emit(tree)));
        };
        write('folded', i64.const);
        write('plain', value => i64.add(zero, i64.rotl(i64.const(value), zero)));
        const { folded, plain } = run(module);
        expect(folded()).toBe(plain());
      }),
      { numRuns: 200 },
    );
  });

  it('of any two operations in a row, a constant on either side', () => {
    const ops = [...ops32, ...tests32];
    const module = new Module();
    const params = { zero: i32, x: i32 };
    /** The pairs of operations on x with the constants 11 and 3, hashed into one number for each first operation. */
    const write = (name: string, first: (typeof ops)[number], isHidden: boolean) =>
      module.func({ name, params, result: i32 }, (f, { zero, x }) => {
        const constant = (value: number) => (isHidden ? i32.rotl(i32.const(value), zero) : i32.const(value));
        const [c, d, hash] = [constant(11), constant(3), f.local(i32)];
        for (const second of ops) {
          for (const inner of [i32[first](x, c), i32[first](c, x)]) {
            for (const outer of [i32[second](inner, d), i32[second](d, inner)]) {
              hash.set(i32.add(i32.mul(i32.rotl(hash, 7), 31), outer));
            }
          }
        }
        return hash;
      });
    for (const op of ops) {
      module.export(write(`folded ${op}`, op, false));
      module.export(write(`plain ${op}`, op, true));
    }
    const exports = run(module);
    for (const op of ops) {
      for (const x of [0, 1, -1, 5, 0x12345678, -(2 ** 31)]) {
        expect(exports[`folded ${op}`](0, x), `${op}, x = ${x}`).toBe(exports[`plain ${op}`](0, x));
      }
    }
  });

  it('but makes addresses short', () => {
    const same = (a: Val<'i32'>, b: Val<'i32'>) => expect(a).toEqual(b);
    same(i32.add(2, 3), i32.const(5));
    same(i32.mul(0x10000, 0x10001), i32.const(0x10000));
    same(i32.add(2 ** 31 - 1, 1), i32.const(-(2 ** 31)));
    same(i32.shrU(-1, 28), i32.const(15));
    same(i32.ltU(-1, 1), i32.const(0));
    expect(i32.add(g32, 0)).toBe(g32);
    expect(i32.add(0, g32)).toBe(g32);
    expect(i32.mul(1, g32)).toBe(g32);
    expect(i32.shl(g32, 0)).toBe(g32);
    expect(i64.add(g64, 0n)).toBe(g64);
    expect(i64.mul(1n, g64)).toBe(g64);
    expect(i64.add(i64.add(5n, g64), -2n)).toEqual(i64.add(g64, 3n));
    expect(i64.mul(i64.mul(g64, 2n ** 40n), 2n ** 40n)).toEqual(i64.mul(g64, 0n));
    same(i32.add(i32.add(g32, 16), 48), i32.add(g32, 64));
    same(i32.add(4, i32.add(i32.add(8, g32), -12)), g32);
    same(i32.mul(i32.mul(g32, 3), 4), i32.mul(g32, 12));
  });

  it('and leaves floats and traps alone', () => {
    const x = f32.load(0);
    expect(f32.add(x, 0).op).toBe('f32.add');
    expect(f32.mul(x, 1).op).toBe('f32.mul');
    expect(f32.add(1, 2).op).toBe('f32.add');
    expect(i32.divS(1, 0).op).toBe('i32.divS');
    expect(i32.mul(i32.load(0), 0).op).toBe('i32.mul');
    expect(i32.sub(0, i32.load(0)).op).toBe('i32.sub');
  });
});
