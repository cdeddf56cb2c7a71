/**
 * Direct convolution, channels last: a tile of pixels by vectors of channels stays in registers while taps and input
 * channels go by. Each step multiplies a value of x for every pixel by a row of the packed weights.
 */
import { forRange, i32, ifElse, type Module, type Scope, type Val } from '../asm/index.ts';
import { type Conv2dForm, conv2dSizeNames } from './conv2dForm.ts';
import { emitPhase, type Place, type Tile, tileOf } from './conv2dTile.ts';
import { i32Params } from './strided.ts';

/**
 * y [N, Ho, Wo, groups · outer] = the correlation of x [N, H, W, groups · inner] with the packed weights, plus bias.
 * bias is packed too: [group, channel tile, lane]. A unit is a row of y. Params: the addresses, and `conv2dSizes`.
 */
export function emitConv2d(m: Module, form: Conv2dForm, biased: boolean) {
  const { c, plan } = form;
  const { groups, chunks, channelTiles, depthwise } = plan;
  const params = i32Params('y', 'x', 'w', 'bias', ...conv2dSizeNames(form), 'begin', 'end');
  return m.func({ name: 'conv2d', params }, (f, p) => {
    const tile = tileOf(f, form, biased, p);
    const [unit, yGroup] = [f.local(i32, 'unit'), f.local(i32, 'yGroup')];
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      const image = f.let(i32.divU(unit, p.rows!), 'image');
      const row = i32.sub(unit, i32.mul(image, p.rows!));
      tile.top.set(i32.sub(i32.mul(row, c.stride[0]), c.padding[0]));
      tile.x.set(i32.add(p.x!, i32.mul(image, p.imageBytes!)));
      tile.w.set(p.w!);
      yGroup.set(i32.add(p.y!, i32.mul(unit, p.yRowBytes!)));
      repeat(f, groups, group => {
        repeat(f, chunks, chunk => {
          tile.y.set(yGroup);
          tile.bias.set(i32.add(p.bias!, i32.mul(group, channelTiles * plan.vectors * 16)));
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
  const { form, x, y, w, bias, biased, weightBytes } = tile;
  const { c, plan } = form;
  const bytes = 16 * plan.vectors;
  const excess = plan.channelTiles * bytes - 4 * c.groups;
  if (plan.depthwise && excess > 0) {
    // The last tile computes some channels once more, rather than some that are not there.
    ifElse(f, place.isLast, () => {
      for (const pointer of [x, y]) pointer.set(i32.sub(pointer, excess));
    });
  }
  let run = 0;
  for (const phase of form.phases) {
    emitPhase(f, tile, phase, run, place);
    run += phase.runs.length;
  }
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
