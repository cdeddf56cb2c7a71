import { nn, type Tensor } from 'tinygrad-ts';
import { channelsLast, checkOp, normal } from './check-op.ts';

const F = nn.functional;
type Options = Parameters<typeof F.conv2d>[3];

const conv =
  (options?: Options) =>
  (x: Tensor, weight: Tensor, bias: Tensor | null = null) =>
    F.conv2d(x, weight, bias, options);

checkOp('conv2d', 'conv2d', [
  ['one channel, kernel 3', () => [normal(1, 1, 4, 4), normal(1, 1, 3, 3), normal(1)], conv()],
  ['two images, two channels to three', () => [normal(2, 2, 3, 3), normal(3, 2, 2, 2), normal(3)], conv()],
  ['no bias', () => [normal(1, 2, 3, 3), normal(2, 2, 2, 2)], conv()],
  ['kernel 1', () => [normal(1, 3, 2, 2), normal(2, 3, 1, 1), normal(2)], conv()],
  ['a kernel as large as the input', () => [normal(1, 2, 3, 2), normal(2, 2, 3, 2), normal(2)], conv()],
  ['a kernel that is not square', () => [normal(1, 1, 3, 5), normal(2, 1, 1, 3), normal(2)], conv()],
  ['stride 2', () => [normal(1, 1, 5, 5), normal(2, 1, 3, 3), normal(2)], conv({ stride: 2 })],
  ['stride 2 with a rest', () => [normal(1, 1, 6, 4), normal(1, 1, 3, 3), normal(1)], conv({ stride: 2 })],
  ['stride larger than the kernel', () => [normal(1, 1, 5, 5), normal(1, 1, 2, 2)], conv({ stride: 3 })],
  ['stride [1, 2]', () => [normal(1, 1, 4, 5), normal(1, 1, 2, 2), normal(1)], conv({ stride: [1, 2] })],
  ['padding 1', () => [normal(1, 2, 3, 3), normal(2, 2, 3, 3), normal(2)], conv({ padding: 1 })],
  ['padding [0, 2]', () => [normal(1, 1, 3, 3), normal(1, 1, 2, 3), normal(1)], conv({ padding: [0, 2] })],
  ['padding wider than the kernel', () => [normal(1, 1, 2, 2), normal(1, 1, 2, 2)], conv({ padding: 3 })],
  ["padding 'valid'", () => [normal(1, 1, 4, 4), normal(1, 1, 3, 3)], conv({ padding: 'valid' })],
  [
    "padding 'same', odd kernel",
    () => [normal(1, 1, 4, 3), normal(1, 1, 3, 3), normal(1)],
    conv({ padding: 'same' }),
  ],
  [
    "padding 'same', even kernel",
    () => [normal(1, 1, 4, 3), normal(1, 1, 2, 4), normal(1)],
    conv({ padding: 'same' }),
  ],
  [
    "padding 'same', dilation 2",
    () => [normal(1, 1, 4, 4), normal(1, 1, 3, 2)],
    conv({ padding: 'same', dilation: 2 }),
  ],
  ['dilation 2', () => [normal(1, 1, 5, 5), normal(1, 1, 3, 3), normal(1)], conv({ dilation: 2 })],
  ['dilation [1, 2]', () => [normal(1, 1, 3, 5), normal(2, 1, 2, 2)], conv({ dilation: [1, 2] })],
  ['two groups', () => [normal(1, 4, 3, 3), normal(2, 2, 2, 2), normal(2)], conv({ groups: 2 })],
  [
    'two groups, more outputs',
    () => [normal(1, 2, 3, 3), normal(4, 1, 2, 2), normal(4)],
    conv({ groups: 2 }),
  ],
  ['depthwise', () => [normal(1, 3, 3, 3), normal(3, 1, 2, 2), normal(3)], conv({ groups: 3 })],
  [
    'depthwise, two outputs per channel',
    () => [normal(1, 2, 3, 3), normal(4, 1, 3, 3)],
    conv({ groups: 2, padding: 1 }),
  ],
  [
    'stride, padding, dilation and groups at once',
    () => [normal(2, 2, 5, 6), normal(2, 1, 2, 3), normal(2)],
    conv({ stride: [2, 1], padding: [1, 2], dilation: [2, 1], groups: 2 }),
  ],
  ['one element', () => [normal(1, 1, 1, 1), normal(1, 1, 1, 1), normal(1)], conv()],
  ['no image', () => [normal(0, 1, 3, 3), normal(2, 1, 2, 2), normal(2)], conv()],
  ['an image without batch', () => [normal(2, 3, 3), normal(2, 2, 2, 2), normal(2)], conv()],
  [
    'channels innermost',
    () => [normal(1, 2, 3, 3), normal(2, 2, 2, 2)],
    (x, w) => conv()(channelsLast(x), w),
  ],
  [
    'a weight with channels innermost',
    () => [normal(1, 2, 3, 3), normal(3, 2, 2, 2)],
    (x, w) => conv()(x, channelsLast(w)),
  ],
  ['a frozen weight', () => [normal(1, 1, 3, 3), normal(1, 1, 2, 2).detach()], conv()],
  ['an input without gradient', () => [normal(1, 1, 3, 3).detach(), normal(1, 1, 2, 2), normal(1)], conv()],
  [
    'two convs with one weight',
    () => [normal(1, 1, 4, 4), normal(1, 1, 2, 2)],
    (x, w) => conv()(conv()(x, w), w),
  ],
]);
