/** The gradient of max pooling: dy goes to where the largest was. */
import { forRange, i32, i32x4, type Module, v128 } from '../asm/index.ts';
import { forEachPiece, loadLanes, pieceAt, storeLanes, vectorsOf } from './channels.ts';
import { axesIn, isSmall, type PoolForm, poolSizeParams } from './pool.ts';
import { gatherFromWindows } from './poolBackward.ts';

/** Whether the windows lie side by side, so that each writes all of its part of dx. */
export function isTiling(form: PoolForm): boolean {
  return form.rows.isTiled && form.columns.isTiled && isSmall(form);
}

const params = { dx: i32, dy: i32, indices: i32, ...poolSizeParams, begin: i32, end: i32 };

/** dy, indices [N, Ho, Wo, C] -> dx [N, H, W, C], for windows that lie side by side. The units are rows of dy. */
export function emitMaxPool2dBackwardTiled(m: Module, form: PoolForm) {
  const { channels } = form;
  const pixelBytes = channels * 4;
  return m.func({ name: 'maxPool2dBackwardTiled', params }, (f, p) => {
    const { dx, dy, indices, begin, end } = p;
    const { rows, columns } = axesIn(form, p);
    const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
    const from = f.let(i32.add(dy, i32.mul(begin, i32.mul(columns.windows, pixelBytes))), 'from');
    const apart = f.let(i32.sub(indices, dy), 'apart');
    const lines = Array.from({ length: rows.kernel }, (_, ky) => {
      const position = i32.mul(columns.size, ky);
      return {
        bytes: f.let(i32.mul(position, pixelBytes), 'bytes'),
        lanes: Array.from({ length: columns.kernel }, (_, kx) =>
          f.let(i32x4.splat(i32.add(position, kx)), 'position'),
        ),
      };
    });
    const rowBytes = f.let(i32.mul(columns.size, rows.kernel * pixelBytes), 'rowBytes');
    forRange(f, row, begin, end, 1, () => {
      const inImage = i32.remU(row, rows.windows);
      const origin = f.let(i32.mul(inImage, i32.mul(columns.size, rows.kernel)), 'origin');
      const to = f.let(i32.add(dx, i32.mul(row, rowBytes)), 'to');
      forRange(f, column, 0, columns.windows, 1, () => {
        const inIndices = f.let(i32.add(from, apart), 'inIndices');
        const first = f.let(i32x4.splat(origin), 'first');
        forEachPiece(f, channels, 2, piece => {
          const [inDy, inI, inDx] = [from, inIndices, to].map(p => f.let(pieceAt(piece, p), 'start'));
          const passed = vectorsOf(piece, at => f.let(loadLanes(piece, inDy!, at), 'passed'));
          const taps = vectorsOf(piece, at => f.let(i32x4.sub(loadLanes(piece, inI!, at), first), 'tap'));
          for (const { bytes, lanes } of lines) {
            const line = f.let(i32.add(inDx!, bytes), 'line');
            for (const [kx, position] of lanes.entries()) {
              vectorsOf(piece, (at, v) => {
                const here = v128.and(i32x4.eq(taps[v]!, position), passed[v]!);
                storeLanes(f, piece, line, at + kx * pixelBytes, here);
              });
            }
          }
        });
        from.set(i32.add(from, pixelBytes));
        to.set(i32.add(to, columns.kernel * pixelBytes));
        origin.set(i32.add(origin, columns.kernel));
      });
    });
  });
}

/** dy, indices [N, Ho, Wo, C] -> dx [N, H, W, C], for all windows. The units are rows of dx. */
export function emitMaxPool2dBackward(m: Module, form: PoolForm) {
  return m.func({ name: 'maxPool2dBackward', params }, (f, p) =>
    gatherFromWindows(f, form, p, ({ piece, position, inDy }) => {
      const [g, index] = [p.dy, p.indices].map(address => f.let(i32.add(address, inDy), 'address'));
      const here = f.let(i32x4.splat(position), 'here');
      return vectorsOf(piece, at =>
        v128.and(i32x4.eq(loadLanes(piece, index!, at), here), loadLanes(piece, g!, at)),
      );
    }),
  );
}
