import { configure } from 'tinygrad-ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leastGain, wideGain } from '../../../src/backend/wasm/wide-trial.ts';

beforeEach(() => {
  configure({ backend: 'wasm' });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the narrow loops of a median take so many milliseconds, and each wide one 1; every tenth of them is held up. */
function fakeTimes(narrow: (median: number) => number): void {
  let [now, calls] = [0, 0];
  vi.spyOn(performance, 'now').mockImplementation(() => {
    // First comes the start of all; then 21 times the start and the end of both loops, and a look whether it is too late.
    const place = ((calls++ - 1) % 85) % 4;
    if (calls > 1 && place === 1) now += narrow(Math.floor((calls - 2) / 85));
    if (calls > 1 && place === 3) now += calls % 40 === 0 ? 100 : 1;
    return now;
  });
}

describe('the gain of wide SIMD', () => {
  it('is none where the engine fuses nothing', () => {
    expect(wideGain()).toBeLessThan(leastGain);
  });

  it('is the median of many times, so that what is held up now and then does not count', () => {
    fakeTimes(() => 1.3);
    expect(wideGain()).toBeCloseTo(1.3, 5);
  });

  it('is believed only where several medians in a row agree', () => {
    fakeTimes(median => (median % 4 === 0 ? 0.7 : 1.3));
    expect(wideGain()).toBeLessThan(leastGain);
  });

  it('is looked for again and again, until it is clear that there is none', () => {
    fakeTimes(() => 1.05);
    expect(wideGain()).toBeCloseTo(1.05, 5);
    expect(vi.mocked(performance.now).mock.calls.length).toBeGreaterThan(85);
  });
});
