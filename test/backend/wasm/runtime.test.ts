import { configure, nn, noGrad, optim, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterEach, describe, expect, it } from 'vitest';
import { kernelsKept } from '../../../src/backend/wasm/runtime.ts';

const F = nn.functional;
const { threads } = runtimeInfo();

/** Returns how many kernels are kept after `work` was done for each of the sizes, twice. */
function kernelsAfter(sizes: readonly number[], work: (size: number) => void): number {
  for (let round = 0; round < 2; round++) for (const size of sizes) work(size);
  return kernelsKept().count;
}

const from = (low: number, high: number, step = 1) =>
  Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 8, 3, { padding: 1 });
  deep = new nn.Conv2d(8, 8, 3, { padding: 1 });
  norm = new nn.BatchNorm2d(8);
  linear = new nn.Linear(8 * 36, 10);

  override forward(x: Tensor): Tensor {
    let y = F.relu(this.norm.call(this.conv.call(x)));
    y = F.maxPool2d(this.deep.call(y).add(y), 2);
    return F.logSoftmax(
      this.linear.call(F.dropout(F.avgPool2d(y, 1), { p: 0.5 }).view([x.shape[0]!, -1])),
      1,
    );
  }
}

describe.runIf(runtimeInfo().backend === 'wasm')('kernels', () => {
  afterEach(() => configure({ threads }));

  it('are no new ones for a new size of a batch, once some sizes were seen', () => {
    configure({ threads: 1 });
    const model = new Net();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
    const step = (batch: number) => {
      optimizer.zeroGrad();
      const x = Tensor.randn([batch, 1, 12, 12]);
      F.nllLoss(model.call(x), Tensor.randint(0, 10, [batch])).backward();
      optimizer.step();
      noGrad(() => model.call(x));
    };
    // Winograd's algorithm pays for larger batches, and its units have so many images as a power of two.
    const before = kernelsAfter([...from(2, 9), 17, 33, 65, 129], step);
    expect(kernelsAfter(from(10, 128, 7), step)).toBe(before);
  });

  it('are no new ones for a new length of a sequence, once some lengths were seen', () => {
    const linear = new nn.Linear(32, 32);
    const attend = (length: number) => {
      const [q, k, v] = [0, 1, 2].map(() => Tensor.ones([4, length, 8]));
      noGrad(() => {
        const weights = F.softmax(q!.matmul(k!.transpose(1, 2)).mul(0.5), -1);
        const rows = weights.matmul(v!).transpose(0, 1).reshape([length, 32]);
        return Tensor.cat([linear.call(rows).add(rows), rows])
          .mean()
          .item();
      });
    };
    const before = kernelsAfter([...from(1, 24), 64, 300], attend);
    expect(kernelsAfter(from(25, 299, 11), attend)).toBe(before);
  });

  it('are kept in bounded number, however many sizes of images there are', () => {
    const conv = new nn.Conv2d(1, 4, 3);
    let most = { count: 0, bytes: 0 };
    const look = (width: number) => {
      noGrad(() =>
        F.maxPool2d(conv.call(Tensor.ones([1, 1, 4, width])), 2)
          .mean()
          .item(),
      );
      const { count, bytes } = kernelsKept();
      most = { count: Math.max(most.count, count), bytes: Math.max(most.bytes, bytes) };
    };
    for (const width of from(4, 800)) look(width);
    expect(most.count).toBeLessThanOrEqual(1024);
    expect(most.bytes).toBeLessThanOrEqual(2 ** 23);
  });
});
