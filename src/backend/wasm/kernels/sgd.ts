/** A step of stochastic gradient descent over all parameters at once. */
import {
  f32,
  f32x4,
  forRange,
  i32,
  type Local,
  type Module,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';

export interface SgdPlan {
  /** The momentum buffer: there is none, it holds nothing yet, or it goes on. */
  readonly momentum: 'none' | 'fresh' | 'running';
  readonly nesterov: boolean;
  readonly weightDecay: boolean;
  readonly maximize: boolean;
}

/** A parameter is cut into blocks of at most so many elements, the units of work. */
export const blockLength = 2048;

/** The words of a block's entry in the table: the addresses of its parameter, gradient and buffer, and its length. */
export const entryWords = 4;

/**
 * blocks [units, 4] (int32) is the table of blocks. For each parameter p with its gradient g and its buffer v:
 * g += weightDecay · p, v = momentum · v + undamped · g, p -= lr · v; or with Nesterov's rule p -= lr · (g + momentum · v)
 * (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
 */
export function emitSgd(m: Module, plan: SgdPlan) {
  const scalars = { lr: f32, momentum: f32, undamped: f32, weightDecay: f32 };
  const params = { blocks: i32, ...scalars, begin: i32, end: i32 };
  return m.func({ name: 'sgd', params }, (f, p) => {
    const rates = {
      lr: f.let(f32x4.splat(p.lr), 'lr'),
      momentum: f.let(f32x4.splat(p.momentum), 'momentum'),
      undamped: f.let(f32x4.splat(p.undamped), 'undamped'),
      weightDecay: f.let(f32x4.splat(p.weightDecay), 'weightDecay'),
    };
    const [block, at] = [f.local(i32, 'block'), f.local(i32, 'at')];
    forRange(f, block, p.begin, p.end, 1, () => {
      const entry = f.let(i32.add(p.blocks, i32.mul(block, 4 * entryWords)), 'entry');
      const [param, grad, buffer, length] = [0, 1, 2, 3].map(i => f.let(i32.load(entry, 4 * i), 'word'));
      const stop = f.let(i32.shl(length!, 2), 'stop');
      const step = (vectors: number, access: Access) => {
        const [inParam, inGrad, inBuffer] = [param, grad, buffer].map(base =>
          f.let(i32.add(base!, at), 'in'),
        );
        for (let v = 0; v < vectors; v++)
          emitStep(f, plan, rates, access, { param: inParam!, grad: inGrad!, buffer: inBuffer! }, 16 * v);
      };
      forRange(f, at, 0, f.let(i32.and(stop, -32), 'vectorEnd'), 32, () => step(2, fourLanes));
      forRange(f, at, at, stop, 4, () => step(1, oneLane));
    });
  });
}

interface Access {
  load(address: Val<'i32'>, offset: number): Val<'v128'>;
  store(f: Scope, address: Val<'i32'>, value: Val<'v128'>, offset: number): void;
}

const fourLanes: Access = { load: v128.load, store: v128.store };
const oneLane: Access = {
  load: v128.load32Zero,
  store: (f, address, value, offset) => v128.store32Lane(f, address, value, 0, offset),
};

type Named<Name extends string, T extends 'i32' | 'v128'> = { readonly [N in Name]: Local<T> };

function emitStep(
  f: Scope,
  plan: SgdPlan,
  rates: Named<'lr' | 'momentum' | 'undamped' | 'weightDecay', 'v128'>,
  { load, store }: Access,
  at: Named<'param' | 'grad' | 'buffer', 'i32'>,
  offset: number,
): void {
  const param = f.let(load(at.param, offset), 'param');
  const given = load(at.grad, offset);
  const signed = plan.maximize ? f32x4.neg(given) : given;
  const decayed = plan.weightDecay ? f32x4.add(signed, f32x4.mul(rates.weightDecay, param)) : signed;
  const gradient = f.let(decayed, 'gradient');
  let direction: Val<'v128'> = gradient;
  if (plan.momentum !== 'none') {
    const kept = f32x4.mul(rates.momentum, load(at.buffer, offset));
    const next = plan.momentum === 'fresh' ? gradient : f32x4.add(kept, f32x4.mul(rates.undamped, gradient));
    const velocity = f.let(next, 'velocity');
    store(f, at.buffer, velocity, offset);
    direction = plan.nesterov ? f32x4.add(gradient, f32x4.mul(rates.momentum, velocity)) : velocity;
  }
  store(f, at.param, f32x4.sub(param, f32x4.mul(rates.lr, direction)), offset);
}
