import { type FunctionBody, i32, type Local, Module } from '../../../../src/backend/wasm/asm/index.ts';
import { run } from './engine.ts';

export type Int = Local<'i32'>;

/** A function of three integers to one, written by `write`, ready to call. */
export function compiled(write: (f: FunctionBody<'i32'>, a: Int, b: Int, c: Int) => Int) {
  const m = new Module();
  m.export(
    m.func({ name: 'main', params: { a: i32, b: i32, c: i32 }, result: i32 }, (f, { a, b, c }) =>
      write(f, a, b, c),
    ),
  );
  const { main } = run(m);
  return (a = 0, b = 0, c = 0) => main(a, b, c);
}

/** Appends a decimal digit: a trace of what ran, in which order. */
export const trace = (log: Int, digit: Parameters<typeof i32.add>[1]) =>
  log.set(i32.add(i32.mul(log, 10), digit));
