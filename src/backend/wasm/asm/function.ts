/** A function while it is being written: its locals, its open blocks, its code. */
import { toVal } from './constants.ts';
import { uleb, vector } from './encode.ts';
import { AsmError } from './errors.ts';
import { FunctionLocal } from './local.ts';
import type { Label, Local, Operand, Scope, TypeTag, Val, ValType } from './types.ts';

/** The byte that stands for a value type. */
export const typeByte: Readonly<Record<ValType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Parameters by name, in order: `{ n: i32, x: i32, a: f32 }`. */
export type Params = Readonly<Record<string, TypeTag<ValType>>>;

/** The parameters as locals of the function. */
export type ParamLocals<P extends Params> = { readonly [N in keyof P]: Local<P[N]['type']> };

/** What the closure that writes a function returns; `R` is `never` for a function without result. */
export type Returned<R extends ValType> = [R] extends [never] ? unknown : Operand<R>;

/** The body of a function with result type `R`, which is `never` if it has none. */
export class FunctionBody<R extends ValType> implements Scope {
  readonly name: string;
  readonly module: object;
  readonly locals: Local<ValType>[] = [];
  readonly #result: TypeTag<R> | undefined;
  readonly #code: number[] = [];
  readonly #labels: Label[] = [];
  readonly #unused = new Set<Val<ValType>>();
  #paramCount = 0;
  #isOpen = true;

  constructor(module: object, name: string, result: TypeTag<R> | undefined) {
    this.module = module;
    this.name = name;
    this.#result = result;
  }

  /** The locals of the parameters; to be called first, since a function's locals begin with its parameters. */
  declare<P extends Params>(params: P): ParamLocals<P> {
    const locals = Object.entries(params).map(([name, type]) => [name, this.local(type, name)]);
    this.#paramCount = locals.length;
    return Object.fromEntries(locals) as ParamLocals<P>;
  }

  local<T extends ValType>(type: TypeTag<T>, name?: string): Local<T> {
    const index = this.locals.length;
    const local = new FunctionLocal(this, type.type, index, name ?? `local${index}`);
    this.locals.push(local);
    return local;
  }

  let<T extends ValType>(value: Val<T>, name?: string): Local<T> {
    const local = this.local<T>(value, name);
    this.emit([0x21, ...uleb(local.index)], [value]);
    return local;
  }

  once<T extends ValType>(value: Val<T>): Val<T> {
    this.#unused.add(value);
    return value;
  }

  emit(code: readonly number[], operands: readonly Val<ValType>[] = []): void {
    if (!this.#isOpen) throw new AsmError(`function '${this.name}' is finished, nothing can be added to it`);
    for (const operand of operands) this.#push(operand);
    this.#code.push(...code);
  }

  /** Leaves the function with its result. */
  return(...value: [R] extends [never] ? [] : [value: Operand<R>]): void {
    this.emit([0x0f], this.#resultOf(value[0]));
  }

  /** Traps: says to the engine, and to the reader, that this point is never reached. */
  unreachable(): void {
    this.emit([0x00]);
  }

  enter(opcode: number): Label {
    this.emit([opcode, 0x40]);
    const label: Label = {
      br: () => this.emit([0x0c, ...this.#depthOf(label)]),
      brIf: condition => this.emit([0x0d, ...this.#depthOf(label)], [toVal('i32', condition, 'br_if')]),
    };
    this.#labels.push(label);
    return label;
  }

  leave(label: Label): void {
    if (this.#labels.pop() !== label)
      throw new AsmError(`function '${this.name}': blocks must close innermost first`);
    this.emit([0x0b]);
  }

  /** The entry of the code section: locals and code, behind their size. `value` is what the function ends with. */
  finish(value: unknown): number[] {
    if (this.#labels.length > 0) throw new AsmError(`function '${this.name}' ends with an open block`);
    this.emit([0x0b], this.#resultOf(value));
    this.#isOpen = false;
    const [unused] = this.#unused;
    if (unused)
      throw new AsmError(`function '${this.name}': the ${unused.op} was never used, so it never happens`);
    const declared = this.locals.slice(this.#paramCount).map(local => [1, typeByte[local.type]]);
    const body = [...vector(declared), ...this.#code];
    return [...uleb(body.length), ...body];
  }

  #resultOf(value: unknown): Val<ValType>[] {
    const where = `the result of function '${this.name}'`;
    if (this.#result) return [toVal(this.#result.type, value, where)];
    if (value !== undefined) throw new AsmError(`${where} is not declared, but its body returns one`);
    return [];
  }

  /** How many blocks lie between here and the label: WebAssembly counts them from the inside. */
  #depthOf(label: Label): number[] {
    const position = this.#labels.indexOf(label);
    if (position < 0) throw new AsmError(`function '${this.name}': jump to a label outside of its block`);
    return uleb(this.#labels.length - 1 - position);
  }

  /** Writes an expression in postorder. */
  #push(value: Val<ValType>): void {
    if (value.owner !== undefined && value.owner !== this && value.owner !== this.module) {
      throw new AsmError(`function '${this.name}' cannot use the ${value.op}, which is not its own`);
    }
    for (const operand of value.operands) this.#push(operand);
    if (value.once && !this.#unused.delete(value)) {
      throw new AsmError(`function '${this.name}': the ${value.op} is used twice, so it would happen twice`);
    }
    this.#code.push(...value.code);
  }
}
