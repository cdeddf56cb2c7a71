/** A direct convolution inside of another kernel, which falls back to it: with weights that it packs itself. */
import { call, i32, ifElse, type Module, type Scope, type Val } from '../asm/index.ts';
import { emitConv2d } from './conv2d.ts';
import { conv2dForm, conv2dSizeNames, conv2dSizes } from './conv2dForm.ts';
import { biasPackingOf, emitPackWeights, packedSize, packingOf } from './conv2dPack.ts';
import type { Conv2dPlan, Correlation } from './conv2dPlan.ts';

/** A direct convolution: `flipped` if it is an input gradient. */
export interface Direct {
  readonly c: Correlation;
  readonly plan: Conv2dPlan;
  readonly flipped: boolean;
  readonly biased: boolean;
}

/** The addresses that it needs; `room` is memory for packed weights and bias. */
export interface DirectPlaces {
  readonly y: Val<'i32'>;
  readonly x: Val<'i32'>;
  readonly w: Val<'i32'>;
  readonly bias: Val<'i32'>;
  readonly room: Val<'i32'>;
}

/** Returns the bytes of the room. */
export function directRoom({ c, plan, flipped }: Direct): number {
  return packedSize(packingOf(c, plan, flipped)).bytes + packedSize(biasPackingOf(c, plan)).bytes;
}

/**
 * Emits the functions; returns what prepares a caller for them, and that returns what emits the computation of an image.
 * The weights are packed when the first one is computed.
 */
export function emitDirect(m: Module, { c, plan, flipped, biased }: Direct) {
  const packings = [packingOf(c, plan, flipped), biasPackingOf(c, plan)] as const;
  const [weights, bias] = [packedSize(packings[0]), packedSize(packings[1])];
  const pack = emitPackWeights(m, packings[0]);
  const packBias = biased ? emitPackWeights(m, packings[1]) : null;
  const form = conv2dForm(c, plan);
  const convolve = emitConv2d(m, form, biased);
  const values = conv2dSizes(c, plan);
  const sizes = Object.fromEntries(conv2dSizeNames(form).map((name, i) => [name, values[i]!]));
  return (f: Scope, { y, x, w, bias: b, room }: DirectPlaces) => {
    const packedBias = i32.add(room, weights.bytes);
    const isPacked = f.let(i32.const(0), 'isPacked');
    return (image: Val<'i32'>): void => {
      ifElse(f, i32.eqz(isPacked), () => {
        call(f, pack, { packed: room, w, begin: 0, end: weights.units });
        if (packBias) call(f, packBias, { packed: packedBias, w: b, begin: 0, end: bias.units });
        isPacked.set(1);
      });
      const [rows] = c.output;
      const slice = { begin: i32.mul(image, rows), end: i32.mul(i32.add(image, 1), rows) };
      call(f, convolve, { y, x, w: room, bias: packedBias, ...sizes, ...slice });
    };
  };
}
