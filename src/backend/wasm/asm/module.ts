/** A module under construction, and its bytes. */
import { name as nameBytes, section, uleb, vector } from './encode.ts';
import { AsmError } from './errors.ts';
import { FunctionBody, type ParamLocals, type Params, type Returned, typeByte } from './function.ts';
import { Global } from './global.ts';
import { type NamedFunction, nameSection } from './names.ts';
import type { Operand, TypeTag, ValType } from './types.ts';

/** A function that can be called and exported. `R` is `never` if it has no result. */
export interface Func<P extends Params, R extends ValType> {
  readonly kind: 'func';
  readonly name: string;
  readonly index: number;
  readonly params: P;
  readonly result: TypeTag<R> | undefined;
  readonly owner: object;
}

/** The module's memory. */
export interface Memory {
  readonly owner: object;
  readonly kind: 'memory';
  readonly index: number;
  readonly name: string;
}

/** The size of a memory, in pages of 64 KiB. A shared one needs a maximum. */
export interface MemoryLimits {
  readonly min: number;
  readonly max?: number;
  readonly shared?: boolean;
}

interface FuncType<P extends Params, R extends ValType> {
  readonly params: P;
  readonly result?: TypeTag<R>;
}

/** A function, a memory or a global; no more is said, or inference would take a function's result from here. */
interface Exportable {
  readonly kind: keyof typeof kindByte;
  readonly index: number;
  readonly name: string;
  readonly owner: object;
}

/** What an i32 can address: 4 GiB. */
const maxPages = 65536;

const kindByte = { func: 0, memory: 2, global: 3 } as const;

function limitBytes({ min, max, shared = false }: MemoryLimits): number[] {
  if (max === undefined && shared) throw new AsmError('a shared memory needs a maximum');
  const isSize = (pages: number) => Number.isInteger(pages) && pages >= 0 && pages <= maxPages;
  if (!isSize(min) || !isSize(max ?? min) || min > (max ?? min)) {
    throw new AsmError(`a memory has 0 <= min <= max <= ${maxPages} pages, got min ${min}, max ${max}`);
  }
  return max === undefined ? [0, ...uleb(min)] : [shared ? 3 : 1, ...uleb(min), ...uleb(max)];
}

/**
 * A module to be: its functions, one memory, globals and exports, which `toBytes` turns into WebAssembly.
 * `name` is what debuggers and disassemblers call it.
 */
export class Module {
  readonly name: string;
  readonly #types: string[] = [];
  readonly #imports: number[][] = [];
  readonly #functionTypes: number[][] = [];
  readonly #codes: number[][] = [];
  readonly #names: NamedFunction[] = [];
  readonly #globals: Global<ValType>[] = [];
  readonly #exports = new Map<string, number[]>();
  #memory: number[] = [];
  #hasMemory = false;
  #writing: string | undefined;

  constructor(name = '') {
    this.name = name;
  }

  /** The memory that the host passes in as `imports[from][name]`. */
  importMemory(from: string, name: string, limits: MemoryLimits): Memory {
    const memory = this.#claimMemory(name);
    this.#imports.push([...nameBytes(from), ...nameBytes(name), kindByte.memory, ...limitBytes(limits)]);
    return memory;
  }

  /** A memory of the module's own, zero at the start. */
  memory(limits: MemoryLimits, name = 'memory'): Memory {
    const memory = this.#claimMemory(name);
    this.#memory = section(5, vector([limitBytes(limits)]));
    return memory;
  }

  /** The function that the host passes in as `imports[from][name]`; to be declared before the module's own. */
  importFunc<P extends Params, R extends ValType = never>(
    from: string,
    name: string,
    type: FuncType<P, R>,
  ): Func<P, R> {
    if (this.#codes.length > 0) throw new AsmError(`import '${name}' before the module's own functions`);
    this.#imports.push([...nameBytes(from), ...nameBytes(name), kindByte.func, ...this.#typeIndex(type)]);
    return this.#addFunc(name, type, Object.keys(type.params));
  }

  /**
   * A function. `write` gets its body and its parameters as locals, and returns its result, if there is one:
   * `m.func({ name: 'twice', params: { x: f32 }, result: f32 }, (f, { x }) => f32.add(x, x))`.
   */
  func<P extends Params, R extends ValType = never>(
    type: FuncType<P, R> & { readonly name: string },
    write: (f: FunctionBody<R>, params: ParamLocals<P>) => Returned<NoInfer<R>>,
  ): Func<P, R> {
    const { name, params, result } = type;
    if (this.#writing !== undefined) throw new AsmError(`'${name}' begins inside of '${this.#writing}'`);
    this.#writing = name;
    try {
      const body = new FunctionBody<R>(this, name, result);
      const code = body.finish(write(body, body.declare(params)));
      this.#functionTypes.push(this.#typeIndex(type));
      this.#codes.push(code);
      return this.#addFunc(
        name,
        type,
        body.locals.map(local => local.name),
      );
    } finally {
      this.#writing = undefined;
    }
  }

  /** A mutable global that starts with `init`. */
  global<T extends ValType>(
    type: TypeTag<T>,
    init: Operand<NoInfer<T>>,
    name = `global${this.#globals.length}`,
  ): Global<T> {
    const global = new Global(this, type.type, this.#globals.length, init, name);
    this.#globals.push(global);
    return global;
  }

  /** `item`, visible to the host as `name`. */
  export<E extends Exportable>(item: E, name: string = item.name): E {
    if (item.owner !== this) throw new AsmError(`'${name}' belongs to another module`);
    if (this.#exports.has(name)) throw new AsmError(`'${name}' is exported twice`);
    this.#exports.set(name, [...nameBytes(name), kindByte[item.kind], ...uleb(item.index)]);
    return item;
  }

  /** The module in the binary format, for `new WebAssembly.Module(bytes)`. Sections without content are left out. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const list = (id: number, items: readonly number[][]) =>
      items.length > 0 ? section(id, vector(items)) : [];
    const types = this.#types.map(type => type.split(',').map(Number));
    const globals = this.#globals.map(({ type, init }) => [typeByte[type], 1, ...init.code, 0x0b]);
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // \0asm, version 1
      ...list(1, types),
      ...list(2, this.#imports),
      ...list(3, this.#functionTypes),
      ...this.#memory,
      ...list(6, globals),
      ...list(7, [...this.#exports.values()]),
      ...list(10, this.#codes),
      ...nameSection(this.name, this.#names),
    ]);
  }

  #claimMemory(name: string): Memory {
    if (this.#hasMemory) throw new AsmError('a module has one memory');
    this.#hasMemory = true;
    return { kind: 'memory', index: 0, name, owner: this };
  }

  #addFunc<P extends Params, R extends ValType>(
    name: string,
    type: FuncType<P, R>,
    locals: string[],
  ): Func<P, R> {
    const index = this.#names.length;
    this.#names.push({ name, index, locals });
    return { kind: 'func', name, index, params: type.params, result: type.result, owner: this };
  }

  /** The index of a function type; equal types are written once. */
  #typeIndex({ params, result }: FuncType<Params, ValType>): number[] {
    const inputs = Object.values(params).map(({ type }) => [typeByte[type]]);
    const key = [0x60, ...vector(inputs), ...vector(result ? [[typeByte[result.type]]] : [])].join();
    const known = this.#types.indexOf(key);
    return uleb(known >= 0 ? known : this.#types.push(key) - 1);
  }
}
