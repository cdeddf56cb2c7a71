/** The gradient of max pooling: dy goes to where the largest was. */
import { forRange, i32, i32x4, type Module, v128 } from '../asm/index.ts';
import { forEachPiece, loadLanes, pieceAt, storeLanes, vectorsOf } from './channels.ts';
import { isSmall, isTiled, type PoolPlan } from './pool.ts';
import { gatherFromWindows } from './poolBackward.ts';

/** Whether the windows lie side by side, so that each writes all of its part of dx. */
export function isTiling(plan: PoolPlan): boolean {
  return isTiled(plan.rows) && isTiled(plan.columns) && isSmall(plan);
}

const params = { dx: i32, dy: i32, indices: i32, begin: i32, end: i32 };

/** dy, indices [N, Ho, Wo, C] -> dx [N, H, W, C], for windows that lie side by side. The units are rows of dy. */
export function emitMaxPool2dBackwardTiled(m: Module, { channels, rows, columns }: PoolPlan) {
  const pixelBytes = channels * 4;
  return m.func({ name: 'maxPool2dBackwardTiled', params }, (f, { dx, dy, indices, begin, end }) => {
    const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
    const from = f.let(i32.add(dy, i32.mul(begin, columns.windows * pixelBytes)), 'from');
    const apart = f.let(i32.sub(indices, dy), 'apart');
    const positions = Array.from(
      { length: rows.kernel * columns.kernel },
      (_, tap) => Math.floor(tap / columns.kernel) * columns.size + (tap % columns.kernel),
    );
    const lanes = positions.map(position => f.let(i32x4.splat(position), 'position'));
    forRange(f, row, begin, end, 1, () => {
      const inImage = i32.remU(row, rows.windows);
      const origin = f.let(i32.mul(inImage, rows.kernel * columns.size), 'origin');
      const rowBytes = rows.kernel * columns.size * pixelBytes;
      const to = f.let(i32.add(dx, i32.mul(row, rowBytes)), 'to');
      forRange(f, column, 0, columns.windows, 1, () => {
        const inIndices = f.let(i32.add(from, apart), 'inIndices');
        const first = f.let(i32x4.splat(origin), 'first');
        forEachPiece(f, channels, 2, piece => {
          const [inDy, inI, inDx] = [from, inIndices, to].map(p => f.let(pieceAt(piece, p), 'start'));
          const passed = vectorsOf(piece, at => f.let(loadLanes(piece, inDy!, at), 'passed'));
          const taps = vectorsOf(piece, at => f.let(i32x4.sub(loadLanes(piece, inI!, at), first), 'tap'));
          for (const [tap, position] of positions.entries()) {
            vectorsOf(piece, (at, v) => {
              const here = v128.and(i32x4.eq(taps[v]!, lanes[tap]!), passed[v]!);
              storeLanes(f, piece, inDx!, at + position * pixelBytes, here);
            });
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
export function emitMaxPool2dBackward(m: Module, plan: PoolPlan) {
  return m.func({ name: 'maxPool2dBackward', params }, (f, p) =>
    gatherFromWindows(f, plan, p, ({ piece, position, inDy }) => {
      const [g, index] = [p.dy, p.indices].map(address => f.let(i32.add(address, inDy), 'address'));
      const here = f.let(i32x4.splat(position), 'here');
      return vectorsOf(piece, at =>
        v128.and(i32x4.eq(loadLanes(piece, index!, at), here), loadLanes(piece, g!, at)),
      );
    }),
  );
}
