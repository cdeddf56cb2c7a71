/** Every convolution of the network and a matmul, beside the peak of a bare multiply-add loop. */
import { nn, profile, Tensor } from 'tinygrad-ts';
import { type Peak, peak } from '../peak.ts';
import { median, table } from '../timing.ts';

interface Layer {
  readonly channels: readonly [number, number];
  readonly kernel: number;
  readonly padding: number;
  readonly size: number;
}

const layers: readonly Layer[] = [
  { channels: [1, 16], kernel: 5, padding: 0, size: 28 },
  { channels: [16, 16], kernel: 3, padding: 1, size: 12 },
  { channels: [16, 32], kernel: 5, padding: 0, size: 12 },
  { channels: [32, 32], kernel: 3, padding: 1, size: 4 },
];
const batch = 64;

/** The convolution between two others, so that its operands lie where they lie in a network. */
class Between extends nn.Module {
  conv: nn.Conv2d;

  constructor({ channels, kernel, padding }: Layer) {
    super();
    this.conv = new nn.Conv2d(...channels, kernel, { padding, bias: false });
  }

  override forward(x: Tensor): Tensor {
    return this.conv.call(x.mul(2)).mean();
  }
}

class Product extends nn.Module {
  override forward(a: Tensor, b: Tensor): Tensor {
    return a.mul(2).matmul(b.mul(2)).mean();
  }
}

/** Returns GFLOP/s, and the ratio to the peak measured just before, of each kernel that `work` calls, as medians. */
function measure(work: () => void, flops: number, kernels: readonly string[], atPeak: Peak, rounds: number) {
  const speeds = new Map(kernels.map(name => [name, { gflops: [] as number[], ratios: [] as number[] }]));
  for (let i = 0; i < rounds + 20; i++) {
    const bare = atPeak();
    for (const { kernel, ms, calls } of profile(work).kernels) {
      const found = speeds.get(kernel);
      if (!found || i < 20) continue;
      const gflops = (flops * calls) / ms / 1e6;
      found.gflops.push(gflops);
      found.ratios.push(gflops / bare);
    }
  }
  return [...speeds].map(([kernel, { gflops, ratios }]) => ({
    kernel,
    gflops: median(gflops),
    ratio: median(ratios),
  }));
}

export function kernelsSection(rounds: number): void {
  console.log('\n## Kernels, one core');
  const atPeak = peak();
  const rows: string[][] = [];
  const add = (name: string, results: ReturnType<typeof measure>) => {
    for (const { kernel, gflops, ratio } of results)
      rows.push([name, kernel, gflops.toFixed(1), `${(100 * ratio).toFixed(0)} %`]);
  };
  for (const layer of layers) {
    const { channels, kernel, padding, size } = layer;
    const out = size + 2 * padding - kernel + 1;
    const flops = 2 * batch * out ** 2 * kernel ** 2 * channels[0] * channels[1];
    const module = new Between(layer);
    // The first layer's input is an image, whose gradient nobody needs.
    const isFirst = channels[0] === 1;
    const x = Tensor.randn([batch, channels[0], size, size], { requiresGrad: !isFirst });
    const work = () => {
      for (let i = 0; i < 3; i++) {
        module.call(x).backward();
        x.grad = null;
        module.zeroGrad();
      }
    };
    const name = `${channels.join('→')} ${kernel}×${kernel} @${size}→${out}`;
    const kernels = ['conv2d', ...(isFirst ? [] : ['conv2dBackwardInput']), 'conv2dBackwardWeight'];
    add(name, measure(work, flops, kernels, atPeak, rounds));
  }
  const n = 512;
  const [a, b] = [Tensor.randn([n, n]), Tensor.randn([n, n])];
  const product = new Product();
  add(
    `${n}×${n}×${n}`,
    measure(() => product.call(a, b), 2 * n ** 3, ['matmul'], atPeak, rounds),
  );
  const bare = median(Array.from({ length: 50 }, atPeak));
  console.log(table(['', 'kernel', 'GFLOP/s', 'of the peak'], rows));
  console.log(
    `Nominal operations: 2 per weight and output. Bare multiply-add loop: ${bare.toFixed(1)} GFLOP/s.`,
  );
}
