/**
 * Prints what ever new sizes cost in time and in resident memory, beside one size all the time:
 *
 *   npx tsx bench/caches.ts [batches | images | sequences] [threads]
 */
import { configure, nn, noGrad, optim, runtimeInfo, Tensor } from 'tinygrad-ts';
import { ResNet } from './network.ts';

const F = nn.functional;
type Work = (round: number) => number;

/** Returns numbers from `low` to `high` in an order that looks random and is always the same. */
function shuffled(low: number, high: number): (round: number) => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff;
    return low + (state % (high - low + 1));
  };
}

/** A training step on a batch of the size for the round. Returns the images. */
function training(sizeOf: (round: number) => number): Work {
  const model = new ResNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  return round => {
    const batch = sizeOf(round);
    optimizer.zeroGrad();
    const x = Tensor.randn([batch, 1, 28, 28]);
    F.nllLoss(model.call(x), Tensor.randint(0, 10, [batch])).backward();
    optimizer.step();
    return batch;
  };
}

/** A convolution and a pooling of one image. Returns 1,000ths of its pixels. */
function images(sizeOf: (round: number) => readonly [number, number]): Work {
  const conv = new nn.Conv2d(3, 8, 3);
  return round => {
    const [height, width] = sizeOf(round);
    const x = Tensor.ones([1, 3, height, width]);
    noGrad(() => F.maxPool2d(conv.call(x), 2).mean().item());
    return (height * width) / 1000;
  };
}

/** One more token through the attention of eight heads, and a linear layer. Returns 1,000ths of the sequence. */
function sequences(lengthOf: (round: number) => number): Work {
  const [heads, width] = [8, 32];
  const linear = new nn.Linear(heads * width, heads * width);
  return round => {
    const length = lengthOf(round);
    const [q, k, v] = [0, 1, 2].map(() => Tensor.ones([heads, length, width]));
    noGrad(() => {
      const weights = F.softmax(q!.matmul(k!.transpose(1, 2)).mul(width ** -0.5), -1);
      const rows = weights
        .matmul(v!)
        .transpose(0, 1)
        .reshape([length, heads * width]);
      return Tensor.cat([linear.call(rows).add(rows), rows])
        .mean()
        .item();
    });
    return length / 1000;
  };
}

const kinds: Record<string, { rounds: number; unit: string; fixed: () => Work; varied: () => Work }> = {
  batches: {
    ...{ rounds: 900, unit: 'image' },
    fixed: () => training(() => 257),
    varied: () => training(shuffled(2, 512)),
  },
  images: {
    ...{ rounds: 3000, unit: '1,000 pixels' },
    fixed: () => images(() => [69, 45]),
    varied: () => images(i => [20 + (i % 100), 20 + (Math.floor(i / 100) % 50)]),
  },
  sequences: {
    ...{ rounds: 3000, unit: '1,000 tokens' },
    fixed: () => sequences(() => 150),
    varied: () => sequences(i => 1 + (i % 300)),
  },
};

const [kind = 'batches', threads = '1', which = 'both'] = process.argv.slice(2);
configure({ threads: Number(threads) });
const { rounds, unit, fixed, varied } = kinds[kind]!;
for (const name of ['fixed', 'varied'] as const) {
  if (which !== 'both' && which !== name) continue;
  const work = name === 'fixed' ? fixed() : varied();
  for (let i = 0; i < rounds / 3; i++) work(i);
  const before = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  for (let i = Math.floor(rounds / 3); i < rounds; i++) done += work(i);
  const { user, system } = process.cpuUsage(before);
  const rss = (process.memoryUsage.rss() / 2 ** 20).toFixed(0);
  const per = (ms: number) => (ms / done).toFixed(3);
  console.log(
    `${kind} ${name}: ${per(performance.now() - start)} ms (CPU ${per((user + system) / 1000)}) per ${unit}, RSS ${rss} MB, arena ${(runtimeInfo().memory.bytesReserved / 2 ** 20).toFixed(0)} MB`,
  );
}
