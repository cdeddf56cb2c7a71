/** Structured control flow: each construct takes a closure that writes its body, and hands it a label to jump to. */
import { toVal } from './constants.ts';
import { AsmError } from './errors.ts';
import { i32 } from './namespaces.ts';
import type { Label, Local, Operand, Scope, Val } from './types.ts';

/** A body that may jump to the end of its construct: `exit.br()`, `exit.brIf(condition)`. */
export type Body = (exit: Label) => void;

function within(f: Scope, opcode: number, body: Body): void {
  const label = f.enter(opcode);
  body(label);
  f.leave(label);
}

/** Runs `body`, which may leave early. */
export function block(f: Scope, body: Body): void {
  within(f, 0x02, body);
}

/** Runs `body`, which may start over: here the label is the start, `again.br()`. Without a jump it runs once. */
export function loop(f: Scope, body: (again: Label) => void): void {
  within(f, 0x03, body);
}

/** Runs `then` if `condition` is not zero, else `otherwise`. If the condition is a constant, only that arm is written. */
export function ifElse(f: Scope, condition: Operand<'i32'>, then: Body, otherwise?: Body): void {
  const test = toVal('i32', condition, 'if');
  if (test.constant !== undefined) {
    const arm = test.constant === 0 ? otherwise : then;
    if (arm) block(f, arm);
    return;
  }
  f.emit([], [test]);
  within(f, 0x04, exit => {
    then(exit);
    if (!otherwise) return;
    f.emit([0x05]);
    otherwise(exit);
  });
}

/** Runs `body` while `condition()` is not zero; the closure writes the test at the head of the loop. */
export function whileLoop(f: Scope, condition: () => Operand<'i32'>, body: Body): void {
  loop(f, again =>
    ifElse(f, condition(), exit => {
      body(exit);
      again.br();
    }),
  );
}

/** A number that does not change while the loop runs: a constant as it is, everything else computed once. */
function fixed(f: Scope, value: Operand<'i32'>, name: string): Val<'i32'> {
  const val = toVal('i32', value, name);
  return val.constant === undefined ? f.let(val, name.split(' ')[0]!) : val;
}

/**
 * Runs `body` with `i` = begin, begin + step, … while i < end (signed; `end + step` must not overflow).
 * Bounds and step are computed once, before the loop. It is a do-while behind an if, so that the loop has one backward
 * branch and the engine's register allocator one header to care for. Afterwards `i` is the first value not run.
 */
export function forRange(
  f: Scope,
  i: Local<'i32'>,
  begin: Operand<'i32'>,
  end: Operand<'i32'>,
  step: Operand<'i32'>,
  body: Body,
): void {
  range(f, 'forRange', i32.ltS, i, begin, end, step, body);
}

/** As `forRange`, for addresses: unsigned, so that a step from the end of a memory of 2 GiB does not lead below zero. */
export function forAddresses(
  f: Scope,
  address: Local<'i32'>,
  begin: Operand<'i32'>,
  end: Operand<'i32'>,
  step: Operand<'i32'>,
  body: Body,
): void {
  range(f, 'forAddresses', i32.ltU, address, begin, end, step, body);
}

function range(
  f: Scope,
  name: string,
  isLess: typeof i32.ltS,
  i: Local<'i32'>,
  begin: Operand<'i32'>,
  end: Operand<'i32'>,
  step: Operand<'i32'>,
  body: Body,
): void {
  const [stop, by] = [fixed(f, end, `end of ${name}`), fixed(f, step, `step of ${name}`)];
  if (Number(by.constant) <= 0) throw new AsmError(`${name} takes a positive step, got ${by.constant}`);
  const start = toVal('i32', begin, `begin of ${name}`);
  i.set(start);
  ifElse(f, isLess(start.constant === undefined ? i : start, stop), exit =>
    loop(f, again => {
      body(exit);
      again.brIf(isLess(i.tee(i32.add(i, by)), stop));
    }),
  );
}
