/** The mask of dropout: a hash of the position decides about each element. */
import { f32, f32x4, forRange, i32, i32x4, type Module, v128 } from '../asm/index.ts';

/** The increment of a Weyl sequence, 2³² / φ. */
const increment = 0x9e3779b9;

/**
 * -> mask [n]: 0 where the hash of (seed, i) is below `limit`, unsigned, else `scale`. The hash is the finalizer of
 * MurmurHash3 (Appleby 2011) over a Weyl sequence, as the reference's. The units are elements.
 */
export function emitDropoutMask(m: Module) {
  const params = { mask: i32, seed: i32, limit: i32, scale: f32, begin: i32, end: i32 };
  return m.func({ name: 'dropoutMask', params }, (f, { mask, seed, limit, scale, begin, end }) => {
    const i = f.local(i32, 'i');
    const limits = f.let(i32x4.splat(limit), 'limits');
    const scales = f.let(f32x4.splat(scale), 'scales');
    const apart = (first: number) =>
      f.let(i32x4.const(...([0, 1, 2, 3].map(lane => Math.imul(first + lane, increment)) as Four)), 'apart');
    const steps = [apart(0), apart(4)];
    const multipliers = [0x85ebca6b, 0xc2b2ae35].map(c => f.let(i32x4.splat(c), 'multiplier'));
    const shifts = [16, 13];

    /** The next 4 · count elements from i. */
    const masks = (count: number) => {
      const base = f.let(i32x4.splat(i32.add(seed, i32.mul(i, increment))), 'base');
      const hashes = steps.slice(0, count).map(step => f.let(i32x4.add(base, step), 'hash'));
      for (const [round, multiplier] of multipliers.entries()) {
        for (const h of hashes) h.set(i32x4.mul(v128.xor(h, i32x4.shrU(h, shifts[round]!)), multiplier));
      }
      return hashes.map(h => {
        const kept = i32x4.geU(v128.xor(h, i32x4.shrU(h, 16)), limits);
        return f.let(v128.and(kept, scales), 'kept');
      });
    };

    const at = () => i32.add(mask, i32.shl(i, 2));
    const vectorEnd = f.let(i32.add(begin, i32.and(i32.sub(end, begin), -8)), 'vectorEnd');
    forRange(f, i, begin, vectorEnd, 8, () => {
      const to = f.let(at(), 'to');
      for (const [v, value] of masks(2).entries()) v128.store(f, to, value, 16 * v);
    });
    forRange(f, i, i, end, 1, () => v128.store32Lane(f, at(), masks(1)[0]!, 0));
  });
}

type Four = [number, number, number, number];
