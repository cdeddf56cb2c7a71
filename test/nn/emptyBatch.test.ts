import { configure, nn, noGrad, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const F = nn.functional;

const layers = () => [
  new nn.Conv2d(1, 4, 3, { padding: 1 }),
  new nn.BatchNorm2d(4),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(4, 4, 3, { groups: 2, padding: 'same', bias: false }),
  new nn.AvgPool2d(2),
  new nn.Dropout2d(),
  new nn.Flatten(),
  new nn.Dropout(),
  new nn.Linear(16, 3),
];
const network = () => new nn.Sequential(...layers());

// As PyTorch 2.13 has it.
describe.each(['wasm', 'reference'] as const)('an empty batch on the %s backend', backend => {
  const { backend: before } = runtimeInfo();
  beforeAll(() => void configure({ backend }));
  afterAll(() => void configure({ backend: before }));

  it.each([
    ['mean', Number.NaN],
    ['sum', 0],
  ] as const)('goes through a network and back, with gradients of 0 and a %s of %d', (reduction, value) => {
    const model = network();
    const x = Tensor.zeros([0, 1, 8, 8], { requiresGrad: true });
    const logits = model.call(x);
    const loss = F.crossEntropy(logits, Tensor.zeros([0], { dtype: 'int32' }), { reduction });
    loss.backward();
    expect([logits.shape, loss.item(), x.grad?.shape]).toEqual([[0, 3], value, [0, 1, 8, 8]]);
    for (const p of model.parameters()) expect(p.grad?.toArray()).toEqual(Tensor.zerosLike(p).toArray());
  });

  it('goes through its layers one by one, and tested', () => {
    const x = Tensor.zeros([0, 1, 8, 8]);
    let y = x;
    for (const layer of layers()) y = layer.call(y);
    expect(y.shape).toEqual([0, 3]);
    noGrad(() => expect(network().eval().call(x).shape).toEqual([0, 3]));
  });
});
