import type { Kernels } from '../kernels.ts';

/** Returns 32 well-mixed bits of a counter (the finalizer of MurmurHash3, Appleby 2011, over a Weyl sequence). */
function mix(seed: number, i: number): number {
  let h = (seed + Math.imul(i, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export const dropout = {
  dropoutMask(mask, p, seed) {
    const M = mask.buffer.array;
    for (let i = 0; i < M.length; i++) M[i] = mix(seed, i) < p * 2 ** 32 ? 0 : 1 / (1 - p);
  },
} satisfies Partial<Kernels>;
