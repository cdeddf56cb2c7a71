import { describe, expect, it } from 'vitest';
import {
  type Axis,
  allTouch,
  isInside,
  overhangOf,
  reachesEnds,
} from '../../../../src/backend/wasm/kernels/overhang.ts';

/** Every small axis, windows that lie wholly beside it and negative paddings among them. */
const axes: Axis[] = [1, 2, 3, 5, 8].flatMap(size =>
  [1, 2, 4, 7].flatMap(windows =>
    [1, 2, 3, 5].flatMap(kernel =>
      [1, 2, 3].flatMap(stride =>
        [-2, -1, 0, 1, 2, 3, 5].flatMap(padding =>
          [1, 2, 3].map(dilation => ({ size, windows, kernel, stride, padding, dilation })),
        ),
      ),
    ),
  ),
);

/** Returns the elements of each window, by the definition. */
const windowsOf = ({ windows, kernel, stride, padding, dilation }: Axis) =>
  Array.from({ length: windows }, (_, o) =>
    Array.from({ length: kernel }, (_, k) => o * stride - padding + k * dilation),
  );

describe('the overhang of windows over an axis', () => {
  it('is how far the outermost taps are beyond the ends', () => {
    for (const axis of axes) {
      const elements = windowsOf(axis).flat();
      expect(overhangOf(axis), JSON.stringify(axis)).toEqual({
        before: 0 - Math.min(...elements),
        behind: Math.max(...elements) - (axis.size - 1),
      });
    }
  });

  it('is none if every tap of every window is on the axis', () => {
    for (const axis of axes) {
      const inside = windowsOf(axis)
        .flat()
        .every(i => i >= 0 && i < axis.size);
      expect(isInside(axis), JSON.stringify(axis)).toBe(inside);
    }
  });

  it('leaves a tap on the axis to each window, or not', () => {
    for (const axis of axes) {
      const touch = windowsOf(axis).every(window => window.some(i => i >= 0 && i < axis.size));
      expect(allTouch(axis), JSON.stringify(axis)).toBe(touch);
    }
  });

  it('of windows of stride 1 that reach the ends leaves nothing out between them', () => {
    const dense = axes.filter(({ stride, dilation }) => stride === 1 && dilation === 1);
    for (const axis of dense) {
      const elements = windowsOf(axis);
      const all = Array.from({ length: axis.size }, (_, i) => elements.some(window => window.includes(i)));
      const ends = [elements[0]!, elements.at(-1)!];
      // The first window must not begin behind the first element, nor end before it, and so on at the other end.
      const [first, last] = [ends[0]!.includes(0), ends[1]!.includes(axis.size - 1)];
      expect(reachesEnds(axis), JSON.stringify(axis)).toBe(first && last);
      if (first && last) expect(all).not.toContain(false);
    }
  });
});
