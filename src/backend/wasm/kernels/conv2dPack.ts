/** The weights in the order in which a convolution reads them. */
import { forRange, i32, ifElse, type Module, type Scope, type Val, v128 } from '../asm/index.ts';
import type { Conv2dPlan, Correlation } from './conv2dPlan.ts';

/** What the order of packed weights depends on. */
export interface Packing extends Pick<Conv2dPlan, 'vectors' | 'channelTiles' | 'depthwise' | 'chunks'> {
  readonly taps: number;
  readonly groups: number;
  readonly inner: number;
  readonly outer: number;
  readonly flipped: boolean;
}

/** Returns how the weights of a correlation are packed. */
export function packingOf(c: Correlation, plan: Conv2dPlan, flipped: boolean): Packing {
  const { kernel, groups, inner, outer } = c;
  const { vectors, channelTiles, depthwise, chunks } = plan;
  const taps = kernel[0] * kernel[1];
  return { taps, groups, inner, outer, flipped, vectors, channelTiles, depthwise, chunks };
}

/** Returns how its bias is packed: like weights of one tap and one input channel. */
export function biasPackingOf(c: Correlation, plan: Conv2dPlan): Packing {
  return { ...packingOf(c, plan, false), taps: 1, inner: 1, chunks: 1 };
}

/** Returns the size of the packed weights in bytes, and the units of packing them. */
export function packedSize({ taps, groups, inner, vectors, channelTiles, depthwise, chunks }: Packing) {
  const units = (depthwise ? 1 : groups) * chunks * channelTiles * taps;
  return { units, bytes: units * (inner / chunks) * vectors * 16 };
}

/**
 * packed [group, chunk, channel tile, tap, inner channel, lane] = w, with zeros in the lanes that have no channel.
 * w is [groups · outer, inner, tap] or, `flipped`, [groups · inner, outer, tap] with the last tap first.
 * A unit is one tap of one tile of channels.
 */
export function emitPackWeights(m: Module, packing: Packing) {
  const { taps, groups, inner, outer, flipped, vectors, chunks, channelTiles, depthwise } = packing;
  const depth = inner / chunks;
  const lanes = 4 * vectors;
  // From lane to lane and from inner channel to inner channel.
  const laneBytes = flipped ? 4 * taps : 4 * taps * inner;
  const innerBytes = flipped ? 4 * taps * outer : 4 * taps;
  const excess = channelTiles * lanes - (depthwise ? groups : outer);
  const params = { packed: i32, w: i32, begin: i32, end: i32 };
  return m.func({ name: 'packWeights', params }, (f, { packed, w, begin, end }) => {
    const [unit, i] = [f.local(i32, 'unit'), f.local(i32, 'i')];
    const [to, from] = [f.local(i32, 'to'), f.local(i32, 'from')];
    const copy = (channels: number) =>
      forRange(f, i, 0, depth, 1, () => {
        gather(f, to, from, lanes, channels, laneBytes);
        from.set(i32.add(from, innerBytes));
        to.set(i32.add(to, 4 * lanes));
      });
    to.set(i32.add(packed, i32.mul(begin, depth * lanes * 4)));
    forRange(f, unit, begin, end, 1, () => {
      const block = f.let(i32.divU(unit, taps), 'block');
      const part = f.let(i32.divU(block, channelTiles), 'part');
      const group = f.let(i32.divU(part, chunks), 'group');
      const tap = i32.sub(unit, i32.mul(block, taps));
      const tile = f.let(i32.sub(block, i32.mul(part, channelTiles)), 'tile');
      const chunk = i32.sub(part, i32.mul(group, chunks));
      from.set(i32.add(w, i32.shl(flipped ? i32.sub(taps - 1, tap) : tap, 2)));
      from.set(i32.add(from, i32.mul(group, 4 * taps * inner * outer)));
      from.set(i32.add(from, i32.mul(chunk, depth * innerBytes)));
      from.set(i32.add(from, i32.mul(tile, lanes * laneBytes)));
      const isCut = excess > 0 ? i32.eq(tile, channelTiles - 1) : i32.const(0);
      if (depthwise) {
        ifElse(f, isCut, () => from.set(i32.sub(from, excess * laneBytes)));
        copy(lanes);
      } else {
        ifElse(
          f,
          isCut,
          () => copy(lanes - excess),
          () => copy(lanes),
        );
      }
    });
  });
}

/** Stores `lanes` lanes, of which the first `channels` are found `laneBytes` apart and the others are zero. */
function gather(
  f: Scope,
  to: Val<'i32'>,
  from: Val<'i32'>,
  lanes: number,
  channels: number,
  laneBytes: number,
): void {
  for (let first = 0; first < lanes; first += 4) {
    let vector: Val<'v128'> = v128.const(zeros);
    if (first < channels) vector = v128.load32Zero(from, first * laneBytes);
    for (let lane = first + 1; lane < Math.min(first + 4, channels); lane++) {
      vector = v128.load32Lane(from, vector, lane - first, lane * laneBytes);
    }
    v128.store(f, to, vector, 4 * first);
  }
}

const zeros = new Uint8Array(16);
