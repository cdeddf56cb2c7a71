import { ArgumentError, LifetimeError, nn, runtimeInfo, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const linear = () => new nn.Linear(2, 2);
const wrong = (value: unknown) => value as nn.StateDict;

/** Returns what loading throws, after checking that nothing was written. */
function refusal(module: nn.Module, state: unknown, options?: { strict?: boolean }): Error {
  const values = () => Object.entries(module.stateDict()).map(([key, x]) => [key, x.toArray()]);
  const before = values();
  let thrown: unknown;
  try {
    module.loadStateDict(wrong(state), options);
  } catch (error) {
    thrown = error;
  }
  expect(values()).toEqual(before);
  expect(thrown).toBeInstanceOf(ArgumentError);
  return thrown as Error;
}

describe('loadStateDict', () => {
  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /'bias', expected a tensor, got undefined/],
    ['null', null, /'bias', expected a tensor, got null/],
    ['an array', [0, 0], /'bias', expected a tensor, got \[0, 0\]/],
    ['an object with a shape', { shape: [2] }, /'bias', expected a tensor, got an object \{ shape \}/],
    ['a number', 0, /'bias', expected a tensor, got 0/],
    ['a typed array', new Float32Array(2), /'bias', expected a tensor, got Float32Array/],
    ['a module', new nn.ReLU(), /'bias', expected a tensor, got ReLU/],
  ])('refuses %s as a value, strict or not, and writes nothing', (_, bias, message) => {
    const state = { weight: Tensor.zeros([2, 2]), bias };
    expect(refusal(linear(), state).message).toMatch(message);
    expect(refusal(linear(), state, { strict: false }).message).toMatch(message);
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 3, '3'],
    ['a path', 'model.json', "'model.json'"],
    ['a list', [Tensor.zeros([2])], '[Tensor]'],
    ['a map', new Map([['weight', Tensor.zeros([2, 2])]]), 'Map'],
    ['a promise that was not awaited', Promise.resolve({}), 'Promise'],
    ['a tensor', Tensor.zeros([2]), 'Tensor'],
    ['a module', new nn.Linear(2, 2), 'Linear'],
  ])('refuses %s in place of a state, strict or not', (_, state, found) => {
    for (const strict of [true, false]) {
      const { message } = refusal(linear(), state, { strict });
      expect(message).toBe(
        `loadStateDict: expected an object of tensors by key such as stateDict() returns, got ${found}`,
      );
    }
  });

  it('lists all that is wrong, by key', () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const state = { '0.weight': Tensor.zeros([3, 3]), '0.bias': null, '1.weight': [[1]], more: 1 };
    expect(() => model.loadStateDict(wrong(state))).toThrow(
      new ShapeError(
        [
          'Error(s) in loading state_dict for Sequential:',
          "Missing key(s) in state_dict: '1.bias'.",
          "Unexpected key(s) in state_dict: 'more'.",
          'size mismatch for 0.weight: copying a param with shape [3, 3] from checkpoint, the shape in current model is [3, 2].',
          "While copying the parameter named '0.bias', expected a tensor, got null.",
          "While copying the parameter named '1.weight', expected a tensor, got [[1]].",
        ].join('\n\t'),
      ),
    );
  });

  it('takes no inherited name for a key', () => {
    class Odd extends nn.Module {
      toString_ = new nn.Parameter(Tensor.ones([1]));
      override forward(): void {}
    }
    const odd = new Odd();
    for (const key of ['valueOf', '__proto__', 'hasOwnProperty']) {
      Object.defineProperty(odd, key, { value: new nn.Parameter(Tensor.ones([1])), enumerable: true });
    }
    expect(Object.keys(odd.stateDict())).toEqual(['toString_', 'valueOf', '__proto__', 'hasOwnProperty']);
    expect(refusal(odd, { toString_: Tensor.ones([1]) }).message).toContain(
      "Missing key(s) in state_dict: 'valueOf', '__proto__', 'hasOwnProperty'.",
    );
    const state = odd.stateDict();
    expect(odd.loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  });

  it('without strict, tells which keys did not match, whatever stands at those that are not the own', () => {
    const model = linear();
    const report = model.loadStateDict(wrong({ weight: Tensor.zeros([2, 2]), epoch: 3, extra: null }), {
      strict: false,
    });
    expect(report).toEqual({ missingKeys: ['bias'], unexpectedKeys: ['epoch', 'extra'] });
    expect(model.weight.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('takes an option that is undefined for its default, and refuses what is neither true nor false', () => {
    expect(() => linear().loadStateDict({}, { strict: undefined } as object)).toThrow(/Missing key/);
    const state = linear().stateDict();
    expect(() => linear().loadStateDict(state, { strict: 0 as unknown as boolean })).toThrow(
      /loadStateDict.*strict.*true or false, got 0/,
    );
  });

  it('exchanges parameters that are given as they are', () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), new nn.Linear(1, 1));
    const [a, b] = [...model] as nn.Linear[];
    const [first, second] = [a!.weight.item(), b!.weight.item()];
    model.loadStateDict({ '0.weight': b!.weight, '1.weight': a!.weight }, { strict: false });
    expect([a!.weight.item(), b!.weight.item()]).toEqual([second, first]);
  });

  // The plain loops free nothing.
  const frees = runtimeInfo().backend === 'wasm';
  it.runIf(frees)('writes nothing where a value was freed by the call that computed it', () => {
    class Leaky extends nn.Module {
      inner = new nn.Linear(2, 2);
      aside: Tensor | null = null;
      override forward(x: Tensor): Tensor {
        this.aside = x.mul(2).add(1);
        return this.inner.call(x);
      }
    }
    const leaky = new Leaky();
    leaky.call(Tensor.ones([2]));
    const target = linear();
    const before = target.weight.toArray();
    const state = { weight: Tensor.zeros([2, 2]), bias: leaky.aside! };
    expect(() => target.loadStateDict(state)).toThrow(LifetimeError);
    expect(target.weight.toArray()).toEqual(before);
  });
});
