/**
 * Direct convolution, channels last: a tile of pixels by vectors of channels stays in registers while taps and input
 * channels go by. Each step multiplies a value of x for every pixel by a row of the packed weights.
 */
import { forRange, i32, ifElse, type Module, type Scope, type Val } from '../asm/index.ts';
import type { Conv2dPlan, Correlation } from './conv2dPlan.ts';
import { emitTiles, type Place, type Tile, tileOf } from './conv2dTile.ts';

/**
 * y [N, Ho, Wo, groups · outer] = the correlation of x [N, H, W, groups · inner] with the packed weights, plus bias.
 * bias is packed too: [group, channel tile, lane]. A unit is a row of y.
 */
export function emitConv2d(m: Module, c: Correlation, plan: Conv2dPlan, biased: boolean) {
  const { groups, chunks, channelTiles, depthwise } = plan;
  const [rows, columns] = c.output;
  const imageBytes = 4 * c.input[0] * c.input[1] * c.groups * c.inner;
  const rowBytes = 4 * columns * c.groups * c.outer;
  const params = { y: i32, x: i32, w: i32, bias: i32, begin: i32, end: i32 };
  return m.func({ name: 'conv2d', params }, (f, { y, x, w, bias, begin, end }) => {
    const tile = tileOf(f, c, plan, biased);
    const [unit, yGroup] = [f.local(i32, 'unit'), f.local(i32, 'yGroup')];
    forRange(f, unit, begin, end, 1, () => {
      const image = f.let(i32.divU(unit, rows), 'image');
      const row = i32.sub(unit, i32.mul(image, rows));
      tile.top.set(i32.sub(i32.mul(row, c.stride[0]), c.padding[0]));
      tile.x.set(i32.add(x, i32.mul(image, imageBytes)));
      tile.w.set(w);
      yGroup.set(i32.add(y, i32.mul(unit, rowBytes)));
      repeat(f, groups, group => {
        repeat(f, chunks, chunk => {
          tile.y.set(yGroup);
          tile.bias.set(i32.add(bias, i32.mul(group, channelTiles * plan.vectors * 16)));
          repeat(f, channelTiles, index => {
            const isLast = i32.eq(index, channelTiles - 1);
            emitChannels(f, tile, { isLast, isFirstChunk: i32.eq(chunk, 0) });
          });
          if (!depthwise) tile.x.set(i32.add(tile.x, (4 * c.inner) / chunks));
        });
        yGroup.set(i32.add(yGroup, 4 * c.outer));
      });
    });
  });
}

/** Computes one tile of channels of a row of y, and steps to the next. */
function emitChannels(f: Scope, tile: Tile, place: Place): void {
  const { c, plan, x, y, w, bias, biased, weightBytes } = tile;
  const bytes = 16 * plan.vectors;
  const excess = plan.channelTiles * bytes - 4 * c.groups;
  if (plan.depthwise && excess > 0) {
    // The last tile computes some channels once more, rather than some that are not there.
    ifElse(f, place.isLast, () => {
      for (const pointer of [x, y]) pointer.set(i32.sub(pointer, excess));
    });
  }
  for (const run of plan.runs) emitTiles(f, tile, run, place);
  w.set(i32.add(w, weightBytes));
  y.set(i32.add(y, bytes));
  if (biased) bias.set(i32.add(bias, bytes));
  if (plan.depthwise) x.set(i32.add(x, bytes));
}

/** Runs `body` so many times; there is no loop if that is once. */
function repeat(f: Scope, times: number, body: (i: Val<'i32'>) => void): void {
  if (times === 1) {
    body(i32.const(0));
    return;
  }
  const i = f.local(i32, 'i');
  forRange(f, i, 0, times, 1, () => body(i));
}
