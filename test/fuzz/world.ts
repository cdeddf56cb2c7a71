/** A program's life with modules: what it holds, what it lets go, and what it looks at. */
import { manualSeed, nn, noGrad, optim, Tensor, TensorError } from 'tinygrad-ts';
import { type Elements, elements } from './execute.ts';

const shape = [2, 8, 8, 8];
/** What is held is at most so much: more lets the oldest go. */
const most = 12;

/** What `forward` does besides computing: how it returns results, what it puts aside, and whether it fails. */
interface Manner {
  readonly returns: 'one' | 'array' | 'object' | 'map';
  readonly fails: boolean;
}

type Results = Tensor | Tensor[] | Record<string, unknown> | Map<string, Tensor>;

class Failure extends Error {}

/** A residual block, of which each output has the shape of the input. */
class Block extends nn.Module {
  conv = new nn.Conv2d(8, 8, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(8);
  inner: Block | null;
  kept: Tensor | null = null;
  /** Put aside without `keep`: to read it later is right or a LifetimeError. */
  aside: Tensor | null = null;
  readonly #nested: boolean;

  constructor(inner: Block | null, nested: boolean) {
    super();
    this.inner = inner;
    this.#nested = nested;
  }

  override forward(x: Tensor, { returns, fails }: Manner): Results {
    const h = this.bn.forward(this.conv.forward(x)).relu();
    // A call that fails frees what the way back would need.
    this.kept = (fails ? h.detach() : h).keep();
    const y = h.mul(0.5).add(x);
    this.aside = y;
    if (fails) throw new Failure();
    const plain = { returns: 'one', fails: false } as const;
    const deep = this.inner
      ? ((this.#nested ? this.inner.call(y, plain) : this.inner.forward(y, plain)) as Tensor)
      : y;
    if (returns === 'array') return [deep, y];
    if (returns === 'object') return { deep, others: [h] };
    return returns === 'map' ? new Map([['y', deep]]) : deep;
  }
}

export const acts = [
  'call',
  'call under noGrad',
  'call and fail',
  'combine',
  'view',
  'write in place',
  'go back',
  'go back and keep the graph',
  'step',
  'set gradients to null',
  'hold a gradient',
  'hold what was kept',
  'hold the state',
  'let go',
  'look',
  'look at what was put aside',
  'pass the time',
  'test',
] as const;

/** Something that the program does, with numbers that say to what. */
export interface Act {
  readonly act: (typeof acts)[number];
  readonly on: number;
  readonly with: number;
}

/** What was seen in the course of a life: elements, or the name of an error. */
export type Sight = { readonly what: string; readonly seen: Elements | string };

/** Lives a life, in which modules are called, or else their `forward` as plain functions; returns what was seen. */
export function live(life: readonly Act[], called: boolean): Sight[] {
  manualSeed(1);
  const model = new Block(new Block(null, called), called);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  const held: Tensor[] = [Tensor.randn(shape), Tensor.randn(shape, { requiresGrad: true })];
  const sights: Sight[] = [];
  const hold = (x: Tensor | null) => {
    if (x) held.push(x);
    if (held.length > most) held.splice(2, 1);
  };
  const look = (what: string, x: Tensor | null) => void (x && sights.push({ what, seen: see(x) }));
  const images = () => held.filter(x => String(x.shape) === String(shape));
  const pick = (n: number, of = held) => of[of.length - 1 - (n % of.length)]!;

  const call = (x: Tensor, n: number, fails = false) => {
    const returns = (['one', 'array', 'object', 'map'] as const)[n % 4]!;
    try {
      const results = called ? model.call(x, { returns, fails }) : model.forward(x, { returns, fails });
      for (const y of tensorsIn(results)) hold(y);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  };

  const doing: Record<Act['act'], (a: number, b: number) => void> = {
    call: (a, b) => call(pick(a, images()), b),
    'call under noGrad': (a, b) => noGrad(() => call(pick(a, images()), b)),
    'call and fail': (a, b) => call(pick(a, images()), b, true),
    combine: (a, b) => hold(pick(a, images()).mul(0.5).sub(pick(b, images()))),
    view: (a, b) =>
      hold(
        pick(a, images())
          .transpose(0, 1 + (b % 3))
          .slice(0, b % 2)
          .transpose(0, 1 + (b % 3)),
      ),
    'write in place': (a, b) => noGrad(() => void pick(a).add_(1 + (b % 3))),
    'go back': a => pick(a).mean().backward(),
    'go back and keep the graph': a => pick(a).mean().backward(null, { retainGraph: true }),
    step: () => optimizer.step(),
    'set gradients to null': () => optimizer.zeroGrad(),
    'hold a gradient': a => hold(pick(a, model.parameters()).grad),
    'hold what was kept': a => hold((a % 2 === 0 ? model : model.inner!).kept),
    'hold the state': a => hold(pick(a, Object.values(model.stateDict()))),
    'let go': a => void (held.length > 2 && held.splice(2 + (a % (held.length - 2)), 1)),
    look: a => look('held', pick(a)),
    'look at what was put aside': () => look('aside', model.aside),
    'pass the time': (a, b) => {
      for (let i = 0; i < 3 + (b % 9); i++) call(held[a % 2]!, 0);
    },
    test: a => void model.train(a % 2 === 0),
  };

  for (const { act, on, with: other } of life) {
    try {
      doing[act](on, other);
    } catch (error) {
      if (!(error instanceof TensorError)) throw error;
      sights.push({ what: act, seen: error.message });
    }
  }
  for (const [i, x] of held.entries()) look(`held ${i}`, x);
  for (const [name, p] of model.namedParameters()) {
    look(name, p);
    look(`the gradient of ${name}`, p.grad);
  }
  for (const [name, x] of model.namedBuffers()) look(name, x);
  look('aside', model.aside);
  return sights;
}

function see(x: Tensor): Elements | string {
  try {
    return elements(x);
  } catch (error) {
    if (error instanceof TensorError) return error.name;
    throw error;
  }
}

function tensorsIn(results: Results): Tensor[] {
  if (results instanceof Tensor) return [results];
  const values = results instanceof Map ? [...results.values()] : Object.values(results);
  return values.flat() as Tensor[];
}
