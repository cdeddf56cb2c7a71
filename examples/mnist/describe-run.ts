import { type nn, runtimeInfo } from 'tinygrad-ts';

interface Counted {
  readonly length: number;
}

/** Returns one line about what is going to run: the engine, the data and the size of the model. */
export function describeRun(model: nn.Module, train: Counted, test: Counted): string {
  const { backend, simdWidth, threads, engine } = runtimeInfo();
  const how =
    backend === 'wasm'
      ? `${simdWidth}-bit SIMD, ${threads} thread${threads === 1 ? '' : 's'}`
      : 'plain loops';
  let parameters = 0;
  for (const { shape } of model.parameters())
    parameters += shape.reduce((product, size) => product * size, 1);
  return `${backend} backend, ${how}, ${engine}; images: ${train.length} to train, ${test.length} to test; parameters: ${parameters}`;
}
