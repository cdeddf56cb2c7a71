import { data, manualSeed, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { expectClose, readGolden } from './row.ts';

interface Sequence {
  readonly seed: number;
  /** What the calls after the seed gave, in their order. */
  readonly calls: Record<string, number[]>;
}
type Name = 'rand' | 'mixed' | 'layers' | 'loader';

const golden = readGolden<Record<Name, Sequence>>('rng.json');

/** Seeds, draws, and compares: whole numbers and uniform float32 numbers to the bit, others to float32 rounding. */
function check(name: Name, draw: () => Record<string, Tensor>, tolerance = 0): void {
  manualSeed(golden[name].seed);
  for (const [call, tensor] of Object.entries(draw())) {
    expectClose(tensor.data, Float32Array.from(golden[name].calls[call]), tolerance, call);
  }
}

describe("PyTorch's numbers after a seed", () => {
  it('rand', () => check('rand', () => ({ 'rand(20)': Tensor.rand([20]) })));

  // PyTorch takes another path for 16 numbers or more, and its vectorised logarithm rounds differently.
  it('randn in both its forms, then randint', () => {
    const draw = () => ({
      'randn(5)': Tensor.randn([5]),
      'randn(40)': Tensor.randn([40]),
      'randint(0, 1000, 20)': Tensor.randint(0, 1000, [20]),
    });
    check('mixed', draw, 1e-6);
  });

  it('initial weights of layers', () => {
    const draw = () => {
      const conv = new nn.Conv2d(1, 16, 5);
      const linear = new nn.Linear(7, 3);
      const state = { ...prefixed('conv', conv.stateDict()), ...prefixed('linear', linear.stateDict()) };
      expect(Object.keys(state)).toEqual(Object.keys(golden.layers.calls));
      return state;
    };
    check('layers', draw, 1e-7);
  });

  it('order of the items of a DataLoader', () => {
    const items = { length: 20, get: (i: number) => i };
    const epoch = (shuffle: boolean) => [...new data.DataLoader(items, { batchSize: 20, shuffle })][0]!;
    const draw = () => ({
      'rand(1)': Tensor.rand([1]),
      'shuffled, first epoch': epoch(true),
      'in order': epoch(false),
      'shuffled, second epoch': epoch(true),
    });
    check('loader', draw);
  });
});

const prefixed = (prefix: string, state: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(state).map(([key, value]) => [`${prefix}.${key}`, value]));
