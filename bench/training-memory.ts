/** Prints the resident memory of a process that trains and tests on MNIST, as the example does. */
import { data, nn, noGrad, optim, runtimeInfo } from 'tinygrad-ts';
import { loadMnist } from 'tinygrad-ts/node';
import { ResNet } from './network.ts';

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0).padStart(4);
const peak = () => process.resourceUsage().maxRSS * 1024;

const { train, test } = loadMnist();
const batches = new data.DataLoader(train, { batchSize: 64, shuffle: true });
const testBatches = new data.DataLoader(test, { batchSize: 1000 });
const model = new ResNet();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
let step = 0;
const report = (what: string) => {
  const { bytesInUse, bytesReserved } = runtimeInfo().memory;
  console.log(
    `${what.padEnd(16)} RSS ${megabytes(process.memoryUsage.rss())} MB, peak ${megabytes(peak())} MB; ` +
      `kernels' memory: ${megabytes(bytesInUse)} MB in use of ${megabytes(bytesReserved)} MB`,
  );
};
report('data loaded');
for (const epoch of [1, 2]) {
  model.train();
  for (const [x, target] of batches) {
    optimizer.zeroGrad();
    nn.functional.nllLoss(model.call(x), target).backward();
    optimizer.step();
    if (++step === 10 || step % 450 === 0) report(`step ${step}`);
  }
  model.eval();
  for (const [x] of testBatches) noGrad(() => model.call(x));
  report(`tested, epoch ${epoch}`);
}
