import { AutogradError, DTypeError, nn, noGrad, ShapeError, Tensor, TensorError } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const wrong = (value: unknown) => value as never;
const ones = (...shape: number[]) => Tensor.ones(shape);
const ints = () => Tensor.ones([2, 3], { dtype: 'int32' });

describe('an error names the op that was called, and the shapes that were given', () => {
  it.each<[() => unknown, string, ...(readonly string[])]>([
    [() => ones(2).matmul(ones(3)), 'matmul', '[2]', '[3]'],
    [() => ones(2).matmul(ones(3, 4)), 'matmul', '[2]', '[3, 4]'],
    [() => ones(2, 3).matmul(ones(2)), 'matmul', '[2, 3]', '[2]'],
    [() => ones(2, 3, 4).matmul(ones(3, 4, 5)), 'matmul', '[2, 3, 4]', '[3, 4, 5]'],
    [() => ones().matmul(ones(3)), 'matmul', '[]', '[3]'],
    [() => ints().matmul(ints()), 'matmul', 'int32'],
    [() => ones(2).add(ones(3)), 'add', '[2]', '[3]'],
    [() => ones(2).lt(ones(3)), 'lt', '[2]', '[3]'],
    [() => Tensor.where(ones(2).gt(0), ones(3), 1), 'where', '[2]', '[3]'],
    [() => Tensor.stack([ones(2), ones(3)]), 'stack', '[2]', '[3]'],
    [() => Tensor.stack([ones(2)], 3), 'stack', '3'],
    [() => Tensor.cat([ones(2), ones(2, 3)]), 'cat', '[2]', '[2, 3]'],
    [() => ones(2, 3).select(0, 5), 'select', '5', 'size 2'],
    [() => ones().select(0, 0), 'select', 'size 0'],
    [() => ints().std(), 'std', 'int32'],
    [() => ints().var(), 'var', 'int32'],
    [() => ints().mean(1), 'mean', 'int32'],
    [() => ones(2, 0).max(1), 'max', '[2, 0]'],
    [() => ones(2, 0, 3).max([0, 1]), 'max', '[2, 0, 3]'],
    [() => ones(2, 0).min(), 'min', '[2, 0]'],
    [() => ones(2, 0).argmin(1), 'argmin', '[2, 0]'],
    [() => ones(2, 0, 3).argmax([1, 2]), 'argmax', '[2, 0, 3]'],
    [() => ones(2, 3, 4).t(), 't', '[2, 3, 4]'],
    [() => ones(2, 3).transpose(0, 2), 'transpose', '2'],
    [() => ones(2, 3).permute(0, 0), 'permute', '[2, 3]', '[0, 0]'],
    [() => ones(2, 3).reshape(4, -1), 'reshape', '[4, -1]', '[2, 3]'],
    [() => ones(2, 3).view(4), 'view', '[4]', '[2, 3]'],
    [() => ones(2, 3).expand(2, 2), 'expand', '[2, 3]', '[2, 2]'],
    [() => ones(2, 3).flatten(1, 0), 'flatten', '1', '0'],
    [() => ones(2, 3).squeeze(4), 'squeeze', '4'],
    [() => ones(2, 3).unsqueeze(4), 'unsqueeze', '4'],
    [() => ones(2, 3).softmax(2), 'softmax', '2'],
    [() => ints().logSoftmax(1), 'logSoftmax', 'int32'],
    [() => ones(2).add_(ones(2, 2)), 'add_', '[2]', '[2, 2]'],
    [() => ones(2).sub_(ones(3)), 'sub_', '[2]', '[3]'],
    [() => ones(2).copy_(ones(3)), 'copy_', '[2]', '[3]'],
    [() => ints().div_(2), 'div_', 'int32'],
    [() => ones(2).requiresGrad_().fill_(1), 'fill_', 'leaf'],
    [() => ones(2).requiresGrad_().zero_(), 'zero_', 'leaf'],
    [() => ones(2).item(), 'item', '[2]'],
    [() => ones(2).requiresGrad_().mul(2).backward(), 'backward', '[2]'],
    [() => ones(2).requiresGrad_().mul(2).backward(ones(3)), 'backward', '[2]', '[3]'],
  ])('%s', (call, op, ...parts) => {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TensorError);
    const { message } = error as TensorError;
    expect(message.startsWith(`${op}: `), message).toBe(true);
    for (const part of parts) expect(message).toContain(part);
  });
});

describe('what is no tensor', () => {
  it.each<[unknown, string]>([
    ['3', "'3'"],
    [true, 'true'],
    [3n, 'the bigint 3n'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new nn.ReLU(), 'ReLU'],
    [Math.sin, 'the function sin'],
    [Promise.resolve(1), 'Promise; await it first'],
    [[1, 2], '[1, 2]; make one with Tensor.from'],
    [new Float32Array(2), 'Float32Array; make one with Tensor.from'],
    [Symbol('s'), 'Symbol(s)'],
  ])('is told by name: %o', (value, text) => {
    const x = ones(2);
    for (const op of ['add', 'sub', 'mul', 'div', 'pow', 'eq', 'lt', 'add_', 'copy_'] as const) {
      expect(() => x[op](wrong(value))).toThrow(`${op}: expected a tensor or a number, got ${text}`);
    }
    expect(() => x.matmul(wrong(value))).toThrow(`matmul: expected a tensor, got ${text}`);
    expect(() => Tensor.cat(wrong([x, value]))).toThrow(`cat: expected a tensor, got ${text}`);
    expect(() => x.allclose(wrong(value))).toThrow(`allclose: expected a tensor, got ${text}`);
  });
});

describe('what is no number', () => {
  it.each<[() => unknown, RegExp]>([
    [() => ones(2).select(0, NaN), /^select: index NaN/],
    [() => ones(2).select(wrong('0'), 0), /^select: .*got '0'/],
    [() => ones(2).slice(0, wrong('1')), /^slice: expected start to be an integer, got '1'/],
    [() => ones(2).slice(0, 0, NaN), /^slice: expected end to be an integer, got NaN/],
    [() => ones(2).slice(0, 0, 1, wrong(null)), /^slice: step .*null/],
    [() => ones(2).reshape(wrong('2')), /^reshape: expected integers, or one array .*'2'/],
    [() => ones(2).reshape(wrong(new Int32Array([2]))), /^reshape: .*got Int32Array/],
    [() => ones(2).reshape(wrong([2]), 1), /^reshape: .*got \[\[2\], 1\]/],
    [() => ones(2).expand(wrong(null)), /^expand: .*null/],
    [() => ones(2).permute(wrong('0')), /^permute: .*'0'/],
    [() => ones(2).fill_(wrong('1')), /^fill_: expected value to be a number, got '1'/],
    [() => ones(2).clamp({ min: wrong('1') }), /^clamp: expected min to be a number, got '1'/],
    [() => ones(2).clamp_({ max: wrong(null) }), /^clamp_: expected max to be a number, got null/],
    [() => ones(2).clamp(wrong(1)), /^clamp: expected an options object such as { min: … }, got 1/],
    [() => ones(2).allclose(ones(2), { rtol: NaN }), /^allclose: expected rtol to be a number >= 0, got NaN/],
    [() => ones(2).allclose(ones(2), { atol: -1 }), /^allclose: expected atol to be a number >= 0, got -1/],
    [() => ones(2).sum(wrong('0')), /^sum: .*got '0'/],
    [() => ones(2).sum(NaN), /^sum: Dimension out of range .*NaN/],
    [() => ones(2).sum({ keepdim: wrong(1) }), /^sum: expected keepdim to be true or false, got 1/],
    [() => ones(2).sum({ dim: wrong({}) }), /^sum: expected dim to be an integer or an array of them/],
    [() => ones(2).var({ correction: NaN }), /^var: expected correction to be a finite number, got NaN/],
    [
      () => ones(2).std({ correction: wrong('1') }),
      /^std: expected correction to be a finite number, got '1'/,
    ],
    [() => ones(2).softmax(wrong(undefined)), /^softmax: .*undefined/],
    [() => ones(2).squeeze(wrong({})), /^squeeze: expected dim to be an integer or an array/],
    [() => ones(2).requiresGrad_(wrong(1)), /^requiresGrad_: .*true or false, got 1/],
    [() => Object.assign(ones(2), { requiresGrad: 'yes' }), /^requiresGrad: .*true or false, got 'yes'/],
    [() => Object.assign(ones(2).requiresGrad_(), { grad: 3 }), /^grad: expected a tensor, got 3/],
    [() => noGrad(wrong(3)), /^noGrad: .*a function, got 3/],
    [() => ones(2).backward(wrong('x')), /^backward: expected a tensor, got 'x'/],
    [() => ones(2).backward(wrong({ retainGraph: true })), /call x\.backward\(null, { retainGraph: true }\)/],
    [() => ones(2).backward(null, { retainGraph: wrong(1) }), /^backward: expected retainGraph to be true/],
  ])('is told by name: %s', (call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(TensorError);
  });

  it('is no operand of an int32 that cannot hold it, but a divisor', () => {
    const x = Tensor.from([1, -2], { dtype: 'int32' });
    for (const op of ['add', 'sub', 'mul', 'pow', 'eq', 'lt'] as const) {
      expect(() => x[op](2 ** 40)).toThrow(`${op}: value 1099511627776 cannot be converted to type int32`);
    }
    expect(() => x.clamp({ max: 2 ** 31 })).toThrow(/^clamp: value 2147483648 cannot be converted/);
    expect(Tensor.where(x.gt(0), x, 1.5).toArray()).toEqual([1, 1.5]);
    expect(() => Tensor.where(x.gt(0), x, 2 ** 31)).toThrow(/^where: value 2147483648 cannot be converted/);
    expect(x.div(2 ** 40).toArray()).toEqual([2 ** -40, -(2 ** -39)]);
    expect(x.add(NaN).toArray()).toEqual([NaN, NaN]);
    expect(x.mul(Infinity).toArray()).toEqual([Infinity, -Infinity]);
  });
});

it('keeps its class: shapes, dtypes and the tape have errors of their own', () => {
  expect(() => ones(2).add(ones(3))).toThrow(ShapeError);
  expect(() => ints().mean()).toThrow(DTypeError);
  expect(() => ones(2).backward()).toThrow(AutogradError);
});
