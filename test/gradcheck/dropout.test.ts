import { manualSeed, nn, type Tensor } from 'tinygrad-ts';
import { channelsLast, checkOp, normal, type Row } from './check-op.ts';

const F = nn.functional;

/** Returns `fn` with the same draws at every call, which differences need. */
const seeded =
  (fn: (x: Tensor) => Tensor, seed = 3) =>
  (x: Tensor): Tensor => {
    manualSeed(seed);
    return fn(x);
  };

function rows(drop: typeof F.dropout): Row[] {
  return [
    ['p 0.5', () => [normal(2, 3, 2)], seeded(x => drop(x))],
    ['p 0.2, another seed', () => [normal(2, 3, 2)], seeded(x => drop(x, { p: 0.2 }), 11)],
    ['p 0.9', () => [normal(3, 4)], seeded(x => drop(x, { p: 0.9 }))],
    ['everything dropped', () => [normal(2, 3)], seeded(x => drop(x, { p: 1 }))],
    ['four dims', () => [normal(2, 2, 2, 2)], seeded(x => drop(x))],
    ['channels innermost', () => [normal(2, 3, 2, 1)], seeded(x => drop(channelsLast(x)))],
    ['one element', () => [normal(1, 1)], seeded(x => drop(x))],
    ['no element', () => [normal(0, 3)], seeded(x => drop(x))],
    ['twice with different draws', () => [normal(2, 4)], seeded(x => drop(drop(x).mul(x)))],
  ];
}

checkOp('dropout', 'dropout', [
  ...rows(F.dropout),
  ['a vector', () => [normal(6)], seeded(x => F.dropout(x))],
]);
checkOp('dropout', 'dropout2d', rows(F.dropout2d));
