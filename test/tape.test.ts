import {
  ArgumentError,
  AutogradError,
  enableGrad,
  isGradEnabled,
  nn,
  noGrad,
  optim,
  ShapeError,
  Tensor,
} from 'tinygrad-ts';
import { afterEach, describe, expect, it } from 'vitest';
import { neg } from '../src/ops/neg.ts';
import { defineOp } from '../src/ops/op.ts';
import { apply } from '../src/tape.ts';

const F = nn.functional;

const leaf = (values: number | readonly (number | readonly number[])[]) =>
  Tensor.from(values as number[], { requiresGrad: true });
const gradient = (x: Tensor) => x.grad?.toArray();

const secondTime = /Trying to backward through the graph a second time/;
const modified =
  /one of the variables needed for gradient computation has been modified by an inplace operation/;

afterEach(() => expect(isGradEnabled()).toBe(true));

describe('backward', () => {
  it('goes a chain of 150,000 ops forward and back, and frees it', () => {
    const x = leaf([1, 2]);
    let y: Tensor = x;
    for (let i = 0; i < 150_000; i++) y = i % 2 === 0 ? y.mul(-1) : y.add(0.5);
    const root = y.sum();
    root.backward();
    expect(gradient(x)).toEqual([1, 1]);
    expect(() => root.backward()).toThrow(secondTime);
  });

  it('prints a chain of 150,000 ops, and forgets it without a word', () => {
    let y: Tensor = leaf(1);
    for (let i = 0; i < 150_000; i++) y = y.neg();
    expect(y.tape().split('\n').length).toBe(150_000);
  });

  it('adds up over two calls on two graphs', () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    x.mul(4).sum().backward();
    expect(gradient(x)).toEqual([7, 7]);
  });

  it('throws the second time through one graph', () => {
    const x = leaf([1, 2]);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(AutogradError);
    expect(() => y.backward()).toThrow(
      /Trying to backward through the graph a second time \(or directly access saved tensors after they have already been freed\)\. Saved intermediate values of the graph are freed when you call \.backward\(\)/,
    );
    expect(gradient(x)).toEqual([2, 4]);
  });

  it('throws where part of the graph was gone through before', () => {
    const x = leaf([1, 2]);
    const shared = x.exp();
    shared.sum().backward();
    const before = gradient(x);
    expect(() => shared.mul(2).sum().backward()).toThrow(secondTime);
    expect(gradient(x)).toEqual(before);
  });

  it('goes through a graph again with retainGraph', () => {
    const x = leaf([1, 2]);
    const y = x.mul(x).sum();
    y.backward(null, { retainGraph: true });
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(gradient(x)).toEqual([6, 12]);
    expect(() => y.backward()).toThrow(secondTime);
  });

  it('goes through a shared part twice with retainGraph', () => {
    const x = leaf([1, 2]);
    const shared = x.mul(x);
    shared.sum().backward(null, { retainGraph: true });
    shared.mul(2).sum().backward();
    expect(gradient(x)).toEqual([6, 12]);
  });

  it('adds up the two sides of a diamond', () => {
    const x = leaf([2, 3]);
    const y = x.mul(x);
    y.mul(2).add(y.mul(y)).sum().backward();
    // d(2x² + x⁴) = 4x + 4x³
    expect(gradient(x)).toEqual([40, 120]);
  });

  it('visits a record after all that used it, also where one path is longer', () => {
    const x = leaf(3);
    const y = x.mul(2);
    y.add(y.neg().neg().neg()).add(y.mul(y)).backward();
    expect(gradient(x)).toBe(24);
  });

  it('doubles and doubles through a ladder of diamonds', () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 50; i++) y = y.add(y);
    y.backward();
    expect(gradient(x)).toBe(2 ** 50);
  });

  it('adds up a fan of many uses', () => {
    const x = leaf([1, 2]);
    const uses = Array.from({ length: 100 }, (_, i) => x.mul(i));
    Tensor.stack(uses).sum().backward();
    expect(gradient(x)).toEqual([4950, 4950]);
  });

  it('takes the gradient of the result', () => {
    const x = leaf([1, 2]);
    x.mul(x).backward(Tensor.from([1, 10]));
    expect(gradient(x)).toEqual([2, 40]);
  });

  it('leaves the given gradient alone', () => {
    const x = leaf([1, 2]);
    const given = Tensor.from([1, 10]);
    x.backward(given);
    x.backward(given);
    expect(gradient(x)).toEqual([2, 20]);
    expect(given.toArray()).toEqual([1, 10]);
    given.mul_(5);
    expect(gradient(x)).toEqual([2, 20]);
  });

  it.each([
    ['sum', (x: Tensor) => x.sum({ dim: 0, keepdim: true })],
    ['mean', (x: Tensor) => x.mean({ dim: 0, keepdim: true })],
    ['var', (x: Tensor) => x.var({ dim: 0, keepdim: true })],
    ['max', (x: Tensor) => x.max({ dim: 0, keepdim: true }).values],
    ['linear', (x: Tensor) => F.linear(x, Tensor.arange(9).reshape(3, 3))],
    ['matmul', (x: Tensor) => x.matmul(Tensor.arange(9).reshape(3, 3))],
    ['softmax', (x: Tensor) => x.softmax(1)],
    ['reshape', (x: Tensor) => x.reshape(2, 2, 3, 2)],
    ['mul', (x: Tensor) => x.mul(Tensor.arange(3))],
    ['conv2d', (x: Tensor) => F.conv2d(x, Tensor.arange(4).reshape(1, 2, 2, 1))],
  ])('does not care how the gradient given to %s lies in memory', (_, run) => {
    const gradientWith = (layout: (g: Tensor) => Tensor) => {
      const x = Tensor.arange(24).reshape(2, 2, 2, 3).detach().requiresGrad_();
      const y = run(x);
      y.backward(layout(Tensor.arange(y.numel()).reshape(y.shape)));
      return gradient(x);
    };
    // Pooling leaves the channels innermost.
    expect(gradientWith(g => F.avgPool2d(g, 1))).toEqual(gradientWith(g => g));
  });

  it('starts from a one-element tensor without a gradient given', () => {
    const x = leaf([[3]]);
    x.mul(x).backward();
    expect(gradient(x)).toEqual([[6]]);
  });

  it('gives a gradient to leaves alone', () => {
    const x = leaf([1]);
    const y = x.mul(2);
    y.sum().backward();
    expect(y.grad).toBeNull();
  });

  it('throws for a result that is no scalar, without a gradient', () => {
    const y = leaf([1, 2]).mul(2);
    expect(() => y.backward()).toThrow(AutogradError);
    expect(() => y.backward()).toThrow(/grad can be implicitly created only for scalar outputs.*\[2\]/);
  });

  it('throws for a gradient of another shape or dtype', () => {
    const y = leaf([1, 2]).mul(2);
    expect(() => y.backward(Tensor.ones([3]))).toThrow(ShapeError);
    expect(() => y.backward(Tensor.ones([3]))).toThrow(/\[3\].*\[2\]/);
    expect(() => y.backward(Tensor.ones([2], { dtype: 'float64' }))).toThrow(/dtype float32, got float64/);
  });

  it('throws for a tensor without graph', () => {
    expect(() => Tensor.ones([1]).backward()).toThrow(
      /element 0 of tensors does not require grad and does not have a grad_fn/,
    );
    expect(() => noGrad(() => leaf([1]).mul(2)).backward()).toThrow(AutogradError);
  });

  it('throws for an unknown option', () => {
    const options: object = { retain_graph: true };
    expect(() => leaf(1).mul(2).backward(null, options)).toThrow(ArgumentError);
  });

  it('gives no gradient to what has no part in the result', () => {
    const [x, other] = [leaf([1]), leaf([2])];
    other.mul(2);
    x.mul(2).sum().backward();
    expect(other.grad).toBeNull();
  });
});

describe('noGrad', () => {
  it('leaves no record', () => {
    const y = noGrad(() => leaf([1]).mul(2));
    expect(y.requiresGrad).toBe(false);
    expect(y.gradFn).toBeNull();
  });

  it('nests, with enableGrad too', () => {
    const seen: boolean[] = [];
    const note = () => seen.push(isGradEnabled());
    noGrad(() => {
      note();
      noGrad(note);
      note();
      enableGrad(() => {
        note();
        noGrad(note);
        note();
      });
      note();
    });
    note();
    expect(seen).toEqual([false, false, false, true, false, true, false, true]);
  });

  it('returns what the function returns', () => {
    expect(noGrad(() => 7)).toBe(7);
  });

  it('is over after an exception', () => {
    const failing = () => {
      throw new Error('from inside');
    };
    expect(() => noGrad(failing)).toThrow('from inside');
    expect(isGradEnabled()).toBe(true);
    noGrad(() => {
      expect(() => enableGrad(failing)).toThrow('from inside');
      expect(isGradEnabled()).toBe(false);
    });
  });

  it('takes no async function', () => {
    expect(() => noGrad(async () => 1)).toThrow(ArgumentError);
    expect(() => enableGrad(async () => 1)).toThrow(/synchronous function/);
    expect(isGradEnabled()).toBe(true);
  });

  it('lets leaves made inside require a gradient', () => {
    const x = noGrad(() => Tensor.ones([2], { requiresGrad: true }));
    x.mul(3).sum().backward();
    expect(gradient(x)).toEqual([3, 3]);
  });

  it('does not cut a graph that was built before', () => {
    const x = leaf([1]);
    const y = x.mul(2).sum();
    noGrad(() => y.backward());
    expect(gradient(x)).toEqual([2]);
  });
});

describe('a change in place', () => {
  it('of a value that backward needs is noticed: exp, then mul_', () => {
    const y = leaf([1, 2]).exp();
    y.mul_(2);
    expect(() => y.sum().backward()).toThrow(AutogradError);
    expect(() => leafExpChanged().backward()).toThrow(modified);
    expect(() => leafExpChanged().backward()).toThrow(/is at version 1; expected version 0 instead/);
    function leafExpChanged(): Tensor {
      const z = leaf([1, 2]).exp();
      z.mul_(2);
      return z.sum();
    }
  });

  it('of the weight of a conv before its backward is noticed', () => {
    const [x, weight] = [
      Tensor.ones([1, 1, 3, 3], { requiresGrad: true }),
      Tensor.ones([1, 1, 2, 2], { requiresGrad: true }),
    ];
    const y = F.conv2d(x, weight).sum();
    noGrad(() => weight.mul_(2));
    expect(() => y.backward()).toThrow(modified);
  });

  it('of the weight of a conv passes where the input needs no gradient', () => {
    const [x, weight] = [Tensor.ones([1, 1, 3, 3]), Tensor.ones([1, 1, 2, 2], { requiresGrad: true })];
    const y = F.conv2d(x, weight).sum();
    noGrad(() => weight.mul_(2));
    y.backward();
    expect(gradient(weight)).toEqual([
      [
        [
          [4, 4],
          [4, 4],
        ],
      ],
    ]);
  });

  it.each([
    ['mul', (x: Tensor, w: Tensor) => x.mul(w)],
    ['div', (x: Tensor, w: Tensor) => x.div(w)],
    ['pow', (x: Tensor, w: Tensor) => x.pow(w)],
    ['matmul', (x: Tensor, w: Tensor) => x.matmul(w)],
    ['linear', (x: Tensor, w: Tensor) => F.linear(x, w)],
  ])('of the right operand of %s is noticed', (_, run) => {
    const [x, w] = [
      leaf([
        [1, 2],
        [3, 4],
      ]),
      leaf([
        [1, 2],
        [3, 4],
      ]),
    ];
    const y = run(x, w).sum();
    noGrad(() => w.add_(1));
    expect(() => y.backward()).toThrow(modified);
  });

  it.each([
    ['relu', (x: Tensor) => x.relu()],
    ['sigmoid', (x: Tensor) => x.sigmoid()],
    ['tanh', (x: Tensor) => x.tanh()],
    ['sqrt', (x: Tensor) => x.sqrt()],
    ['softmax', (x: Tensor) => x.softmax(0)],
    ['logSoftmax', (x: Tensor) => x.logSoftmax(0)],
  ])('of the result of %s is noticed', (_, run) => {
    const y = run(leaf([1, 2]));
    y.add_(1);
    expect(() => y.sum().backward()).toThrow(modified);
  });

  it('of running statistics between an evaluation and its backward is noticed', () => {
    const [mean, variance] = [Tensor.zeros([2]), Tensor.ones([2])];
    const x = leaf([
      [1, 2],
      [3, 4],
    ]);
    const y = F.batchNorm(x, mean, variance).sum();
    variance.mul_(2);
    expect(() => y.backward()).toThrow(modified);
  });

  it('of running statistics by a training batch leaves an earlier evaluation its own', () => {
    const [mean, variance] = [Tensor.zeros([2]), Tensor.ones([2])];
    const x = Tensor.ones([2, 2], { requiresGrad: true });
    const y = F.batchNorm(x, mean, variance).sum();
    F.batchNorm(Tensor.from([1, 2, 3, 5], { shape: [2, 2] }), mean, variance, { training: true });
    expect(mean.allclose(Tensor.from([0.2, 0.35]))).toBe(true);
    y.backward();
    // 1 / √(1 + 1e-5)
    expect(x.grad?.allclose(Tensor.full([2, 2], 0.999995), { rtol: 1e-7 })).toBe(true);
  });

  it('by an optimizer between forward and backward is noticed', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])];
    const y = x.mul(w).sum();
    w.grad = Tensor.ones([2]);
    new optim.SGD([w], { lr: 0.1 }).step();
    expect(() => y.backward()).toThrow(modified);
  });

  it('of a value that backward does not need passes: add, then mul_', () => {
    const x = leaf([1, 2]);
    const y = x.add(1);
    y.mul_(3);
    y.sum().backward();
    expect(y.toArray()).toEqual([6, 9]);
    expect(gradient(x)).toEqual([3, 3]);
  });

  it('of an operand that was only added passes', () => {
    const x = leaf([1, 2]);
    const a = x.mul(2);
    const y = a.add(x);
    a.mul_(5);
    y.sum().backward();
    expect(gradient(x)).toEqual([3, 3]);
  });

  it('by relu_ in the middle of a graph gives the right gradients', () => {
    const x = leaf([-1, 2, 3]);
    const y = x.mul(2);
    const returned = y.relu_();
    expect(returned).toBe(y);
    y.mul(Tensor.from([10, 20, 30]))
      .sum()
      .backward();
    expect(y.toArray()).toEqual([0, 4, 6]);
    expect(gradient(x)).toEqual([0, 40, 60]);
  });

  it('by relu_ after batch norm, as in a residual block, gives those of relu', () => {
    const run = (activation: (x: Tensor) => Tensor) => {
      const x = Tensor.arange(8).sub(3.5).reshape(2, 2, 1, 2).detach().requiresGrad_();
      const y = activation(F.batchNorm(x, null, null, { training: true }));
      y.mul(y)
        .mul(Tensor.arange(8).reshape(2, 2, 1, 2))
        .sum()
        .backward();
      return gradient(x);
    };
    expect(run(x => x.relu_())).toEqual(run(x => x.relu()));
  });

  it('is a record of its own: the graph before it goes on', () => {
    const x = leaf([2]);
    const y = x.mul(3);
    const before = y.add(0);
    y.add_(x);
    before.add(y).sum().backward();
    expect(gradient(x)).toEqual([7]);
  });

  it('of a leaf that requires a gradient throws, and works inside noGrad', () => {
    const x = leaf([1, 2]);
    expect(() => x.mul_(2)).toThrow(AutogradError);
    expect(() => x.add_(1)).toThrow(
      /a leaf Variable that requires grad is being used in an in-place operation/,
    );
    expect(x.toArray()).toEqual([1, 2]);
    noGrad(() => x.mul_(2));
    expect(x.toArray()).toEqual([2, 4]);
    expect(x.isLeaf && x.requiresGrad).toBe(true);
  });

  it('of a plain tensor by one that requires a gradient puts it on the tape', () => {
    const x = leaf([1, 2]);
    const total = Tensor.zeros([2]);
    total.add_(x).add_(x);
    expect(total.gradFn).toBe('AddBackward');
    total.sum().backward();
    expect(gradient(x)).toEqual([2, 2]);
  });

  it('that does not fit changes nothing', () => {
    const x = Tensor.from([1, 2]);
    expect(() => x.add_(Tensor.ones([2, 2]))).toThrow(ShapeError);
    expect(() => x.add_(Tensor.ones([3]))).toThrow(ShapeError);
    expect(x.toArray()).toEqual([1, 2]);
    const y = leaf([1, 2]).exp();
    expect(() => y.mul_(Tensor.ones([3]))).toThrow(ShapeError);
    y.sum().backward();
  });
});

describe('views are values', () => {
  const views: [string, (x: Tensor) => Tensor][] = [
    ['view', x => x.view(4)],
    ['reshape', x => x.reshape(4)],
    ['flatten', x => x.flatten()],
    ['unsqueeze', x => x.unsqueeze(0)],
    ['squeeze', x => x.squeeze()],
    ['detach', x => x.detach()],
    ['transpose', x => x.t()],
    ['expand', x => x.expand(2, 2)],
    ['slice', x => x.slice(0)],
    ['clone', x => x.clone()],
  ];
  const numbers = [
    [1, 2],
    [3, 4],
  ];

  it.each(views)('a change in place of %s never changes x', (_, view) => {
    const x = Tensor.from(numbers);
    view(x).mul_(10);
    expect(x.toArray()).toEqual(numbers);
  });

  it.each(views)('a write through .data of %s never changes x', (_, view) => {
    const x = Tensor.from(numbers);
    const y = view(x);
    y.data[0] = 99;
    expect(x.toArray()).toEqual(numbers);
    expect(y.data[0]).toBe(99);
  });

  it.each(views)('a change of x never changes %s', (_, view) => {
    const x = Tensor.from(numbers);
    const y = view(x);
    const before = y.toArray();
    x.mul_(10);
    x.data[0] = 99;
    expect(y.toArray()).toEqual(before);
    expect(x.data[0]).toBe(99);
  });

  it('a change of a view leaves what backward needs of x alone', () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    y.view(1, 2).mul_(100);
    y.sum().backward();
    expect((gradient(x) as number[])[0]).toBeCloseTo(Math.E, 5);
  });

  it('a parameter viewed before an optimizer step moves, the view stays', () => {
    const p = leaf([1, 2]);
    const kept = p.detach();
    p.mul(p).sum().backward();
    new optim.SGD([p], { lr: 0.5 }).step();
    expect(p.toArray()).toEqual([0, 0]);
    expect(kept.toArray()).toEqual([1, 2]);
  });
});

describe('grad', () => {
  const ready = () => {
    const p = leaf([1, 2]);
    p.mul(4).sum().backward();
    return p;
  };

  it('is one and the same tensor each time', () => {
    const p = ready();
    expect(p.grad).toBe(p.grad);
    const { grad } = p;
    p.mul(4).sum().backward();
    expect(p.grad).toBe(grad);
    expect(grad?.toArray()).toEqual([8, 8]);
  });

  it('changed in place is seen by the optimizer', () => {
    const p = ready();
    p.grad?.mul_(0.5);
    new optim.SGD([p], { lr: 1 }).step();
    expect(p.toArray()).toEqual([-1, 0]);
  });

  it('changed in place is what a later backward adds to', () => {
    const p = ready();
    p.grad?.mul_(0.5);
    p.mul(4).sum().backward();
    expect(gradient(p)).toEqual([6, 6]);
  });

  it('written through .data is what a later backward adds to', () => {
    const p = ready();
    p.grad?.data.fill(1);
    p.mul(4).sum().backward();
    expect(gradient(p)).toEqual([5, 5]);
  });

  it('copied before a later backward stays as it was', () => {
    const p = ready();
    const [clone, detached, viewed] = [p.grad?.clone(), p.grad?.detach(), p.grad?.view(2, 1)];
    p.mul(4).sum().backward();
    expect(clone?.toArray()).toEqual([4, 4]);
    expect(detached?.toArray()).toEqual([4, 4]);
    expect(viewed?.toArray()).toEqual([[4], [4]]);
    expect(gradient(p)).toEqual([8, 8]);
  });

  // Each as in PyTorch 2.13.
  describe('of a leaf that is frozen for a while', () => {
    const once = () => {
      const w = leaf([1, 2]);
      w.mul(3).sum().backward();
      w.requiresGrad = false;
      return w;
    };

    it('stays, and is added to afterwards', () => {
      const w = once();
      const before = w.grad;
      expect(gradient(w)).toEqual([3, 3]);
      w.requiresGrad = true;
      w.mul(5).sum().backward();
      expect(gradient(w)).toEqual([8, 8]);
      expect(w.grad).toBe(before);
    });

    it('takes what was recorded before', () => {
      const w = leaf([1, 2]);
      const y = w.mul(7).sum();
      w.requiresGrad = false;
      w.requiresGrad = true;
      y.backward();
      expect(gradient(w)).toEqual([7, 7]);
    });

    it('takes nothing meanwhile, from no graph', () => {
      const [w, v] = [leaf([1, 2]), leaf([5, 6])];
      const y = w.mul(7);
      w.requiresGrad = false;
      y.add(w).add(v).sum().backward();
      expect([w.grad, gradient(v)]).toEqual([null, [1, 1]]);
      w.requiresGrad = true;
      expect(w.grad).toBeNull();
    });

    it('can be set and set to null', () => {
      const w = once();
      w.grad = Tensor.from([1, 1]);
      w.requiresGrad = true;
      w.mul(2).sum().backward();
      expect(gradient(w)).toEqual([3, 3]);
      w.requiresGrad = false;
      w.grad = null;
      w.requiresGrad = true;
      expect(w.grad).toBeNull();
    });

    it('is what an optimizer steps by', () => {
      const w = once();
      new optim.SGD([w], { lr: 1 }).step();
      expect(w.toArray()).toEqual([-2, -1]);
    });

    it('stays where the leaf becomes the result of an op in place', () => {
      const w = once();
      w.mul_(leaf([2, 2]));
      expect([w.requiresGrad, w.isLeaf, gradient(w)]).toEqual([true, false, [3, 3]]);
    });

    it('does not stop a graph from noticing that the leaf was changed', () => {
      const w = leaf([1, 2]);
      const y = w.mul(w).sum();
      w.requiresGrad = false;
      w.mul_(2);
      w.requiresGrad = true;
      expect(() => y.backward()).toThrow(modified);
    });
  });

  it('set to null starts anew', () => {
    const p = ready();
    p.grad = null;
    expect(p.grad).toBeNull();
    p.mul(3).sum().backward();
    expect(gradient(p)).toEqual([3, 3]);
  });

  it('set to a tensor is that tensor, and is added to', () => {
    const p = ready();
    const given = Tensor.from([10, 20]);
    p.grad = given;
    expect(p.grad).toBe(given);
    p.mul(3).sum().backward();
    expect(gradient(p)).toEqual([13, 23]);
  });

  it('set to a tensor with its channels innermost in memory steps the right elements', () => {
    const p = Tensor.zeros([1, 2, 2, 3], { requiresGrad: true });
    const given = Tensor.arange(12).sub(12).reshape(1, 2, 2, 3);
    p.grad = F.avgPool2d(given, 1);
    new optim.SGD([p], { lr: 1 }).step();
    expect(p.toArray()).toEqual(given.neg().toArray());
  });

  it('of a parameter whose .data was read between backward and step fits still', () => {
    const p = F.avgPool2d(Tensor.zeros([1, 2, 2, 3]), 1).requiresGrad_();
    const factor = Tensor.arange(12).sub(12).reshape(1, 2, 2, 3);
    p.mul(factor).sum().backward();
    expect(p.data.length).toBe(12);
    new optim.SGD([p], { lr: 1 }).step();
    expect(p.toArray()).toEqual(factor.neg().toArray());
  });

  it('takes no other shape or dtype, and none on a tensor without', () => {
    const p = ready();
    expect(() => {
      p.grad = Tensor.ones([3]);
    }).toThrow(ShapeError);
    expect(() => {
      p.grad = Tensor.ones([2], { dtype: 'float64' });
    }).toThrow(/float64/);
    expect(() => {
      Tensor.ones([2]).grad = Tensor.ones([2]);
    }).toThrow(AutogradError);
    expect(gradient(p)).toEqual([4, 4]);
  });

  it('needs no gradient itself', () => {
    expect(ready().grad?.requiresGrad).toBe(false);
  });

  it('of two leaves is never one memory', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])];
    a.add(b).sum().backward();
    a.grad?.mul_(10);
    expect(gradient(b)).toEqual([1, 1]);
  });
});

describe('leaves and results', () => {
  it('detach cuts the graph', () => {
    const x = leaf([2, 3]);
    const y = x.mul(2).detach();
    expect(y.requiresGrad).toBe(false);
    expect(y.isLeaf).toBe(true);
    x.mul(y).sum().backward();
    expect(gradient(x)).toEqual([4, 6]);
  });

  it('a detached tensor can become a leaf', () => {
    const x = leaf([2]);
    const y = x.mul(2).detach().requiresGrad_();
    y.mul(5).sum().backward();
    expect(gradient(y)).toEqual([5]);
    expect(x.grad).toBeNull();
  });

  it('requiresGrad_ on a result throws unless nothing changes', () => {
    const y = leaf([1]).mul(2);
    expect(() => y.requiresGrad_(false)).toThrow(AutogradError);
    expect(() => y.requiresGrad_(false)).toThrow(/you can only change requiresGrad flags of leaf variables/);
    expect(y.requiresGrad_(true)).toBe(y);
  });

  it('requiresGrad_ on integers throws', () => {
    expect(() => Tensor.ones([1], { dtype: 'int32' }).requiresGrad_()).toThrow(/floating point/);
  });

  it('know whether they are leaves and by which op they were made', () => {
    const x = leaf([1]);
    expect([x.isLeaf, x.gradFn]).toEqual([true, null]);
    const y = x.mul(2);
    expect([y.isLeaf, y.gradFn, y.requiresGrad]).toEqual([false, 'MulBackward', true]);
  });

  it('a discrete result is not on the tape', () => {
    const x = leaf([1, 2]);
    expect(x.gt(1).requiresGrad).toBe(false);
    expect(x.argmax().requiresGrad).toBe(false);
    expect(x.to('int32').requiresGrad).toBe(false);
    expect(x.max({ dim: 0 }).indices.requiresGrad).toBe(false);
  });

  it('print their tape, first computed first', () => {
    const x = leaf([
      [1, 2],
      [3, 4],
    ]);
    const h = x.matmul(Tensor.ones([2, 3])).relu();
    const y = h.mul(h).add(1).mean();
    expect(y.tape()).toMatchInlineSnapshot(`
      "%1 = MatmulBackward(leaf, ·) [2, 3] float32
      %2 = ReluBackward(%1) [2, 3] float32
      %3 = MulBackward(%2, %2) [2, 3] float32
      %4 = AddBackward(%3, ·) [2, 3] float32
      %5 = MeanBackward(%4) [] float32"
    `);
    expect(x.tape()).toBe('');
  });
});

describe('after an exception the tape is usable', () => {
  const throwing = defineOp({
    ...neg,
    backward() {
      throw new Error('from backward');
    },
  });
  const fails = (x: Tensor) => {
    const { array, source } = apply(throwing, [x], undefined);
    return new Tensor(array, source);
  };
  const works = (x: Tensor) => {
    x.grad = null;
    const y = x.mul(x).sum();
    y.backward();
    expect(gradient(x)).toEqual([2, 4]);
  };

  it('thrown in the middle of backward', () => {
    const x = leaf([1, 2]);
    expect(() => fails(x.mul(2)).exp().sum().backward()).toThrow('from backward');
    expect(isGradEnabled()).toBe(true);
    works(x);
  });

  it('thrown in the middle of forward', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect(() => y.add(Tensor.ones([3]))).toThrow(ShapeError);
    expect(() => y.matmul(Tensor.ones([3, 2]))).toThrow(ShapeError);
    y.sum().backward();
    expect(gradient(x)).toEqual([2, 2]);
    works(x);
  });

  it('thrown by a changed value, of which a new graph knows nothing', () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    y.mul_(2);
    expect(() => y.sum().backward()).toThrow(modified);
    works(x);
  });

  it('thrown for a wrong gradient, before anything is freed', () => {
    const x = leaf([1, 2]);
    const y = x.mul(x);
    expect(() => y.backward(Tensor.ones([3]))).toThrow(ShapeError);
    expect(() => y.backward()).toThrow(/scalar outputs/);
    y.backward(Tensor.ones([2]));
    expect(gradient(x)).toEqual([2, 4]);
  });
});
