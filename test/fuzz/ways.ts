/** The ways to run a program that must give the same bits. */
import { configure, nn, noGrad, type Tensor } from 'tinygrad-ts';
import { type Steps, straight, type Way } from './execute.ts';

type Values = (Tensor | null)[];

/** A module that runs some steps; what is not in `results` may be freed when its call ends. */
class Part extends nn.Module {
  override forward(run: (values: Values) => void, values: Values, results: readonly number[]): Values {
    const own = [...values];
    run(own);
    return own.map((value, line) => (results.includes(line) ? value : null));
  }
}

const inModule: Way = (steps, values, results) =>
  new Part().call(own => steps.run(own, 0, steps.count), values, results);

/** Thirds of the steps, each in a module of its own, inside of one for all. */
const nested: Way = ({ count, run }: Steps, values, results) => {
  const cut = (part: number) => Math.floor((count * part) / 3);
  const all = Array.from({ length: count }, (_, i) => i);
  const parts = (own: Values) => {
    for (let part = 0; part < 3; part++) {
      const inner = new Part().call(mine => run(mine, cut(part), cut(part + 1)), own, all);
      inner.forEach((value, line) => {
        own[line] = value;
      });
    }
  };
  return new Part().call(parts, values, results);
};

/** Every value is looked at as soon as it is there, so that no kernel waits for another. */
const watched: Way = ({ count, run }, values, results) => {
  const steps = (own: Values) => {
    for (let i = 0; i < count; i++) {
      run(own, i, i + 1);
      own[i]?.toString();
    }
  };
  return new Part().call(steps, values, results);
};

const withoutGrad =
  (way: Way): Way =>
  (...args) =>
    noGrad(() => way(...args));

export interface NamedWay {
  readonly way: Way;
  /** The call in a printed program, of `forward` or of `model`, which has it as its own. */
  readonly code: string;
  readonly recorded: boolean;
  /** Kernels that wait for each other are compiled as one when they come for the second time. */
  readonly times: number;
}

/** The first of each kind, recorded or not, is what the others are compared with. */
export const ways: Readonly<Record<string, NamedWay>> = {
  'op by op': { way: straight, code: 'forward(...operands)', recorded: true, times: 1 },
  'in a module': { way: inModule, code: 'model.call(...operands)', recorded: true, times: 3 },
  'in modules in a module': { way: nested, code: 'nested.call(...operands)', recorded: true, times: 1 },
  'looking at each value': { way: watched, code: 'watched.call(...operands)', recorded: true, times: 1 },
  'op by op under noGrad': {
    way: withoutGrad(straight),
    code: 'noGrad(() => forward(...operands))',
    recorded: false,
    times: 1,
  },
  'in a module under noGrad': {
    way: withoutGrad(inModule),
    code: 'noGrad(() => model.call(...operands))',
    recorded: false,
    times: 3,
  },
};

/** Runs `fn` on two threads, of which each kernel seems to be worth sharing out. */
export function onTwoThreads<T>(fn: () => T): T {
  const { now } = performance;
  let time = 0;
  configure({ threads: 2 });
  performance.now = () => {
    time += 1000;
    return time;
  };
  try {
    return fn();
  } finally {
    performance.now = now;
    configure({ threads: 1 });
  }
}
