import { type nn, runtimeInfo } from 'tinygrad-ts';

interface Counted {
  readonly length: number;
}

/** Returns one line about what is going to run: the engine, the data and the size of the model. */
export function describeRun(model: nn.Module, train: Counted, test: Counted): string {
  const runtime = Object.entries(runtimeInfo()).map(([name, value]) => `${name} ${value}`);
  let parameters = 0;
  for (const { shape } of model.parameters())
    parameters += shape.reduce((product, size) => product * size, 1);
  return `${runtime.join(', ')}; images: ${train.length} to train, ${test.length} to test; parameters: ${parameters}`;
}
