/**
 * Convolution by Winograd's algorithm, channels last, and its input gradient: a block of images is transformed, multiplied
 * and transformed back while it is in the cache.
 */
import {
  f32x4,
  forRange,
  i32,
  ifElse,
  type Module,
  memory,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { type Direct, directRoom, emitDirect } from './conv2dDirect.ts';
import type { Machine } from './machine.ts';
import { smaller } from './matmulTile.ts';
import { emitFromTiles } from './winogradFromTiles.ts';
import { slotOf, type WinogradPlan } from './winogradPlan.ts';
import { emitProducts } from './winogradProduct.ts';
import { type Tiling, vectorsFor } from './winogradTiling.ts';
import { clearStrip, emitToTiles } from './winogradToTiles.ts';
import { factorsOf } from './winogradTransform.ts';

/**
 * y [N, Ho, Wo, outer] from x [N, H, W, inner] and the weights w, transformed [36][inner][outer], plus bias. For the
 * gradient, y is dx and x is dy. A unit is `perUnit` images. Each call takes one of the `slots` of scratch memory, one
 * for each unit. If a result is not finite the unit is computed again directly: the algorithm would spread NaN and
 * infinity over a tile.
 */
export function emitWinograd(m: Module, plan: WinogradPlan, direct: Direct, machine: Machine) {
  const { input, output, inputMatrix, outputMatrix } = plan;
  const { biased } = direct;
  const slot = slotOf(plan);
  const params = {
    ...{ y: i32, x: i32, weights: i32, w: i32, bias: i32, slots: i32 },
    ...{ images: i32, perUnit: i32, begin: i32, end: i32 },
  };
  const again = emitDirect(m, direct);
  return m.func({ name: 'winograd', params }, (f, p) => {
    const factors = factorsOf(f, inputMatrix, outputMatrix);
    const zero = f.let(v128.const(new Uint8Array(16)), 'zero');
    const start = f.let(i32.add(p.slots, i32.mul(p.begin, slotBytes(plan, direct))), 'slot');
    const at = (offset: number) => i32.add(start, offset);
    const [unit, image, block] = [f.local(i32, 'unit'), f.local(i32, 'image'), f.local(i32, 'block')];
    const check = f.local(v128, 'check');
    const common = { factors, zero };
    const to = { ...common, t: input, matrix: inputMatrix, vectors: vectorsFor(input.channels, machine) };
    const from = {
      ...common,
      t: output,
      matrix: outputMatrix,
      vectors: vectorsFor(output.channels, machine),
    };
    const prepareSlot = () => {
      clearStrip(f, input, at(slot.inputStrip));
      clearStrip(f, output, at(slot.outputStrip));
      if (biased) repeatBias(f, output, p.bias, at(slot.bias));
    };
    prepareSlot();
    forRange(f, unit, p.begin, p.end, 1, () => {
      check.set(zero);
      const first = f.let(i32.mul(unit, p.perUnit), 'first');
      const last = f.let(smaller(i32.add(first, p.perUnit), p.images), 'last');
      forRange(f, block, first, last, plan.images, () => {
        const blockEnd = f.let(smaller(i32.add(block, plan.images), last), 'blockEnd');
        const tiles = f.local(i32, 'tilesAt');
        const everyImage = (t: Tiling, array: Val<'i32'>, body: (image: Val<'i32'>) => void) =>
          forRange(f, image, block, blockEnd, 1, () => {
            body(i32.add(array, i32.mul(image, 4 * t.size[0] * t.size[1] * t.channels)));
            tiles.set(i32.add(tiles, 4 * t.tiles[0] * t.tiles[1] * t.channels));
          });
        tiles.set(at(slot.tiles));
        everyImage(input, p.x, x => emitToTiles(f, to, { image: x, tiles, strip: at(slot.inputStrip) }));
        const count = i32.mul(i32.sub(blockEnd, block), input.tiles[0] * input.tiles[1]);
        const places = { tiles: at(slot.tiles), weights: p.weights, sums: at(slot.sums) };
        emitProducts(f, plan, zero, count, places);
        tiles.set(at(slot.sums));
        const finish = { check, bias: biased ? at(slot.bias) : null };
        everyImage(output, p.y, y =>
          emitFromTiles(f, from, { image: y, tiles, strip: at(slot.outputStrip) }, finish),
        );
      });
      ifElse(f, v128.anyTrue(f32x4.ne(check, check)), () => {
        again(f, first, last, { ...p, room: start });
        prepareSlot();
      });
    });
  });
}

/** Returns the bytes of a slot. */
export function slotBytes(plan: WinogradPlan, direct: Direct): number {
  return Math.max(slotOf(plan).size, Math.ceil(directRoom(direct) / 64) * 64);
}

/** row [Wo, outer] = the bias, for every pixel. */
function repeatBias(f: Scope, { size, channels }: Tiling, bias: Val<'i32'>, row: Val<'i32'>): void {
  const [pixel, to] = [f.local(i32, 'pixel'), f.let(row, 'to')];
  forRange(f, pixel, 0, size[1], 1, () => {
    memory.copy(f, to, bias, 4 * channels);
    to.set(i32.add(to, 4 * channels));
  });
}
