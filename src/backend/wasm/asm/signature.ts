/**
 * The notation of the opcode tables, and the TypeScript types that follow from it.
 *
 * A signature is written as in the specification, `'i32 i32 -> i32'`, with a few words for what is not on the stack:
 *
 * | word     | argument                                                    | bytes behind the opcode |
 * |----------|-------------------------------------------------------------|-------------------------|
 * | `i32` …  | an operand of that type                                     | none (it is pushed)     |
 * | `mem4`   | an i32 address; the offset is the last argument, default 0  | alignment (of 4), offset|
 * | `lane4`  | the number of one of 4 lanes                                | that number             |
 * | `lanes`  | 16 numbers of bytes, 0…31                                   | these                   |
 * | `zero`   | none                                                        | 0 (memory 0, or unused) |
 *
 * `none` on the right means no result. A table groups names and opcodes by signature; 0xfd_0b is prefix fd, opcode 0b.
 */
import type { Operand, Scope, Val, ValType } from './types.ts';

/** Instructions by signature: `{ 'i32 i32 -> i32': { add: 0x6a, sub: 0x6b } }`. */
export type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Argument<Word extends string> = Word extends ValType
  ? Operand<Word>
  : Word extends `mem${number}`
    ? Operand<'i32'>
    : Word extends 'lanes'
      ? readonly number[]
      : number;

type Arguments<Words extends string> = Words extends `${infer Head} ${infer Tail}`
  ? [...Arguments<Head>, ...Arguments<Tail>]
  : Words extends 'zero'
    ? []
    : [Argument<Words>];

/** The arguments of a signature's left side: `[address, value, offset?]` of `'mem4 i32'`. */
type Inputs<Words extends string> = Words extends `mem${string}`
  ? [...Arguments<Words>, offset?: number]
  : Arguments<Words>;

type Expression<S> = S extends `${infer In} -> ${infer Out extends ValType}`
  ? (...operands: Inputs<In>) => Val<Out>
  : never;

type Effect<S> = S extends `${infer In} -> none`
  ? (f: Scope, ...operands: Inputs<In>) => void
  : S extends `${infer In} -> ${infer Out extends ValType}`
    ? (f: Scope, ...operands: Inputs<In>) => Val<Out>
    : never;

type Names<T extends Table> = { [S in keyof T]: keyof T[S] & string }[keyof T];

type SignatureOf<T extends Table, Name extends string> = {
  [S in keyof T]: Name extends keyof T[S] ? S : never;
}[keyof T];

/** One function per instruction of the table, that returns the expression. */
export type Expressions<T extends Table> = { readonly [N in Names<T>]: Expression<SignatureOf<T, N>> };

/** One function per instruction of the table, that takes the function body first and executes the instruction there. */
export type Effects<T extends Table> = { readonly [N in Names<T>]: Effect<SignatureOf<T, N>> };
