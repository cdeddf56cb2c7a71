/**
 * Convolution by Winograd's algorithm, channels last, and its input gradient: a block of images is transformed, multiplied
 * and transformed back while it is in the cache.
 */
import { forRange, i32, ifElse, type Module, memory, type Scope, type Val, v128 } from '../asm/index.ts';
import { type Direct, directRoom, emitDirect } from './conv2dDirect.ts';
import type { Machine } from './machine.ts';
import { smaller } from './matmulTile.ts';
import { emitBounds } from './winogradBounds.ts';
import { emitIsEven, fieldBytes } from './winogradEvenness.ts';
import { emitFromTiles } from './winogradFromTiles.ts';
import { slotOf, type WinogradPlan } from './winogradPlan.ts';
import { emitProducts } from './winogradProduct.ts';
import { type Tiling, vectorsFor } from './winogradTiling.ts';
import { clearStrip, emitToTiles } from './winogradToTiles.ts';
import { factorsOf } from './winogradTransform.ts';
import { sumsAt, weightsOf } from './winogradWeights.ts';

/**
 * y [N, Ho, Wo, outer] from x [N, H, W, inner] and the weights w, transformed [36][inner][outer], plus bias. For the
 * gradient, y is dx and x is dy. A unit is `perUnit` images. Each call takes one of the `slots` of scratch memory, one
 * for each unit. An image whose values are too uneven, or not finite, is computed directly.
 */
export function emitWinograd(m: Module, plan: WinogradPlan, direct: Direct, machine: Machine) {
  const { input, output, inputMatrix, outputMatrix } = plan;
  const { biased } = direct;
  const slot = placesOf(plan, direct);
  const params = {
    ...{ y: i32, x: i32, weights: i32, w: i32, bias: i32, slots: i32 },
    ...{ images: i32, perUnit: i32, begin: i32, end: i32 },
  };
  const prepareDirect = emitDirect(m, direct);
  return m.func({ name: 'winograd', params }, (f, p) => {
    const factors = factorsOf(f, inputMatrix, outputMatrix);
    const zero = f.let(v128.const(new Uint8Array(16)), 'zero');
    const start = f.let(i32.add(p.slots, i32.mul(p.begin, slot.bytes)), 'slot');
    const at = (offset: number) => i32.add(start, offset);
    const [unit, image, block] = [f.local(i32, 'unit'), f.local(i32, 'image'), f.local(i32, 'block')];
    const common = { factors, zero };
    const to = { ...common, t: input, matrix: inputMatrix, vectors: vectorsFor(input.channels, machine) };
    const from = {
      ...common,
      t: output,
      matrix: outputMatrix,
      vectors: vectorsFor(output.channels, machine),
    };
    clearStrip(f, input, at(slot.inputStrip));
    clearStrip(f, output, at(slot.outputStrip));
    memory.fill(f, at(slot.field), 0, fieldBytes(plan));
    if (biased) repeatBias(f, output, p.bias, at(slot.bias));
    const weights = weightsOf(plan);
    const bounds = emitBounds(f, weights, i32.add(p.weights, sumsAt(weights)));
    const convolve = prepareDirect(f, { ...p, room: at(slot.direct) });
    forRange(f, unit, p.begin, p.end, 1, () => {
      const first = f.let(i32.mul(unit, p.perUnit), 'first');
      const last = f.let(smaller(i32.add(first, p.perUnit), p.images), 'last');
      forRange(f, block, first, last, plan.images, () => {
        const blockEnd = f.let(smaller(i32.add(block, plan.images), last), 'blockEnd');
        const [tiles, even] = [f.local(i32, 'tilesAt'), f.local(i32, 'evenAt')];
        const everyImage = (t: Tiling, start: number, body: (offset: Val<'i32'>) => void) => {
          tiles.set(at(start));
          even.set(at(slot.even));
          forRange(f, image, block, blockEnd, 1, () => {
            body(f.let(i32.mul(image, 4 * t.size[0] * t.size[1] * t.channels), 'offset'));
            tiles.set(i32.add(tiles, 4 * t.tiles[0] * t.tiles[1] * t.channels));
            even.set(i32.add(even, 4));
          });
        };
        everyImage(input, slot.tiles, offset => {
          const x = f.let(i32.add(p.x, offset), 'x');
          const isEven = emitIsEven(f, plan, bounds, x, at(slot.field));
          i32.store(f, even, isEven);
          ifElse(f, isEven, () => emitToTiles(f, to, { image: x, tiles, strip: at(slot.inputStrip) }));
        });
        const count = i32.mul(i32.sub(blockEnd, block), input.tiles[0] * input.tiles[1]);
        const places = { tiles: at(slot.tiles), weights: p.weights, sums: at(slot.sums) };
        emitProducts(f, plan, zero, count, places);
        everyImage(output, slot.sums, offset => {
          const places = { image: i32.add(p.y, offset), tiles, strip: at(slot.outputStrip) };
          ifElse(
            f,
            i32.load(even),
            () => emitFromTiles(f, from, places, biased ? at(slot.bias) : null),
            () => convolve(image),
          );
        });
      });
    });
  });
}

/** Where the parts of a slot are, in bytes, and its size: what the algorithm needs, and what stands beside it. */
function placesOf(plan: WinogradPlan, direct: Direct) {
  const { size: field, ...parts } = slotOf(plan);
  const even = field + fieldBytes(plan);
  const room = even + 64 * Math.ceil((4 * plan.images) / 64);
  return { ...parts, field, even, direct: room, bytes: room + 64 * Math.ceil(directRoom(direct) / 64) };
}

/** Returns the bytes of a slot. */
export function slotBytes(plan: WinogradPlan, direct: Direct): number {
  return placesOf(plan, direct).bytes;
}

/** row [Wo, outer] = the bias, for every pixel. */
function repeatBias(f: Scope, { size, channels }: Tiling, bias: Val<'i32'>, row: Val<'i32'>): void {
  const [pixel, to] = [f.local(i32, 'pixel'), f.let(row, 'to')];
  forRange(f, pixel, 0, size[1], 1, () => {
    memory.copy(f, to, bias, 4 * channels);
    to.set(i32.add(to, 4 * channels));
  });
}
