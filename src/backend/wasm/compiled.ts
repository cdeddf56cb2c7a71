/** A kernel that was compiled, and what it was made from. */
import type { Module } from './asm/index.ts';
import type { Kernel } from './engine.ts';
import type { AnyFunc } from './kernels/chain.ts';
import type { Machine } from './kernels/machine.ts';
import type { Timed } from './threads/share.ts';

/** Writes a kernel into a module. */
export type Emit = (m: Module, machine: Machine) => AnyFunc;

let ids = 0;

/** What writes a kernel, with its arguments; no two have the same id. */
export class Source {
  readonly id = ids++;
  readonly emit: Emit;

  constructor(emit: Emit) {
    this.emit = emit;
  }
}

export class Compiled implements Timed {
  /** For messages. */
  readonly name: string;
  readonly source: Source;
  readonly run: Kernel;
  readonly bytes: Uint8Array;
  unit = Number.POSITIVE_INFINITY;
  runs = 0;

  constructor(name: string, source: Source, run: Kernel, bytes: Uint8Array) {
    this.name = name;
    this.source = source;
    this.run = run;
    this.bytes = bytes;
  }

  get id(): number {
    return this.source.id;
  }
}
