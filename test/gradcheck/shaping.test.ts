import { Tensor } from 'tinygrad-ts';
import { channelsLast, checkOp, fixed, leaf, normal } from './check-op.ts';

checkOp('reshape', 'reshape', [
  ['to a vector', () => [normal(2, 3)], x => x.reshape(6)],
  ['with a size worked out', () => [normal(2, 6)], x => x.reshape(3, -1)],
  ['a scalar', () => [normal()], x => x.reshape(1, 1)],
  ['to a scalar', () => [normal(1, 1)], x => x.reshape([])],
  ['no element', () => [normal(0, 3)], x => x.reshape(3, 0)],
  ['a transposed matrix', () => [normal(2, 3)], x => x.t().reshape(2, 3)],
  ['channels innermost', () => [normal(1, 2, 2, 2)], x => channelsLast(x).reshape(4, 2)],
  ['used twice', () => [normal(4)], x => x.reshape(2, 2).mul(x.reshape(2, 2))],
]);

checkOp('reshape', 'view', [
  ['to a matrix', () => [normal(6)], x => x.view(2, 3)],
  ['with a size worked out', () => [normal(2, 3, 2)], x => x.view(-1, 2)],
  ['its own shape', () => [normal(2, 2)], x => x.view([2, 2])],
  ['no element', () => [normal(2, 0)], x => x.view(0)],
  ['in-place change of the view', () => [normal(2, 3)], x => x.view(6).mul_(3).add(x.view(6))],
  ['a view of a view', () => [normal(2, 3)], x => x.view(6).view(3, 2).mul(2)],
]);

checkOp('reshape', 'flatten', [
  ['all dims', () => [normal(2, 3, 2)], x => x.flatten()],
  ['from dim 1', () => [normal(2, 3, 2)], x => x.flatten(1)],
  ['the dims in the middle', () => [normal(2, 2, 2, 2)], x => x.flatten(1, 2)],
  ['a scalar', () => [normal()], x => x.flatten()],
  ['channels innermost', () => [normal(2, 2, 2, 1)], x => channelsLast(x).flatten(1)],
  ['no element', () => [normal(0, 2, 2)], x => x.flatten(1)],
]);

checkOp('reshape', 'squeeze and unsqueeze', [
  ['squeeze all', () => [normal(1, 3, 1)], x => x.squeeze()],
  ['squeeze one dim', () => [normal(1, 3, 1)], x => x.squeeze(0)],
  ['squeeze two dims', () => [normal(1, 3, 1)], x => x.squeeze([0, -1])],
  ['squeeze a dim that is not 1', () => [normal(1, 3)], x => x.squeeze(1)],
  ['unsqueeze in front', () => [normal(2, 3)], x => x.unsqueeze(0)],
  ['unsqueeze behind', () => [normal(2, 3)], x => x.unsqueeze(-1)],
  ['unsqueeze a scalar', () => [normal()], x => x.unsqueeze(0)],
  ['no element', () => [normal(0, 1)], x => x.squeeze(1).unsqueeze(0)],
]);

checkOp('permute', 'permute', [
  ['a matrix', () => [normal(2, 3)], x => x.permute(1, 0)],
  ['three dims round', () => [normal(2, 3, 2)], x => x.permute(2, 0, 1)],
  ['four dims, NCHW to NHWC', () => [normal(1, 2, 2, 3)], x => x.permute(0, 2, 3, 1)],
  ['negative dims', () => [normal(2, 3, 1)], x => x.permute([-1, 0, -2])],
  ['a scalar', () => [normal()], x => x.permute([])],
  ['no element', () => [normal(0, 3)], x => x.permute(1, 0)],
  ['channels innermost', () => [normal(1, 2, 3, 1)], x => channelsLast(x).permute(3, 1, 0, 2)],
  ['twice', () => [normal(2, 3, 2)], x => x.permute(2, 0, 1).permute(1, 0, 2)],
]);

checkOp('permute', 'transpose and t', [
  ['t of a matrix', () => [normal(2, 3)], x => x.t()],
  ['t of one element', () => [normal(1, 1)], x => x.t()],
  ['t times the matrix', () => [normal(2, 3)], x => x.t().matmul(x)],
  ['the outer dims', () => [normal(2, 3, 2)], x => x.transpose(0, 2)],
  ['negative dims', () => [normal(2, 3, 2)], x => x.transpose(-1, -2)],
  ['a dim with itself', () => [normal(2, 3)], x => x.transpose(1, 1)],
  ['no element', () => [normal(2, 0, 3)], x => x.transpose(0, 1)],
]);

checkOp('expand', 'expand', [
  ['a row to a matrix', () => [normal(3)], x => x.expand(2, 3)],
  ['a column', () => [normal(2, 1)], x => x.expand(2, 3)],
  ['-1 keeps a size', () => [normal(2, 1)], x => x.expand(-1, 3)],
  ['a scalar', () => [normal()], x => x.expand(2, 2)],
  ['its own shape', () => [normal(2, 2)], x => x.expand(2, 2)],
  ['two dims and two new ones', () => [normal(1, 2, 1)], x => x.expand(2, 1, 3, 2, 2)],
  ['to no element', () => [normal(1, 2)], x => x.expand(0, 2)],
]);

checkOp('slice', 'slice', [
  ['the first dim', () => [normal(4, 2)], x => x.slice(0, 1, 3)],
  ['the last dim with a step', () => [normal(2, 5)], x => x.slice(-1, 0, 5, 2)],
  ['from behind', () => [normal(5)], x => x.slice(0, -3, -1)],
  ['bounds beyond the size', () => [normal(3)], x => x.slice(0, -9, 9)],
  ['nothing', () => [normal(3, 2)], x => x.slice(0, 2, 1)],
  ['of no element', () => [normal(0, 2)], x => x.slice(1, 0, 1)],
  ['overlapping, added up', () => [normal(4)], x => x.slice(0, 0, 3).mul(x.slice(0, 1))],
  ['channels innermost', () => [normal(1, 3, 2, 2)], x => channelsLast(x).slice(1, 0, 3, 2)],
]);

checkOp('slice', 'select', [
  ['a row', () => [normal(3, 2)], x => x.select(0, 1)],
  ['a column from behind', () => [normal(3, 2)], x => x.select(1, -1)],
  ['an element of a vector', () => [normal(3)], x => x.select(0, 2)],
  ['the middle dim', () => [normal(2, 3, 2)], x => x.select(1, 0)],
  ['of one element', () => [normal(1)], x => x.select(0, 0)],
  ['from no element', () => [normal(0, 2)], x => x.select(1, 1)],
]);

checkOp('cat', 'cat', [
  ['along the first dim', () => [normal(2, 2), normal(1, 2)], (a, b) => Tensor.cat([a, b])],
  ['along the last dim', () => [normal(2, 2), normal(2, 1)], (a, b) => Tensor.cat([a, b], -1)],
  ['along the middle dim', () => [normal(2, 1, 2), normal(2, 2, 2)], (a, b) => Tensor.cat([a, b], 1)],
  ['three vectors', () => [normal(2), normal(1), normal(3)], (...all) => Tensor.cat(all)],
  ['one tensor', () => [normal(2, 2)], a => Tensor.cat([a])],
  ['the same tensor twice', () => [normal(3)], a => Tensor.cat([a, a])],
  ['an empty part', () => [normal(2, 2), normal(0, 2)], (a, b) => Tensor.cat([a, b])],
  ['a part without gradient', () => [normal(2), fixed([1, 2])], (a, b) => Tensor.cat([b, a])],
  [
    'channels innermost',
    () => [normal(1, 2, 2, 1), normal(1, 1, 2, 1)],
    (a, b) => Tensor.cat([channelsLast(a), b], 1),
  ],
]);

checkOp('cat', 'stack', [
  ['scalars', () => [normal(), normal()], (a, b) => Tensor.stack([a, b])],
  ['vectors as rows', () => [normal(3), normal(3)], (a, b) => Tensor.stack([a, b])],
  ['vectors as columns', () => [normal(3), normal(3)], (a, b) => Tensor.stack([a, b], 1)],
  ['matrices, from behind', () => [normal(2, 2), normal(2, 2)], (a, b) => Tensor.stack([a, b], -1)],
  ['one tensor twice and another', () => [normal(2), normal(2)], (a, b) => Tensor.stack([a, b, a])],
  ['no element', () => [normal(0, 2), normal(0, 2)], (a, b) => Tensor.stack([a, b], 1)],
]);

checkOp('cast', 'clone', [
  ['a scalar', () => [normal()], x => x.clone()],
  ['a matrix', () => [normal(2, 3)], x => x.clone()],
  ['no element', () => [normal(0, 3)], x => x.clone()],
  ['beside the original', () => [normal(3)], x => x.clone().mul(x)],
  ['a clone of a clone', () => [normal(3)], x => x.clone().clone()],
  ['channels innermost', () => [normal(1, 2, 2, 1)], x => channelsLast(x).clone()],
]);

// float32 on the way is coarse, but a linear function bears a wide difference.
const wide = { eps: 0.25 };
checkOp('cast', 'to', [
  ['float32 and back', () => [normal(2, 3)], x => x.to('float32').to('float64'), wide],
  ['a scalar', () => [normal()], x => x.to('float32').to('float64'), wide],
  ['no element', () => [normal(0, 3)], x => x.to('float32').to('float64'), wide],
  ['a product in float32', () => [normal(3)], x => x.to('float32').mul(2.5).to('float64'), wide],
  ['beside the original', () => [normal(3)], x => x.to('float32').to('float64').add(x), wide],
  ['added to float64 without a cast back', () => [normal(3)], x => x.to('float32').add(x), wide],
]);

checkOp('copy', 'copy_', [
  ['both operands', () => [normal(2, 3), normal(2, 3)], (x, y) => x.clone().copy_(y)],
  ['a row broadcast', () => [normal(2, 3), normal(3)], (x, y) => x.clone().copy_(y)],
  ['a scalar broadcast', () => [normal(2, 3), normal()], (x, y) => x.clone().copy_(y)],
  ['scalars', () => [normal(), normal()], (x, y) => x.clone().copy_(y)],
  ['no element', () => [normal(0, 3), normal(3)], (x, y) => x.clone().copy_(y)],
  [
    'into a tensor without gradient',
    () => [normal(3)],
    y => Tensor.zeros([2, 3], { dtype: 'float64' }).copy_(y),
  ],
  [
    'the old value used before',
    () => [normal(3), normal(3)],
    (x, y) => {
      const z = x.mul(2);
      const before = z.add(1);
      return z.copy_(y).add(before);
    },
  ],
  ['a number: no gradient passes', () => [normal(3), normal(3)], (x, y) => x.clone().fill_(2).mul(y)],
  ['zero_', () => [leaf([1, 2]), leaf([3, 4])], (x, y) => x.clone().zero_().add(y)],
]);
