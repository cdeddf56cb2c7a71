/**
 * The vocabulary of the assembler: value types, expressions, and the function body they are written into.
 *
 * WebAssembly is a stack machine: an instruction pops its operands and pushes its result. A tree of
 * expressions, written in postorder (operands first, then the instruction), is exactly such a program.
 * So an expression is all this assembler needs, and TypeScript's own type checker validates the stack.
 */

/** The five types of values that a kernel computes with; `v128` is 16 bytes, its lanes are up to the operation. */
export type ValType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Something that names a value type; the namespaces `i32`, `i64`, `f32`, `f64` and `v128` do. */
export interface TypeTag<T extends ValType> {
  readonly type: T;
}

/**
 * An expression of type `T`: a tree, computed at the place where it is used, and again at every use.
 * It reads locals and memory as they are then. Keep it in a local (`f.let`) to compute it once.
 */
export interface Val<T extends ValType> extends TypeTag<T> {
  /** What it is called in error messages: the instruction, or the name of the local. */
  readonly op: string;
  /** The bytes of the instruction itself: opcode and immediates. */
  readonly code: readonly number[];
  /** What is pushed before the instruction. */
  readonly operands: readonly Val<ValType>[];
  /** The value of an `i32.const` (signed) or `i64.const`: what constant folding looks at. */
  readonly constant?: number | bigint;
  /** The function or module it belongs to, if it reads a local or a global. */
  readonly owner?: object;
  /** True of a tree that changes something (`local.tee`): it must be used exactly once. */
  readonly once?: boolean;
}

interface Literals {
  i32: number;
  i64: bigint;
  f32: number;
  f64: number;
  v128: never;
}

/** What an instruction takes for an operand of type `T`: an expression, or a plain number that becomes a constant. */
export type Operand<T extends ValType> = Val<T> | Literals[T];

/** A variable of a function; as an expression it is its current value. */
export interface Local<T extends ValType> extends Val<T> {
  readonly name: string;
  readonly index: number;
  /** Its current value: the local itself, for those who like to see the read. */
  get(): Val<T>;
  /** Writes `value` to it, here. */
  set(value: Operand<T>): void;
  /** An expression that writes `value` to it and is `value`; must be used exactly once. */
  tee(value: Operand<T>): Val<T>;
}

/** The body of a function under construction; whatever has an effect takes it as first argument, and happens here. */
export interface Scope {
  readonly name: string;
  readonly module: object;
  /** Appends `operands`, then `code`. */
  emit(code: readonly number[], operands?: readonly Val<ValType>[]): void;
  /** A new local, zero at the start of the function. */
  local<T extends ValType>(type: TypeTag<T>, name?: string): Local<T>;
  /** A new local that holds `value`, computed here, once. */
  let<T extends ValType>(value: Val<T>, name?: string): Local<T>;
  /** `value`, which from now on must be used exactly once. */
  once<T extends ValType>(value: Val<T>): Val<T>;
  /** Opens a structured block: `opcode` is `block`, `loop` or `if`. */
  enter(opcode: number): Label;
  /** Closes the innermost block, which must be that of `label`. */
  leave(label: Label): void;
}

/** The target of a jump: behind the end of a `block` or an `if`; the start of a `loop`. */
export interface Label {
  /** Jumps there. */
  br(): void;
  /** Jumps there if `condition` is not zero. */
  brIf(condition: Operand<'i32'>): void;
}
