/** Keys of kernels, made from all that their emission depends on. */
import { Source } from './compiled.ts';
import { LruMap } from './lru.ts';

/** Returns T if it is plain data through and through, of which a key can be made: there are no functions in it. */
export type Plain<T> = T extends number | string | boolean | null | Source
  ? T
  : T extends (...args: never) => unknown
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Plain<T[K]> }
      : never;

/** Plans are kept from call to call, so it is known for each of them which text it has. */
const planNumbers = new WeakMap<object, number>();
/** A text that is forgotten only gets another number, and the kernel is compiled again. */
const textNumbers = new LruMap<string, number>(1024);
let numbers = 0;

/** Returns a short key that is another one for other arguments. Objects among them must not change any more. */
export function keyOf(args: readonly unknown[]): string {
  let key = '';
  for (const arg of args) key += isPlan(arg) ? `#${numberOf(arg)},` : textOf(arg);
  return key;
}

function isPlan(arg: unknown): arg is object {
  return typeof arg === 'object' && arg !== null && !Array.isArray(arg) && !(arg instanceof Source);
}

function numberOf(plan: object): number {
  let number = planNumbers.get(plan);
  if (number === undefined) {
    const text = textOf(plan);
    number = textNumbers.get(text) ?? numbers++;
    textNumbers.set(text, number);
    planNumbers.set(plan, number);
  }
  return number;
}

/** Returns a text that tells where it ends, and that no other value has. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0,' : `${value},`;
  if (typeof value !== 'object' || value === null) return `${value},`;
  if (value instanceof Source) return `@${value.id},`;
  if (Array.isArray(value)) return `[${value.map(textOf).join('')}]`;
  let text = '{';
  for (const [name, part] of Object.entries(value)) text += textOf(name) + textOf(part);
  return `${text}}`;
}
