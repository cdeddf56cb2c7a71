/**
 * The training step of bench/network.ts in jax-js, on its WebAssembly backend.
 *
 *   node --import tsx bench/peers/jax.ts STEPS [BATCH]     prints the milliseconds per step last
 *
 * The step is not under jit, which makes it more than twice as slow here. Running statistics of batch norm are left
 * out, which is to its advantage. A call owns the arrays that it is given: what is used again is passed as `.ref`.
 */
import { noise, readArguments, timeSteps, weights } from './steps.ts';

/** What is used of the package, which need not be installed for the types to check. */
interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  sum(): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<ArrayLike<number>>;
}

type Axes = readonly number[];
type Values = Readonly<Record<string, JaxArray>>;
type Loss = (params: Values, x: JaxArray, target: JaxArray) => JaxArray;
type Step = (params: Values, velocity: Values, x: JaxArray, target: JaxArray) => [Values, Values, JaxArray];

interface Jax {
  init(device: 'wasm'): Promise<readonly string[]>;
  defaultDevice(device: 'wasm'): void;
  blockUntilReady<T>(values: T): Promise<T>;
  valueAndGrad(loss: Loss): (...args: Parameters<Loss>) => [JaxArray, Values];
  numpy: {
    array(values: Float32Array | Int32Array, options: { shape: Axes }): JaxArray;
    ones(shape: Axes): JaxArray;
    zeros(shape: Axes): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    max(x: JaxArray): JaxArray;
  };
  lax: {
    conv(x: JaxArray, weight: JaxArray, strides: Axes, padding: 'VALID' | 'SAME'): JaxArray;
    reduceWindow(
      x: JaxArray,
      computation: (window: JaxArray) => JaxArray,
      window: Axes,
      strides: Axes,
    ): JaxArray;
  };
  nn: {
    relu(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    oneHot(indices: JaxArray, classes: number): JaxArray;
    standardize(x: JaxArray, axes: Axes): JaxArray;
  };
}

const specifier: string = '@jax-js/jax';
const jax = (await import(specifier)) as Jax;
const { numpy: np, lax, nn } = jax;

function parameters(): Values {
  const params: Record<string, JaxArray> = {};
  const layer = (name: string, shape: Axes, fanIn: number, biasShape: Axes) => {
    const count = (sizes: Axes) => sizes.reduce((product, size) => product * size, 1);
    params[`${name}.weight`] = np.array(weights(count(shape), fanIn), { shape });
    params[`${name}.bias`] = np.array(weights(count(biasShape), fanIn), { shape: biasShape });
  };
  const conv = (name: string, from: number, to: number, size: number) =>
    layer(name, [to, from, size, size], from * size * size, [to, 1, 1]);
  const block = (name: string, channels: number) => {
    for (const i of [1, 2]) {
      conv(`${name}.conv${i}`, channels, channels, 3);
      params[`${name}.bn${i}.weight`] = np.ones([channels, 1, 1]);
      params[`${name}.bn${i}.bias`] = np.zeros([channels, 1, 1]);
    }
  };
  conv('conv1', 1, 16, 5);
  block('block1', 16);
  conv('conv2', 16, 32, 5);
  block('block2', 32);
  layer('fc1', [512, 10], 512, [10]);
  return params;
}

function network(params: Values, x: JaxArray, batch: number): JaxArray {
  const conv = (input: JaxArray, name: string, padding: 'VALID' | 'SAME') =>
    lax.conv(input, params[`${name}.weight`]!, [1, 1], padding).add(params[`${name}.bias`]!);
  const batchNorm = (input: JaxArray, name: string) =>
    nn.standardize(input, [0, 2, 3]).mul(params[`${name}.weight`]!).add(params[`${name}.bias`]!);
  const maxPool = (input: JaxArray) => lax.reduceWindow(input, np.max, [2, 2], [2, 2]);
  const residual = (input: JaxArray, name: string) => {
    const out = nn.relu(batchNorm(conv(input.ref, `${name}.conv1`, 'SAME'), `${name}.bn1`));
    return batchNorm(conv(out, `${name}.conv2`, 'SAME'), `${name}.bn2`).add(input);
  };
  let out = residual(maxPool(nn.relu(conv(x, 'conv1', 'VALID'))), 'block1');
  out = residual(maxPool(nn.relu(conv(out, 'conv2', 'VALID'))), 'block2');
  const logits = np.matmul(out.reshape([batch, 512]), params['fc1.weight']!).add(params['fc1.bias']!);
  return nn.logSoftmax(logits, -1);
}

const { steps, batch } = readArguments();
await jax.init('wasm');
jax.defaultDevice('wasm');
const lossAndGradients = jax.valueAndGrad((params, x, target) =>
  network(params, x, batch)
    .mul(target)
    .sum()
    .mul(-1 / batch),
);
const update: Step = (params, velocity, x, target) => {
  const refs = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value.ref]));
  const [loss, gradients] = lossAndGradients(refs, x, target);
  const moved: Record<string, JaxArray> = {};
  const faster: Record<string, JaxArray> = {};
  for (const [name, value] of Object.entries(params)) {
    const speed = velocity[name]!.mul(0.5).add(gradients[name]!);
    faster[name] = speed.ref;
    moved[name] = value.sub(speed.mul(0.01));
  }
  return [moved, faster, loss];
};

let params = parameters();
let velocity = Object.fromEntries(
  Object.entries(params).map(([name, value]) => [name, value.ref.mul(0)]),
) as Values;
const { pixels, classes } = noise(batch);
const x = np.array(pixels, { shape: [batch, 1, 28, 28] });
const target = nn.oneHot(np.array(classes, { shape: [batch] }), 10);
await timeSteps(async () => {
  const [moved, faster, loss] = update(params, velocity, x.ref, target.ref);
  // Operations are lazy: without this the update would be left for the next step.
  [params, velocity] = await jax.blockUntilReady([moved, faster]);
  const [value] = (await loss.data()) as unknown as [number];
  return value;
}, steps);
