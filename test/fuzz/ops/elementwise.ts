import { broadcasts, type Chooser, holds } from '../chooser.ts';
import type { Arg, Step } from '../program.ts';

/** Returns a call with arguments that fit, or null where there are none. */
export type Choose = (c: Chooser) => Step | null;

export const method = (name: string, ...args: Arg[]): Step => ({ on: 'method', name, args });

const unary = (name: string): Choose => {
  return c => {
    const x = name.endsWith('_') ? c.target() : c.value();
    return x && method(name, { line: x.line });
  };
};

const constants = [1, 2, -1, 0.5, 0, 3, -2.5];

/** A value and another that it broadcasts with, or a number; now and then one that does not fit. */
const binary = (name: string): Choose => {
  return c => {
    const x = c.value();
    if (!x) return null;
    if (c.rarely(4)) return method(name, { line: x.line }, c.one(...constants));
    const y = c.value(other => c.rarely(30) || broadcasts(x.shape, other.shape));
    return y && method(name, { line: x.line }, { line: y.line });
  };
};

/** The same with a result that fits into the first one's memory. */
const inPlace = (name: string): Choose => {
  return c => {
    const x = c.target();
    if (!x) return null;
    if (c.rarely(4)) return method(name, { line: x.line }, c.one(...constants));
    const y = c.value(other => c.rarely(30) || holds(x.shape, other.shape));
    return y && method(name, { line: x.line }, { line: y.line });
  };
};

const clamp = (name: string): Choose => {
  return c => {
    const x = name.endsWith('_') ? c.target() : c.value();
    const bounds = c.one<Arg>({ min: 0 }, { max: 1 }, { min: -0.5, max: 0.75 }, { min: 1, max: -1 });
    return x && method(name, { line: x.line }, bounds);
  };
};

const named = (names: string, choose: (name: string) => Choose) =>
  Object.fromEntries(names.split(' ').map(name => [name, choose(name)]));

export const elementwise: Readonly<Record<string, Choose>> = {
  ...named('neg abs relu exp sqrt log sigmoid tanh clone detach', unary),
  ...named('add sub mul div pow eq ne lt le gt ge', binary),
  ...named('add_ sub_ mul_ div_ copy_', inPlace),
  ...named('relu_ zero_', unary),
  ...named('clamp clamp_', clamp),
  fill_(c) {
    const x = c.target();
    return x && method('fill_', { line: x.line }, c.one(...constants));
  },
  to(c) {
    const x = c.value();
    return x && method('to', { line: x.line }, c.one('float32', 'int32', 'bool'));
  },
  where(c) {
    const condition = c.value(x => x.dtype === 'bool');
    const a = condition && c.value(x => broadcasts(condition.shape, x.shape));
    const b = a && c.value(x => broadcasts(condition.shape, x.shape) && broadcasts(a.shape, x.shape));
    if (!b) return null;
    const other = c.rarely(3) ? c.one(...constants) : { line: b.line };
    return { on: 'Tensor', name: 'where', args: [{ line: condition.line }, { line: a.line }, other] };
  },
};
