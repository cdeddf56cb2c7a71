/** From the opcode tables to functions: what an instruction checks, what it encodes, and when it is executed. */
import { toVal } from './constants.ts';
import { uleb } from './encode.ts';
import { AsmError } from './errors.ts';
import { fold } from './fold.ts';
import type { Effects, Expressions, Table } from './signature.ts';
import type { Scope, Val, ValType } from './types.ts';

interface Instruction {
  readonly op: string;
  readonly opcode: number;
  readonly inputs: readonly string[];
  readonly result: string;
}

const valTypes: readonly string[] = ['i32', 'i64', 'f32', 'f64', 'v128'];

const isValType = (word: string): word is ValType => valTypes.includes(word);

/** The instructions of a table, named `namespace.name`, by their name. */
function* instructionsOf(namespace: string, table: Table): Generator<[string, Instruction]> {
  for (const [signature, group] of Object.entries(table)) {
    const [inputs, result] = signature.split(' -> ');
    for (const [name, opcode] of Object.entries(group)) {
      yield [name, { op: `${namespace}.${name}`, opcode, inputs: inputs.split(' '), result }];
    }
  }
}

/** One byte, or the prefix and the number behind it in LEB128: 0xfd_80 is fd 80 01. */
function opcodeBytes(opcode: number): number[] {
  return opcode < 0x100 ? [opcode] : [opcode >> 8, ...uleb(opcode & 0xff)];
}

function lane(op: string, value: unknown, count: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count) return value;
  throw new AsmError(`${op} takes a lane in 0…${count - 1}, got ${String(value)}`);
}

function lanes(op: string, value: unknown): number[] {
  if (!Array.isArray(value) || value.length !== 16)
    throw new AsmError(`${op} takes 16 lanes, got ${String(value)}`);
  return value.map(item => lane(op, item, 32));
}

/** Alignment (a power of two: a hint, but the law for atomics) and offset of a memory access. */
function memarg(op: string, bytes: number, offset: unknown = 0): number[] {
  if (typeof offset === 'number' && Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32) {
    return [Math.log2(bytes), ...uleb(offset)];
  }
  throw new AsmError(`${op} takes a constant offset in [0, 2^32), got ${String(offset)}`);
}

/** The bytes and the operands of an instruction, from its arguments: the words of its signature, one by one. */
function assemble({ op, opcode, inputs }: Instruction, args: readonly unknown[]) {
  const code = opcodeBytes(opcode);
  const operands: Val<ValType>[] = [];
  const named = inputs.filter(word => word !== 'zero').length;
  let next = 0;
  for (const word of inputs) {
    if (word === 'zero') {
      code.push(0);
    } else if (isValType(word)) {
      operands.push(toVal(word, args[next++], op));
    } else if (word === 'lanes') {
      code.push(...lanes(op, args[next++]));
    } else if (word.startsWith('lane')) {
      code.push(lane(op, args[next++], Number(word.slice(4))));
    } else {
      operands.push(toVal('i32', args[next++], op));
      code.push(...memarg(op, Number(word.slice(3)), args[named]));
    }
  }
  return { code, operands };
}

/** The functions of a table's instructions; each returns the expression, simplified where that is safe. */
export function expressions<T extends Table>(namespace: string, table: T): Expressions<T> {
  const functions: Record<string, unknown> = {};
  for (const [name, instruction] of instructionsOf(namespace, table)) {
    const { op, result } = instruction;
    const build = (...args: unknown[]): Val<ValType> => {
      const { code, operands } = assemble(instruction, args);
      if (!isValType(result)) throw new AsmError(`${op} has no result and cannot be an expression`);
      return fold(op, operands, build) ?? { type: result, op, code, operands };
    };
    functions[name] = build;
  }
  return functions as Expressions<T>;
}

/** A local that takes what lies on the stack, if anything does: effects happen once, where they are written. */
export function popResult(f: Scope, type: string, name: string): Val<ValType> | undefined {
  if (!isValType(type)) return undefined;
  const result = f.local({ type }, name);
  f.emit([0x21, ...uleb(result.index)]);
  return result;
}

/** The functions of a table's instructions; each executes its instruction in `f`, and returns a result as a local. */
export function effects<T extends Table>(namespace: string, table: T): Effects<T> {
  const functions: Record<string, unknown> = {};
  for (const [name, instruction] of instructionsOf(namespace, table)) {
    functions[name] = (f: Scope, ...args: unknown[]) => {
      const { code, operands } = assemble(instruction, args);
      f.emit(code, operands);
      return popResult(f, instruction.result, instruction.op);
    };
  }
  return functions as Effects<T>;
}
