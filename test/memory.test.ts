/** What users may count on: nobody disposes of anything, memory stays flat, and what can be reached is right. */
import {
  ArgumentError,
  configure,
  LifetimeError,
  manualSeed,
  nn,
  noGrad,
  OutOfMemoryError,
  optim,
  runtimeInfo,
  Tensor,
} from 'tinygrad-ts';
import { beforeEach, describe, expect, it } from 'vitest';

const F = nn.functional;
const steps = 5000;

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(4);
  fc = new nn.Linear(16, 3);
  /** Called with the feature maps of every forward. */
  watch: (h: Tensor) => void = () => {};

  override forward(x: Tensor): Tensor {
    const h = F.maxPool2d(this.bn.call(this.conv.call(x)).relu(), 2);
    this.watch(h);
    return F.logSoftmax(this.fc.call(h.view([x.shape[0]!, -1])), 1);
  }
}

const numbers = (t: Tensor) => Array.from(t.clone().data);
const bytesInUse = () => runtimeInfo().memory.bytesInUse;

/** The bytes in use after step 10 and after the last step, and by how much the process grew meanwhile. */
function measure(step: (i: number) => void, count = steps) {
  let early = 0;
  let rss = 0;
  for (let i = 1; i <= count; i++) {
    step(i);
    if (i === 10) early = bytesInUse();
    if (i === count / 5) rss = process.memoryUsage.rss();
  }
  return { early, late: bytesInUse(), grown: process.memoryUsage.rss() - rss };
}

function expectFlat({ early, late, grown }: ReturnType<typeof measure>) {
  expect(late).toBe(early);
  expect(grown).toBeLessThan(64 * 2 ** 20);
}

let model: Net;
let optimizer: optim.SGD;
let x: Tensor;
let target: Tensor;

beforeEach(() => {
  manualSeed(1);
  model = new Net();
  optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  x = Tensor.randn([2, 1, 4, 4]);
  target = Tensor.from([0, 2], { dtype: 'int32' });
});

function trainingStep(): number {
  optimizer.zeroGrad();
  const loss = F.nllLoss(model.call(x), target);
  loss.backward();
  optimizer.step();
  return loss.item();
}

describe('memory in a synchronous loop of 5,000 steps is that of the 10th', () => {
  it('when a network is trained', () => {
    expectFlat(measure(trainingStep));
  });

  it('when a network is trained on another batch every time', () => {
    const batches = Tensor.randn([7, 2, 1, 4, 4]);
    expectFlat(
      measure(i => {
        x = batches.select(0, i % 7);
        trainingStep();
      }),
    );
  });

  it('when a network is used under noGrad', () => {
    model.eval();
    expectFlat(measure(() => noGrad(() => model.call(x)).argmax({ dim: 1 })));
  });

  it('when a network is used, the graph is dropped, and nobody goes back', () => {
    expectFlat(measure(() => model.call(x).sum().item()));
  });

  it('when raw tensor code without a module is trained', () => {
    const w = Tensor.randn([16, 3], { requiresGrad: true });
    expectFlat(
      measure(() => {
        const loss = F.crossEntropy(x.view([2, 16]).matmul(w).relu(), target);
        w.grad = null;
        loss.backward();
        noGrad(() => w.sub_(w.grad!.mul(0.01)));
      }),
    );
  });

  it('when raw tensor code makes its leaves anew in every step', () => {
    expectFlat(
      measure(() => {
        const w = Tensor.randn([16, 3], { requiresGrad: true });
        x.view([2, 16]).matmul(w).exp().sum().backward();
      }),
    );
  });

  it('when models are made, trained for a step, and dropped', () => {
    expectFlat(
      measure(() => {
        const layer = new nn.Linear(16, 3);
        const sgd = new optim.SGD(layer.parameters(), { lr: 0.1, momentum: 0.9 });
        layer
          .call(x.view([2, 16]))
          .sum()
          .backward();
        sgd.step();
      }, 1000),
    );
  });

  it.each([
    ['inside of forward', 'forward'],
    ['between forward and backward', 'between'],
    ['before the optimizer steps', 'before step'],
  ])('when every seventh step throws %s', (_, place) => {
    let failing = false;
    const fail = (at: string) => {
      if (failing && at === place) throw new Error('on purpose');
    };
    model.watch = () => fail('forward');
    expectFlat(
      measure(i => {
        failing = i % 7 === 0;
        try {
          optimizer.zeroGrad();
          const loss = F.nllLoss(model.call(x), target);
          fail('between');
          loss.backward();
          fail('before step');
          optimizer.step();
          expect(failing).toBe(false);
        } catch (error) {
          if (!failing) throw error;
        }
      }),
    );
  });

  it('when gradients are looked at, and models are evaluated between steps', () => {
    expectFlat(
      measure(() => {
        trainingStep();
        expect(model.fc.bias!.grad!.shape).toEqual([3]);
        noGrad(() => model.eval().call(x));
        model.train();
      }, 1000),
    );
  });
});

describe('what user code can reach', () => {
  it('is right after backward and step: the loss, the output, and the results of earlier steps', () => {
    const kept: { output: Tensor; loss: Tensor; values: [number[], number] }[] = [];
    for (let i = 0; i < 20; i++) {
      optimizer.zeroGrad();
      const output = model.call(x);
      const loss = F.nllLoss(output, target);
      const values: [number[], number] = [numbers(output), loss.item()];
      loss.backward();
      optimizer.step();
      kept.push({ output, loss, values });
    }
    for (const { output, loss, values } of kept) {
      expect([numbers(output), loss.item()]).toEqual(values);
    }
    expect(new Set(kept.map(({ loss }) => loss.item())).size).toBe(20);
  });

  it('has the gradients of two losses on two graphs, whichever goes back first', () => {
    const both = (order: readonly [number, number]) => {
      model.zeroGrad();
      model.eval();
      const losses = [F.nllLoss(model.call(x), target), model.call(x.mul(2)).mean()];
      for (const i of order) losses[i]!.backward();
      return model.conv.weight.grad!.toArray();
    };
    expect(both([0, 1])).toEqual(both([1, 0]));
  });

  it('goes back through graphs that had to wait for many other passes', () => {
    const gradient = () => model.conv.weight.grad!.toArray();
    model.eval();
    const waiting = F.nllLoss(model.call(x), target);
    for (let i = 0; i < 30; i++) noGrad(() => model.call(x));
    model.zeroGrad();
    waiting.backward();
    const late = gradient();
    model.zeroGrad();
    F.nllLoss(model.call(x), target).backward();
    expect(late).toEqual(gradient());
  });

  it('adds up the gradients of many graphs that go back at once', () => {
    model.eval();
    const one = (scale: number) => F.nllLoss(model.call(x.mul(scale)), target);
    let sum = one(1);
    for (let i = 2; i <= 12; i++) sum = sum.add(one(i));
    sum.backward();
    const together = model.fc.weight.grad!.clone();
    model.zeroGrad();
    for (let i = 1; i <= 12; i++) one(i).backward();
    expect(model.fc.weight.grad!.allclose(together, { rtol: 1e-4, atol: 1e-6 })).toBe(true);
  });

  it('goes back twice with retainGraph', () => {
    model.eval();
    const loss = F.nllLoss(model.call(x), target);
    loss.backward(null, { retainGraph: true });
    const once = model.fc.weight.grad!.clone();
    loss.backward();
    expect(model.fc.weight.grad!.allclose(once.mul(2))).toBe(true);
  });

  it('is handed out of arrays, objects, maps and sets', () => {
    class Many extends nn.Module {
      override forward(t: Tensor) {
        const [a, b, c, d] = [1, 2, 3, 4].map(k => t.mul(k)) as [Tensor, Tensor, Tensor, Tensor];
        return { list: [a], deep: { b }, map: new Map([['c', c]]), set: new Set([d]) };
      }
    }
    const { list, deep, map, set } = new Many().call(Tensor.ones([2]));
    for (let i = 0; i < 10; i++) new Many().call(Tensor.zeros([2]));
    const values = [list[0]!, deep.b, map.get('c')!, ...set].map(t => t.toArray());
    expect(values).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('is right, or throws what to do, if it was put aside in forward', () => {
    const aside: Tensor[] = [];
    model.watch = h => aside.push(h);
    const before = noGrad(() => model.call(x));
    expect(() => aside[0]!.toArray()).toThrow(LifetimeError);
    expect(() => aside[0]!.add(1)).toThrow(/float32 \[2, 4, 2, 2\], the result of maxPool2d.*\.keep\(\)/s);
    model.watch = h => aside.push(h.keep());
    expect(noGrad(() => model.call(x)).shape).toEqual(before.shape);
    noGrad(() => model.call(x.mul(3)));
    const [, first, second] = aside;
    expect(first!.toArray()).not.toEqual(second!.toArray());
    expect(first!.max().item()).toBeGreaterThan(0);
  });

  it('is refused if forward is asynchronous', () => {
    class Later extends nn.Module {
      override async forward(t: Tensor) {
        return t.mul(2);
      }
    }
    expect(() => new Later().call(x)).toThrow(ArgumentError);
  });

  it('includes data that the user holds and writes to while the model is trained', () => {
    const { weight } = model.fc;
    for (let i = 0; i < 10; i++) trainingStep();
    const live = weight.data;
    for (let i = 0; i < 10; i++) trainingStep();
    expect(Array.from(live)).toEqual(numbers(weight));
    live.fill(0);
    model.fc.bias!.data.fill(0);
    expect(numbers(noGrad(() => model.call(x)).exp())[0]).toBeCloseTo(1 / 3, 6);
  });

  it('moves on with the parameters: the packed weights of a kernel never go stale', () => {
    model.eval();
    const out = () => noGrad(() => model.call(x)).toArray();
    for (let i = 0; i < 6; i++) out();
    const before = out();
    const saved = model.stateDict();
    noGrad(() => model.conv.weight.mul_(2));
    const changed = out();
    expect(changed).not.toEqual(before);
    model.loadStateDict(saved);
    expect(out()).toEqual(before);
    model.conv.weight.data[0]! += 1;
    const touched = out();
    expect(touched).not.toEqual(before);
    model.conv.weight.data[0]! += 1;
    expect(out()).not.toEqual(touched);
  });
});

describe('memory that cannot grow', () => {
  it('gives a typed error with the bytes asked and in use, and the library goes on', () => {
    const loss = trainingStep();
    const { limit, bytesReserved } = configure({ memoryLimit: 0 }).memory;
    expect(limit).toBe(0);
    try {
      class Large extends nn.Module {
        override forward(t: Tensor): Tensor {
          return t.add(x.mul(2).sum());
        }
      }
      const large = Tensor.zeros([bytesReserved]);
      let error: unknown;
      try {
        new Large().call(large);
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(OutOfMemoryError);
      const { bytesAsked, bytesInUse: inUse, message } = error as OutOfMemoryError;
      expect(bytesAsked).toBeGreaterThanOrEqual(bytesReserved);
      expect(inUse).toBeGreaterThan(0);
      expect(message).toMatch(new RegExp(`asked for ${bytesAsked} bytes with ${inUse} in use.*memoryLimit`));
      expect(trainingStep()).toBeLessThan(loss);
      expectFlat(measure(trainingStep, 100));
    } finally {
      configure({ memoryLimit: 2 ** 31 });
    }
    expect(model.call(Tensor.zeros([2, 1, 4, 4])).shape).toEqual([2, 3]);
  });
});
