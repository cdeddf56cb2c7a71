import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allocator, type Region } from '../../../src/backend/wasm/allocator.ts';

type Step = { readonly take: number } | { readonly giveBack: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ take: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 })) }),
  fc.record({ giveBack: fc.nat() }),
);

/** Takes `bytes`, extending the range when it is full. */
function take(allocator: Allocator, bytes: number): Region {
  const region = allocator.allocate(bytes);
  if (region) return region;
  allocator.extend(Math.ceil(allocator.shortfall(bytes) / 65536) * 65536);
  return allocator.allocate(bytes)!;
}

describe('Allocator', () => {
  it('gives out regions that are large enough, aligned, inside the range, and apart from each other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const allocator = new Allocator(64);
        const taken: { region: Region; bytes: number }[] = [];
        for (const s of steps) {
          if ('take' in s) taken.push({ region: take(allocator, s.take), bytes: s.take });
          else if (taken.length > 0) {
            const [given] = taken.splice(s.giveBack % taken.length, 1);
            allocator.release(given!.region);
          }
          const sorted = [...taken].sort((a, b) => a.region.address - b.region.address);
          let end = 64;
          for (const { region, bytes } of sorted) {
            expect(region.address % 64).toBe(0);
            expect(region.address).toBeGreaterThanOrEqual(end);
            expect(region.size).toBeGreaterThanOrEqual(bytes);
            end = region.address + region.size;
          }
          expect(end).toBeLessThanOrEqual(allocator.end);
          expect(allocator.inUse).toBe(taken.reduce((sum, { region }) => sum + region.size, 0));
        }
      }),
    );
  });

  it('is one free region again when everything has been given back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1 }),
        fc.nat(),
        (sizes, seed) => {
          const allocator = new Allocator(64);
          const taken = sizes.map(bytes => take(allocator, bytes));
          while (taken.length > 0) {
            const [region] = taken.splice((seed * 7919 + taken.length) % taken.length, 1);
            allocator.release(region!);
          }
          expect(allocator.inUse).toBe(0);
          const whole = allocator.end - 64;
          expect(allocator.shortfall(whole)).toBe(0);
          expect(allocator.allocate(whole)!.size).toBe(whole);
        },
      ),
    );
  });

  it('gives back first what was freed last', () => {
    const allocator = new Allocator(64);
    allocator.extend(65536);
    const [a, , b] = [100, 64, 100, 64].map(bytes => allocator.allocate(bytes)!);
    allocator.release(a!);
    allocator.release(b!);
    expect(allocator.allocate(128)!.address).toBe(b!.address);
    expect(allocator.allocate(128)!.address).toBe(a!.address);
  });

  it('says no to what is larger than 32 bits can count, however much is free', () => {
    const allocator = new Allocator(64);
    allocator.extend(2 ** 30);
    for (const bytes of [2 ** 31, 2 ** 32, 2 ** 32 + 4096, 3 * 2 ** 32, 2 ** 52, Number.MAX_VALUE]) {
      expect(allocator.allocate(bytes), String(bytes)).toBeNull();
      expect(allocator.shortfall(bytes)).toBeGreaterThan(2 ** 30 - 64);
    }
    expect(allocator.inUse).toBe(0);
    expect(allocator.allocate(2 ** 30)).not.toBeNull();
  });

  it('says no when the range is full', () => {
    const allocator = new Allocator(64);
    expect(allocator.allocate(1)).toBeNull();
    allocator.extend(640);
    expect(allocator.allocate(641)).toBeNull();
    expect(allocator.shortfall(700)).toBe(64);
    expect(allocator.allocate(640)).not.toBeNull();
  });
});
