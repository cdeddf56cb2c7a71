import { describe, expect, it } from 'vitest';
import { emitConv2d } from '../../../../src/backend/wasm/kernels/conv2d.ts';
import { conv2dForm, conv2dSizes } from '../../../../src/backend/wasm/kernels/conv2dForm.ts';
import { emitPackWeights, packedSize, packingOf } from '../../../../src/backend/wasm/kernels/conv2dPack.ts';
import { type Correlation, planConv2d } from '../../../../src/backend/wasm/kernels/conv2dPlan.ts';
import { allocate, elementsAt, release } from '../../../../src/backend/wasm/memory.ts';
import { compile } from '../../../../src/backend/wasm/runtime.ts';
import { noise } from '../guarded.ts';
import { expectAnySlicing } from '../slices.ts';

describe('the kernel of a convolution', () => {
  const plain = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], fraction: [1, 1], groups: 1 } as const;
  const correlations: Record<string, Correlation> = {
    plain: { ...plain, input: [6, 7], output: [6, 7], kernel: [3, 3], inner: 5, outer: 22 },
    chunked: { ...plain, input: [2, 2], output: [2, 2], kernel: [3, 3], inner: 240, outer: 8 },
    grouped: { ...plain, input: [6, 7], output: [6, 7], kernel: [3, 3], groups: 3, inner: 4, outer: 8 },
    depthwise: { ...plain, input: [6, 7], output: [6, 7], kernel: [3, 3], groups: 21, inner: 1, outer: 1 },
    strided: { ...plain, input: [6, 9], output: [3, 5], kernel: [3, 3], stride: [2, 2], inner: 4, outer: 33 },
    fractional: {
      ...plain,
      input: [3, 5],
      output: [6, 9],
      kernel: [3, 3],
      fraction: [2, 2],
      inner: 4,
      outer: 8,
    },
  };
  const images = 2;

  function operandsOf({ input, output, groups, inner, outer }: Correlation) {
    return {
      x: noise(images * input[0] * input[1] * groups * inner, 1),
      yLength: images * output[0] * output[1] * groups * outer,
      units: images * output[0],
    };
  }

  it.each(Object.keys(correlations))('gives the same bits however its rows are shared out: %s', name => {
    const c = correlations[name]!;
    const { x, yLength, units } = operandsOf(c);
    for (const wide of [false, true]) {
      const plan = planConv2d(c, { wide });
      const packed = packedSize(packingOf(c, plan, false));
      const w = noise(packed.bytes / 4, 2);
      expectAnySlicing(
        `${name} ${wide}`,
        m => emitConv2d(m, conv2dForm(c, plan), true),
        units,
        [yLength, x, w, noise(64, 3)],
        conv2dSizes(c, plan),
      );
      const weights = noise(c.groups * c.inner * c.outer * c.kernel[0] * c.kernel[1]);
      for (const flipped of [false, true]) {
        const packing = packingOf(c, plan, flipped);
        expectAnySlicing(`pack ${name} ${wide} ${flipped}`, m => emitPackWeights(m, packing), packed.units, [
          packed.bytes / 4,
          weights,
        ]);
      }
    }
  });

  it('reads weights tap by tap, with zeros in the lanes that have no channel', () => {
    const [outer, inner, taps] = [3, 2, 2];
    const c: Correlation = { ...plain, input: [3, 3], output: [5, 4], kernel: [1, 2], inner, outer };
    const packed = (flipped: boolean) => {
      const plan = planConv2d(c, { wide: false });
      const packing = packingOf(c, plan, flipped);
      const { bytes, units } = packedSize(packing);
      const regions = [bytes, 4 * outer * inner * taps].map(allocate);
      const [to, from] = regions.map(({ address }) => address) as [number, number];
      elementsAt(from, 'float32', outer * inner * taps).set(
        Float32Array.from({ length: 12 }, (_, i) => i + 1),
      );
      compile(`pack in order ${flipped}`, m => emitPackWeights(m, packing)).run(to, from, 0, units);
      const result = Array.from(elementsAt(to, 'float32', bytes / 4));
      for (const region of regions) release(region);
      return result;
    };
    // w [outer 3, inner 2, tap 2] counts from 1; flipped, it is [inner 2, outer 3, tap 2].
    expect(packed(false)).toEqual([1, 5, 9, 0, 3, 7, 11, 0, 2, 6, 10, 0, 4, 8, 12, 0]);
    expect(packed(true)).toEqual([2, 4, 6, 0, 8, 10, 12, 0, 1, 3, 5, 0, 7, 9, 11, 0]);
  });

  it.each(Object.keys(correlations))('gives the same bits with wide registers: %s', name => {
    const c = correlations[name]!;
    const { x, yLength, units } = operandsOf(c);
    const weights = noise(c.groups * c.inner * c.outer * c.kernel[0] * c.kernel[1], 2);
    const resultOf = (wide: boolean) => {
      const plan = planConv2d(c, { wide });
      const packing = packingOf(c, plan, false);
      const { bytes, units: packUnits } = packedSize(packing);
      const regions = [4 * yLength, 4 * x.length, 4 * weights.length, bytes].map(allocate);
      const [y, xAddress, w, packed] = regions.map(({ address }) => address) as [
        number,
        number,
        number,
        number,
      ];
      elementsAt(xAddress, 'float32', x.length).set(x);
      elementsAt(w, 'float32', weights.length).set(weights);
      compile(`pack ${name} ${wide}`, m => emitPackWeights(m, packing)).run(packed, w, 0, packUnits);
      compile(`${name} ${wide}`, m => emitConv2d(m, conv2dForm(c, plan), false)).run(
        y,
        xAddress,
        packed,
        0,
        ...conv2dSizes(c, plan),
        0,
        units,
      );
      const result = elementsAt(y, 'float32', yLength).slice();
      for (const region of regions) release(region);
      return result;
    };
    expect(resultOf(true)).toEqual(resultOf(false));
  });
});
