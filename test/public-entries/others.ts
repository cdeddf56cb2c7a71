/** One right call of every public entry of data, of what needs Node, and of the functions beside them. */
import {
  configure,
  data,
  enableGrad,
  gradcheck,
  isGradEnabled,
  manualSeed,
  noGrad,
  profile,
  runtimeInfo,
  Tensor,
} from 'tinygrad-ts';
import * as node from 'tinygrad-ts/node';
import { encodeMnist } from '../data/encode-idx.ts';
import { makeFolder, mnistFiles } from '../node/mnist-folder.ts';
import { type Row, row } from './row.ts';

/** The four files of a tiny MNIST, for the rows that read files. */
export const folder = makeFolder(mnistFiles());

const any = { anyResult: true };
const rows = () =>
  new data.TensorDataset(Tensor.randn([4, 3]), Tensor.from([0, 1, 2, 3], { dtype: 'int32' }));
const pixels = () => new Uint8Array(16);
const images = () => new data.ImageDataset(pixels(), [0, 1, 2, 3], { size: [2, 2], mean: 0.1, std: 0.3 });
const { images: imageFile, labels: labelFile } = encodeMnist(3);
const double = () => Tensor.from([0.5, 2], { dtype: 'float64', requiresGrad: true });

const datasets: Readonly<Record<string, Row>> = {
  'data.TensorDataset': row(
    (...a) => new data.TensorDataset(...a),
    () => [Tensor.randn([4, 3]), Tensor.ones([4])],
  ),
  'data.TensorDataset#get': row(
    (index: never) => rows().get(index),
    () => [3],
  ),
  'data.TensorDataset#batch': row(
    (indices: never) => rows().batch(indices),
    () => [new Int32Array([0, 3])],
  ),
  'data.ImageDataset': row(
    (...a) => new data.ImageDataset(...(a as unknown as ConstructorParameters<typeof data.ImageDataset>)),
    () => [pixels(), [0, 1, 2, 3], { size: [2, 2], mean: 0.1, std: 0.3 }],
  ),
  'data.ImageDataset#get': row(
    (index: never) => images().get(index),
    () => [3],
  ),
  'data.ImageDataset#batch': row(
    (indices: never) => images().batch(indices),
    () => [new Int32Array([0, 3])],
  ),
  'data.ImageDataset#slice': row(
    (...a) => images().slice(...(a as unknown as [number, number])),
    () => [1, 3],
  ),
  'data.DataLoader': row(
    (set: never, options: never) => [...new data.DataLoader(set, options)],
    () => [rows(), { batchSize: 2, shuffle: true, dropLast: false, collateFn: (items: unknown) => items }],
  ),
  'data.defaultCollate': row(data.defaultCollate, () => [[[Tensor.ones([2]), { label: 3 }]]], any),
  'data.mnist': row(data.mnist, () => [
    { path: 'images', bytes: imageFile },
    { path: 'labels', bytes: labelFile },
    { mean: 0.1, std: 0.3 },
  ]),
  'data.normalize': row(data.normalize, () => [{ shape: [4, 2, 2], data: pixels() }, 0.1, 0.3]),
  'data.parseIdx': row(data.parseIdx, () => [labelFile, { source: 'labels', magic: 0x801 }]),
};

const files: Readonly<Record<string, Row>> = {
  'node.loadMnist': row(node.loadMnist, () => [folder, { mean: 0.1, std: 0.3 }]),
  'node.readFile': row(node.readFile, () => [`${folder}/train-labels-idx1-ubyte`, { maxBytes: 1000 }]),
};

const functions: Readonly<Record<string, Row>> = {
  configure: row(
    (options: never) => {
      const { backend, threads, memory } = runtimeInfo();
      try {
        return configure(options);
      } finally {
        configure({ backend, threads, memoryLimit: memory.limit });
      }
    },
    () => [{ backend: 'wasm', threads: 1, wideSimd: false, memoryLimit: 2 ** 31, debugMemory: false }],
  ),
  runtimeInfo: row(runtimeInfo, () => []),
  manualSeed: row(manualSeed, () => [1]),
  noGrad: row(noGrad, () => [() => 1], any),
  enableGrad: row(enableGrad, () => [() => 1], any),
  isGradEnabled: row(isGradEnabled, () => []),
  profile: row(profile, () => [() => 1]),
  gradcheck: row(gradcheck, () => [
    (x: Tensor) => x.mul(x),
    [double()],
    { eps: 1e-6, atol: 1e-5, rtol: 1e-3, raiseException: true },
  ]),
};

export const otherRows = { ...datasets, ...files, ...functions };
