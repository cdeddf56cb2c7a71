import { nn } from 'tinygrad-ts';
import { checkOp, normal } from './check-op.ts';

const F = nn.functional;

checkOp('matmul', 'matmul', [
  ['matrix by matrix', () => [normal(2, 3), normal(3, 4)], (a, b) => a.matmul(b)],
  ['vector by vector', () => [normal(3), normal(3)], (a, b) => a.matmul(b)],
  ['vector by matrix', () => [normal(3), normal(3, 2)], (a, b) => a.matmul(b)],
  ['matrix by vector', () => [normal(2, 3), normal(3)], (a, b) => a.matmul(b)],
  ['batches', () => [normal(2, 2, 3), normal(2, 3, 2)], (a, b) => a.matmul(b)],
  ['a batch by a matrix', () => [normal(3, 2, 2), normal(2, 2)], (a, b) => a.matmul(b)],
  ['a matrix by a batch', () => [normal(2, 2), normal(3, 2, 2)], (a, b) => a.matmul(b)],
  ['a batch by a vector', () => [normal(2, 2, 3), normal(3)], (a, b) => a.matmul(b)],
  ['a vector by a batch', () => [normal(3), normal(2, 3, 2)], (a, b) => a.matmul(b)],
  ['both batches stretched', () => [normal(2, 1, 2, 3), normal(3, 3, 1)], (a, b) => a.matmul(b)],
  ['one element', () => [normal(1, 1), normal(1, 1)], (a, b) => a.matmul(b)],
  ['no row', () => [normal(0, 3), normal(3, 2)], (a, b) => a.matmul(b)],
  ['an inner size of 0', () => [normal(2, 0), normal(0, 2)], (a, b) => a.matmul(b)],
  ['by its own transpose', () => [normal(2, 3)], a => a.matmul(a.t())],
  ['the right operand alone', () => [normal(2, 3).detach(), normal(3, 2)], (a, b) => a.matmul(b)],
]);

checkOp('linear', 'linear', [
  ['a batch', () => [normal(2, 3), normal(4, 3), normal(4)], (x, w, b) => F.linear(x, w, b)],
  ['without bias', () => [normal(2, 3), normal(4, 3)], (x, w) => F.linear(x, w)],
  ['a single vector', () => [normal(3), normal(2, 3), normal(2)], (x, w, b) => F.linear(x, w, b)],
  ['two leading dims', () => [normal(2, 2, 3), normal(2, 3), normal(2)], (x, w, b) => F.linear(x, w, b)],
  ['one feature to one', () => [normal(1, 1), normal(1, 1), normal(1)], (x, w, b) => F.linear(x, w, b)],
  ['no row', () => [normal(0, 3), normal(2, 3), normal(2)], (x, w, b) => F.linear(x, w, b)],
  ['a frozen weight', () => [normal(2, 3), normal(2, 3).detach(), normal(2)], (x, w, b) => F.linear(x, w, b)],
  ['a transposed input', () => [normal(3, 2), normal(2, 3), normal(2)], (x, w, b) => F.linear(x.t(), w, b)],
  ['the weight used twice', () => [normal(2, 2), normal(2, 2)], (x, w) => F.linear(F.linear(x, w), w)],
]);
