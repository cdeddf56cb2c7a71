import { createHash } from 'node:crypto';
import {
  configure,
  enableGrad,
  manualSeed,
  nn,
  noGrad,
  optim,
  profile,
  runtimeInfo,
  Tensor,
} from 'tinygrad-ts';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { hostArray } from '../../../src/backend/array.ts';
import { i32, type Module } from '../../../src/backend/wasm/asm/index.ts';
import { type ByImage, unitsOfRows } from '../../../src/backend/wasm/chain.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { memory } from '../../../src/backend/wasm/lifetimes.ts';
import { allocate, elementsAt } from '../../../src/backend/wasm/memory.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';
import { run, runByImage, settle } from '../../../src/backend/wasm/schedule.ts';
import { ResNet } from '../../golden/resnet.ts';

/** Writes its mark and its units to the next entry of a log, whose first word counts the entries. */
function recorder(mark: number) {
  return compile(`log ${mark}`, (m: Module) =>
    m.func(
      { name: 'log', params: { log: i32, data: i32, begin: i32, end: i32 } },
      (f, { log, begin, end }) => {
        const entry = f.let(i32.add(log, i32.mul(i32.add(i32.load(log), 1), 12)), 'entry');
        i32.store(f, entry, mark);
        i32.store(f, entry, begin, 4);
        i32.store(f, entry, end, 8);
        i32.store(f, log, i32.add(i32.load(log), 1));
      },
    ),
  );
}

const [a, b] = [recorder(1), recorder(2)];
const region = allocate(4096);
const log = region.address;
/** The entries [mark, first unit, end] since the last call. */
function entries(): number[][] {
  const words = elementsAt(log, 'int32', 1024);
  const found = Array.from({ length: words[0]! }, (_, i) => Array.from(words.subarray(3 * i + 3, 3 * i + 6)));
  words[0] = 0;
  return found;
}

const by = (given: Partial<ByImage>): ByImage => ({
  images: 4,
  units: 1,
  per: 1,
  // So much that every image is a block, and that the chain is compiled at once.
  batches: [{ argument: 1, bytes: 2 ** 23, written: true }],
  whole: [],
  ...given,
});
const data = 2 ** 30;

const { threads: initialThreads } = runtimeInfo();
afterAll(() => void configure({ threads: initialThreads }));

const hashOf = (data: NodeJS.ArrayBufferView) => createHash('sha256').update(data).digest('hex');

beforeEach(() => {
  settle();
  entries();
});

describe('kernels that go image by image', () => {
  it('wait, and then run together for one image after another', () => {
    runByImage(a, 4, [log, data], by({}));
    runByImage(b, 12, [log, data], by({ units: 3 }));
    expect(entries()).toEqual([]);
    settle();
    expect(entries()).toEqual([
      [1, 0, 1],
      [2, 0, 3],
      [1, 1, 2],
      [2, 3, 6],
      [1, 2, 3],
      [2, 6, 9],
      [1, 3, 4],
      [2, 9, 12],
    ]);
  });

  it('take as many images at once as make up whole units of all', () => {
    runByImage(a, 5, [log, data], by({ images: 5 }));
    runByImage(b, 3, [log, data], by({ images: 5, per: 2 }));
    settle();
    expect(entries()).toEqual([
      [1, 0, 2],
      [2, 0, 1],
      [1, 2, 4],
      [2, 1, 2],
      [1, 4, 5],
      [2, 2, 3],
    ]);
  });

  it.each<[string, Partial<ByImage>, Partial<ByImage>]>([
    ['has another number of images', {}, { images: 3 }],
    ['reads as a whole what the first writes', {}, { whole: [data + 2 ** 21], batches: [] }],
    ['writes what the first reads as a whole', { whole: [data + 2 ** 21], batches: [] }, {}],
  ])('do not run together if the second %s', (_, first, second) => {
    runByImage(a, 4, [log, data], by(first));
    runByImage(b, 4, [log, data], by(second));
    settle();
    expect(entries()).toEqual([
      [1, 0, 4],
      [2, 0, 4],
    ]);
  });

  it('run before a kernel that does not, and before anybody looks', () => {
    runByImage(a, 4, [log, data], by({}));
    run(b, 7, log, data);
    expect(entries()).toEqual([
      [1, 0, 4],
      [2, 0, 7],
    ]);
    const seen = memory.scope(
      () => {
        const y = wasm.empty([2, 1, 8, 8], 'float32');
        wasm.copy(y, hostArray([2, 1, 8, 8], 'float32'));
        wasm.unary('exp', y, y);
        return Array.from(y.buffer.array);
      },
      () => [],
    );
    expect(new Set(seen)).toEqual(new Set([1]));
  });

  it('keep the memory that they need until they have run', () => {
    memory.scope(
      () => {
        const x = wasm.empty([2, 1, 8, 8], 'float32');
        wasm.fill(x, 3);
        const y = wasm.empty([2, 1, 8, 8], 'float32');
        wasm.unary('neg', y, x);
        memory.free(x.buffer);
        const z = wasm.empty([2, 1, 8, 8], 'float32');
        wasm.unary('relu', z, y);
        expect(Array.from(y.buffer.array)).toEqual(new Array(128).fill(-3));
        expect(Array.from(z.buffer.array)).toEqual(new Array(128).fill(0));
      },
      () => [],
    );
  });
});

it.each([
  [128, 144, { units: 9, per: 8 }],
  [1, 144, { units: 144, per: 1 }],
  [32, 16, { units: 1, per: 2 }],
  [16, 16, { units: 1, per: 1 }],
])('units of %i rows make up images of %i rows', (unitRows, imageRows, expected) => {
  expect(unitsOfRows(unitRows, imageRows)).toEqual(expected);
});

describe('a network has the same bits whether kernels run together or each by itself', () => {
  /** Parameters and output after three steps. */
  function train(batch: number): number[] {
    manualSeed(3);
    const model = new ResNet();
    const x = Tensor.rand([batch, 1, 28, 28]);
    const target = Tensor.randint(0, 10, [batch]);
    for (let step = 0; step < 3; step++) {
      model.zeroGrad();
      nn.functional.nllLoss(model.call(x), target).backward();
      noGrad(() => {
        for (const p of model.parameters()) p.sub_(p.grad!.mul(0.1));
      });
    }
    const output = noGrad(() => model.eval().call(x));
    return [...model.parameters(), ...model.buffers(), output].flatMap(t => Array.from(t.clone().data));
  }

  it.each([1, 2, 3, 7, 20])('for a batch of %i', batch => {
    const together = train(batch);
    const { result: alone } = profile(() => train(batch));
    expect(together.filter((v, i) => !Object.is(v, alone[i])).length, 'numbers that differ').toBe(0);
    expect(together.every(Number.isFinite)).toBe(true);
  });
});

describe('a pass that records nothing has the bits of one that does', () => {
  class Pass extends nn.Module {
    compute: (x: Tensor) => Tensor[];

    constructor(compute: (x: Tensor) => Tensor[]) {
      super();
      this.compute = compute;
    }

    override forward(x: Tensor): Tensor[] {
      return this.compute(x);
    }
  }

  const F = nn.functional;
  const kept: Tensor[] = [];
  const cases: [string, (x: Tensor, w: Tensor) => Tensor[]][] = [
    ['has only its last result', (x, w) => [F.maxPool2d(F.relu(F.conv2d(x, w)), 2)]],
    [
      'returns a result inside a chain',
      (x, w) => {
        const y = F.relu(F.conv2d(x, w));
        return [y, F.maxPool2d(y, 2)];
      },
    ],
    [
      'keeps a result inside a chain',
      (x, w) => {
        const y = F.relu(F.conv2d(x, w)).keep();
        kept.push(y);
        return [F.maxPool2d(y, 2)];
      },
    ],
    [
      'uses a result again later',
      (x, w) => {
        const y = F.conv2d(x, w);
        const z = F.maxPool2d(F.relu(y), 2);
        return [z.sum({ dim: 1 }), y.mean({ dim: [0, 2, 3] })];
      },
    ],
    [
      'uses a part of a result later',
      (x, w) => {
        const y = F.conv2d(x, w);
        const z = F.maxPool2d(F.relu(y), 2);
        return [z, y.slice(0, 3, 5), y.select(1, 2).select(0, 7)];
      },
    ],
    [
      'uses a result under another shape',
      (x, w) => {
        const y = F.relu(F.conv2d(x, w));
        return [F.maxPool2d(y, 2), y.flatten(1).sum({ dim: 1 })];
      },
    ],
    ['writes in place', (x, w) => [F.maxPool2d(F.conv2d(x, w).relu_().add_(1).mul_(2), 2)]],
    [
      'writes in place over a result that was read',
      (x, w) => {
        const y = F.conv2d(x, w);
        const z = y.add(1);
        y.mul_(3);
        return [z.add(y)];
      },
    ],
    [
      'looks at a result in between',
      (x, w) => {
        const y = F.relu(F.conv2d(x, w));
        return [F.maxPool2d(y, 2).mul(y.sum().item() / 1e6)];
      },
    ],
    ['computes its weights', (x, w) => [F.maxPool2d(F.relu(F.conv2d(x, w.mul(2).add(w))), 2)]],
    [
      'computes its weights from the batch',
      (x, w) => {
        const y = F.conv2d(x, w);
        const own = y.slice(0, 0, 5).slice(1, 0, 1).slice(2, 0, 1).slice(3, 0, 3).reshape(5, 1, 1, 3);
        return [F.conv2d(F.relu(x.slice(1, 0, 1)), own), y.relu()];
      },
    ],
  ];

  describe.each([1, 3])('with %i threads', threads => {
    it.each(cases)('if it %s', (_, compute) => {
      configure({ threads });
      manualSeed(5);
      const x = Tensor.rand([48, 1, 66, 66]).sub(0.5);
      const w = Tensor.rand([16, 1, 3, 3]).sub(0.5).requiresGrad_();
      const pass = new Pass(t => compute(t, w));
      const values = (results: readonly Tensor[]) =>
        [...results, ...kept.splice(0)].map(t => hashOf(t.detach().clone().data));
      const recorded = values(pass.call(x));
      for (let time = 0; time < 3; time++) expect(noGrad(() => values(pass.call(x)))).toEqual(recorded);
    });
  });

  it('if it has more steps than an engine takes parameters', () => {
    const long = new Pass(x => {
      let y = x;
      for (let i = 0; i < 100; i++) y = y.add(x).mul(half).relu();
      return [y];
    });
    const [x, half] = [Tensor.rand([4, 16, 4, 4]), Tensor.full([4, 16, 4, 4], 0.5)];
    const want = x.clone().data;
    for (let time = 0; time < 3; time++) {
      expect(noGrad(() => long.call(x)[0]!.clone().data)).toEqual(want);
      expect(long.call(x.clone().requiresGrad_())[0]!.detach().clone().data).toEqual(want);
    }
  });

  it('if weights are trained in the middle of it', () => {
    const train = () => {
      manualSeed(5);
      const layer = new nn.Conv2d(2, 4, 3);
      const optimizer = new optim.SGD(layer.parameters(), { lr: 1 });
      const x = Tensor.rand([2, 2, 6, 6]);
      const step = new Pass(t => {
        enableGrad(() => layer.call(t).mean().backward());
        optimizer.step();
        optimizer.zeroGrad();
        return [layer.call(t).sum()];
      });
      return Array.from({ length: 6 }, () => noGrad(() => step.call(x)[0]!.item()));
    };
    const { result: alone } = profile(train);
    expect(train()).toEqual(alone);
  });
});
