import type { Tensor } from 'tinygrad-ts';
import { apart, channelsLast, checkOp, leaf, normal, type Row } from './check-op.ts';

type Reduce = { dim?: number | number[]; keepdim?: boolean };

/** The configurations that sum, mean and the variances share. */
function reduction(run: (x: Tensor, options?: Reduce) => Tensor): Row[] {
  return [
    ['over all', () => [normal(2, 3)], x => run(x)],
    ['over all, kept', () => [normal(2, 3)], x => run(x, { keepdim: true })],
    ['over an empty list of dims, which is all', () => [normal(2, 3)], x => run(x, { dim: [] })],
    ['along the first dim', () => [normal(3, 2)], x => run(x, { dim: 0 })],
    ['along the last dim, kept', () => [normal(2, 3)], x => run(x, { dim: -1, keepdim: true })],
    ['along the middle dim', () => [normal(2, 3, 2)], x => run(x, { dim: 1 })],
    ['along two dims apart', () => [normal(2, 2, 3)], x => run(x, { dim: [0, 2] })],
    [
      'along two dims, last first, kept',
      () => [normal(2, 2, 3)],
      x => run(x, { dim: [-1, 0], keepdim: true }),
    ],
    ['no result: [0, 3] along the last dim', () => [normal(0, 3)], x => run(x, { dim: 1 })],
    ['channels innermost', () => [normal(2, 2, 2, 2)], x => run(channelsLast(x), { dim: [0, 2, 3] })],
  ];
}

checkOp('sum', 'sum', [
  ...reduction((x, options) => x.sum(options)),
  ['a scalar', () => [normal()], x => x.sum()],
  ['a scalar along dim 0', () => [normal()], x => x.sum({ dim: 0 })],
  ['one element', () => [normal(1, 1)], x => x.sum({ dim: 0 })],
  ['of nothing: 0', () => [normal(0, 3)], x => x.sum({ dim: 0 })],
]);

checkOp('mean', 'mean', [
  ...reduction((x, options) => x.mean(options)),
  ['a scalar', () => [normal()], x => x.mean()],
  ['a scalar along dim -1', () => [normal()], x => x.mean({ dim: -1 })],
  ['one element', () => [normal(1, 1)], x => x.mean({ dim: 0 })],
]);

checkOp('variance', 'var', [
  ...reduction((x, options) => x.var(options)),
  ...reduction((x, options) => x.var({ ...options, correction: 0 })).map(
    ([title, ...row]): Row => [`biased, ${title}`, ...row],
  ),
  ['correction 2', () => [normal(2, 4)], x => x.var({ dim: 1, correction: 2 })],
  ['one element, biased', () => [normal(1)], x => x.var({ correction: 0 })],
  ['equal elements', () => [leaf([2, 2, 2])], x => x.var()],
  ['far from zero', () => [leaf([100, 101, 103])], x => x.var()],
]);

checkOp('std', 'std', [
  ...reduction((x, options) => x.std(options)),
  ['biased', () => [normal(2, 4)], x => x.std({ dim: 1, correction: 0 })],
  ['correction 2', () => [normal(2, 4)], x => x.std({ dim: 1, correction: 2 })],
  ['far from zero', () => [leaf([100, 101, 103])], x => x.std()],
  ['the result used twice', () => [normal(4)], x => x.std().mul(x.std())],
]);

for (const which of ['max', 'min'] as const) {
  checkOp('extremum', `${which} over all`, [
    ['a scalar', () => [normal()], x => x[which]()],
    ['one element', () => [normal(1, 1)], x => x[which]()],
    ['a vector', () => [apart(5)], x => x[which]()],
    ['three dims', () => [apart(2, 3, 2)], x => x[which]()],
    ['channels innermost', () => [apart(1, 2, 2, 3)], x => channelsLast(x)[which]()],
    // Between two equals central differences see half of each, which is how the gradient is shared.
    ['a tie of two', () => [leaf(which === 'max' ? [0, 1, 1, -1] : [0, -1, 1, -1])], x => x[which]()],
    ['1e-3 from a tie', () => [leaf([0.5, 0.501, 0.499, 0.502])], x => x[which]()],
    ['the result used twice', () => [apart(4)], x => x[which]().mul(x[which]())],
  ]);

  checkOp('gather', `${which} along dims`, [
    ['a scalar along dim 0', () => [normal()], x => x[which]({ dim: 0 }).values.mul(2)],
    ['one element', () => [normal(1, 1)], x => x[which]({ dim: 1 }).values],
    ['the first dim', () => [apart(3, 2)], x => x[which]({ dim: 0 }).values],
    ['the last dim, kept', () => [apart(2, 3)], x => x[which]({ dim: -1, keepdim: true }).values],
    ['the middle dim', () => [apart(2, 3, 2)], x => x[which]({ dim: 1 }).values],
    ['two dims apart', () => [apart(2, 2, 3)], x => x[which]({ dim: [0, 2] }).values],
    ['two dims, kept', () => [apart(2, 2, 3)], x => x[which]({ dim: [1, 2], keepdim: true }).values],
    ['no result', () => [normal(0, 3)], x => x[which]({ dim: 1 }).values],
    ['channels innermost', () => [apart(1, 3, 2, 2)], x => channelsLast(x)[which]({ dim: 1 }).values],
    ['1e-3 from a tie', () => [leaf([1, 1.001, 3, 2.999], [2, 2])], x => x[which]({ dim: 1 }).values],
  ]);
}
