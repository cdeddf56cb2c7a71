/** What works on values of every type: `select`, `drop`, and `call`. */
import { toVal } from './constants.ts';
import { uleb } from './encode.ts';
import { AsmError } from './errors.ts';
import type { Params } from './function.ts';
import { popResult } from './instructions.ts';
import type { Func } from './module.ts';
import type { Operand, Scope, Val, ValType } from './types.ts';

/** `a` if `condition` is not zero, else `b`; both are computed, there is no jump. */
export function select<T extends ValType>(
  a: Val<T>,
  b: Operand<NoInfer<T>>,
  condition: Operand<'i32'>,
): Val<T> {
  const operands = [a, toVal(a.type, b, 'select'), toVal('i32', condition, 'the condition of select')];
  return { type: a.type, op: 'select', code: [0x1b], operands };
}

/** Computes `value` and forgets it. */
export function drop(f: Scope, value: Val<ValType>): void {
  f.emit([0x1a], [value]);
}

type Called<R extends ValType> = [R] extends [never] ? undefined : Val<R>;

/** Calls a function of the same module with its arguments by name, here; the result, if any, is in a local. */
export function call<P extends Params, R extends ValType>(
  f: Scope,
  func: Func<P, R>,
  args: { readonly [N in keyof P]: Operand<P[N]['type']> },
): Called<R> {
  if (func.owner !== f.module) throw new AsmError(`'${f.name}' cannot call '${func.name}' of another module`);
  const operands = Object.entries(func.params).map(([name, { type }]) =>
    toVal(type, args[name], `'${name}' of '${func.name}'`),
  );
  f.emit([0x10, ...uleb(func.index)], operands);
  return popResult(f, func.result?.type ?? 'none', func.name) as Called<R>;
}
