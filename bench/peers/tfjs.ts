/**
 * The training step of bench/network.ts in TensorFlow.js, on its CPU backend.
 *
 *   node --import tsx bench/peers/tfjs.ts STEPS [BATCH]     prints the milliseconds per step last
 *
 * The CPU backend is the one that a plain Node has: the WebAssembly backend has no gradient of a convolution's weight.
 * Running statistics of batch norm are left out, which is to its advantage.
 */
import { noise, readArguments, timeSteps, weights } from './steps.ts';

/** What is used of the package, which need not be installed for the types to check. */
interface Tensor {
  add(other: Tensor): Tensor;
  mul(other: Tensor): Tensor;
  matMul(other: Tensor): Tensor;
  relu(): Tensor;
  reshape(shape: readonly number[]): Tensor;
  sum(): Tensor;
  div(divisor: number): Tensor;
  neg(): Tensor;
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

interface Tfjs {
  setBackend(name: 'cpu'): Promise<boolean>;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tensor1d(values: Int32Array, dtype: 'int32'): Tensor;
  ones(shape: readonly number[]): Tensor;
  zeros(shape: readonly number[]): Tensor;
  variable(initial: Tensor): Tensor;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: 'valid' | 'same'): Tensor;
  maxPool(x: Tensor, size: number, strides: number, pad: 'valid'): Tensor;
  moments(x: Tensor, axis: readonly number[]): { mean: Tensor; variance: Tensor };
  batchNorm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    offset: Tensor,
    scale: Tensor,
    epsilon: number,
  ): Tensor;
  logSoftmax(x: Tensor, axis: number): Tensor;
  train: {
    momentum(lr: number, momentum: number): { minimize(loss: () => Tensor, returnCost: true): Tensor };
  };
}

type Layer = (x: Tensor) => Tensor;

const specifier: string = '@tensorflow/tfjs';
const tf = (await import(specifier)) as Tfjs;

/** Returns initial weights in the layout of the other libraries: channels first. */
function initial(shape: readonly number[], fanIn: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(weights(count, fanIn), shape);
}

function conv(from: number, to: number, size: number, pad: 'valid' | 'same'): Layer {
  const fanIn = from * size * size;
  const filter = tf.variable(tf.transpose(initial([to, from, size, size], fanIn), [2, 3, 1, 0]));
  const bias = tf.variable(initial([to], fanIn));
  return x => tf.conv2d(x, filter, 1, pad).add(bias);
}

function batchNorm(channels: number): Layer {
  const scale = tf.variable(tf.ones([channels]));
  const offset = tf.variable(tf.zeros([channels]));
  return x => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance, offset, scale, 1e-5);
  };
}

function residual(channels: number): Layer {
  const conv1 = conv(channels, channels, 3, 'same');
  const bn1 = batchNorm(channels);
  const conv2 = conv(channels, channels, 3, 'same');
  const bn2 = batchNorm(channels);
  return x => bn2(conv2(bn1(conv1(x)).relu())).add(x);
}

/** Images are NHWC: the only layout in which this backend has the gradients. */
function network(): Layer {
  const conv1 = conv(1, 16, 5, 'valid');
  const block1 = residual(16);
  const conv2 = conv(16, 32, 5, 'valid');
  const block2 = residual(32);
  const weight = tf.variable(tf.transpose(initial([32, 4, 4, 10], 512), [1, 2, 0, 3]).reshape([512, 10]));
  const bias = tf.variable(initial([10], 512));
  return x => {
    let out = block1(tf.maxPool(conv1(x).relu(), 2, 2, 'valid'));
    out = block2(tf.maxPool(conv2(out).relu(), 2, 2, 'valid'));
    return tf.logSoftmax(out.reshape([-1, 512]).matMul(weight).add(bias), 1);
  };
}

const { steps, batch } = readArguments();
await tf.setBackend('cpu');
const model = network();
const optimizer = tf.train.momentum(0.01, 0.5);
const { pixels, classes } = noise(batch);
const x = tf.tensor(pixels, [batch, 28, 28, 1]);
const target = tf.oneHot(tf.tensor1d(classes, 'int32'), 10);
await timeSteps(async () => {
  const loss = optimizer.minimize(() => model(x).mul(target).sum().div(batch).neg(), true);
  const [value] = (await loss.data()) as unknown as [number];
  loss.dispose();
  return value;
}, steps);
