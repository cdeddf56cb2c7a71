/**
 * Prints a hash of all parameters after 200 training steps: the same on every engine, for every width of SIMD.
 *
 *   node --import tsx test/bits/train.ts [--wide]
 */
import { createHash } from 'node:crypto';
import { configure, manualSeed, nn, optim, runtimeInfo, Tensor } from 'tinygrad-ts';
import { ResNet } from '../golden/resnet.ts';

const wide = process.argv.includes('--wide');
if (wide && configure({ wideSimd: true }).simdWidth !== 256) throw new Error('no wide SIMD here');

manualSeed(1);
const model = new ResNet();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
// Uniform numbers: those are drawn without a logarithm or cosine of the engine.
const images = Tensor.rand([256, 1, 28, 28]);
const labels = Tensor.randint(0, 10, [256]);

for (let step = 0; step < 200; step++) {
  const from = (step % 16) * 16;
  optimizer.zeroGrad();
  const output = model.call(images.slice(0, from, from + 16));
  nn.functional.nllLoss(output, labels.slice(0, from, from + 16)).backward();
  optimizer.step();
}

const hash = createHash('sha256');
for (const [key, value] of Object.entries(model.stateDict())) {
  hash.update(key);
  hash.update(value.clone().data);
}
const { engine, backend, simdWidth } = runtimeInfo();
console.log(JSON.stringify({ hash: hash.digest('hex'), engine, backend, simdWidth }));
