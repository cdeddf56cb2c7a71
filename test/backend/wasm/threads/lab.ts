/** Kernels whose units can be counted, held up, and made to trap. */
import {
  forRange,
  i32,
  loop,
  Module,
  type Scope,
  type Val,
  memory as wasm,
} from '../../../../src/backend/wasm/asm/index.ts';
import { engine, type Kernel, type WasmMemory } from '../../../../src/backend/wasm/engine.ts';
import type { Code } from '../../../../src/backend/wasm/threads/team.ts';

/** As many as the library's own memory may have, so that kernels can run there, too. */
const pages = { min: 1, max: 32768, shared: true };
const [gate, arrivals, firstCount] = [0, 1, 16];
/** The most units of a kernel. */
export const maxUnits = 1000;

/** A call of a kernel arrives. */
function arrive(f: Scope): void {
  i32.atomic.rmw.add(f, 0, 1, 4 * arrivals);
}

function count(f: Scope, { begin, end }: Record<'begin' | 'end', Val<'i32'>>): void {
  const unit = f.local(i32, 'unit');
  forRange(f, unit, begin, end, 1, () => {
    i32.atomic.rmw.add(f, i32.shl(unit, 2), 1, 4 * firstCount);
  });
}

/** A memory for kernels. Its first words hold a gate, how many calls of a kernel arrived, and how often each unit ran. */
export class Lab {
  readonly memory: WasmMemory;
  readonly words: Int32Array;
  #ids = 0;
  #waited = 0;

  constructor(memory = new engine!.Memory({ initial: pages.min, maximum: pages.max, shared: true })) {
    this.memory = memory;
    this.words = new Int32Array(memory.buffer);
  }

  get arrived(): number {
    return Atomics.load(this.words, arrivals);
  }

  open(): void {
    Atomics.store(this.words, gate, 1);
    Atomics.notify(this.words, gate);
  }

  /** Closes the gate and forgets what was counted. */
  reset(): void {
    this.words.fill(0, 0, firstCount + maxUnits);
  }

  /** Returns how often each of the first units ran. */
  counts(units: number): number[] {
    return Array.from(this.words.subarray(firstCount, firstCount + units));
  }

  /** Looks until `condition` comes true, for 10 s in all. Does not sleep: tests change what sleeping is. */
  until(condition: () => boolean): void {
    let before = Date.now();
    while (!condition()) {
      const now = Date.now();
      this.#waited += now - before;
      before = now;
      if (this.#waited > 10_000) throw new Error('waited for 10 s in vain');
    }
  }

  /** A kernel that arrives, then goes so many rounds in a loop, which is its argument, and counts its units. */
  counting(): Code {
    return this.#code(m =>
      m.func({ name: 'counting', params: { rounds: i32, begin: i32, end: i32 } }, (f, p) => {
        const round = f.local(i32, 'round');
        arrive(f);
        forRange(f, round, 0, p.rounds, 1, () => {});
        count(f, p);
      }),
    );
  }

  /** A kernel that arrives, waits at the gate, asleep or `busy`, and counts its units. */
  waiting(busy = false): Code {
    return this.#code(m =>
      m.func({ name: 'waiting', params: { begin: i32, end: i32 } }, (f, p) => {
        arrive(f);
        loop(f, again => {
          if (!busy) wasm.atomic.wait32(f, 4 * gate, 0, -1n);
          again.brIf(i32.eqz(i32.atomic.load(f, 4 * gate)));
        });
        count(f, p);
      }),
    );
  }

  /** A kernel that arrives and traps. */
  trapping(): Code {
    return this.#code(m =>
      m.func({ name: 'trapping', params: { begin: i32, end: i32 } }, f => {
        arrive(f);
        f.unreachable();
      }),
    );
  }

  /** A kernel that arrives, and writes each of its units and its last three arguments behind it to its first. */
  writing(): Code {
    return this.#code(m => {
      const params = { to: i32, a: i32, b: i32, c: i32, begin: i32, end: i32 };
      return m.func({ name: 'writing', params }, (f, { to, a, b, c, begin, end }) => {
        const unit = f.local(i32, 'unit');
        arrive(f);
        forRange(f, unit, begin, end, 1, () => {
          const at = f.let(i32.add(to, i32.shl(unit, 4)), 'at');
          for (const [i, value] of [unit, a, b, c].entries()) i32.store(f, at, value, 4 * i);
        });
      });
    });
  }

  /** A kernel whose units each write 1 + the sum of the 64 words at its first argument to a word at its second. */
  adding(): Code {
    return this.#code(m =>
      m.func({ name: 'adding', params: { from: i32, to: i32, begin: i32, end: i32 } }, (f, p) => {
        const [unit, i, sum] = [f.local(i32, 'unit'), f.local(i32, 'i'), f.local(i32, 'sum')];
        forRange(f, unit, p.begin, p.end, 1, () => {
          sum.set(1);
          forRange(f, i, 0, 64, 1, () => {
            sum.set(i32.add(sum, i32.load(i32.add(p.from, i32.shl(i, 2)))));
          });
          i32.store(f, i32.add(p.to, i32.shl(unit, 2)), sum);
        });
      }),
    );
  }

  /** `code` for workers; each chunk of the caller's waits until so many calls have arrived, then does `instead`. */
  together(calls: number, code: Code, instead = code.run): Code {
    const run: Kernel = (...args) => {
      this.until(() => this.arrived >= calls);
      instead(...args);
    };
    return { ...code, run };
  }

  #code(emit: (m: Module) => Parameters<Module['export']>[0]): Code {
    const m = new Module();
    m.importMemory('env', 'memory', pages);
    const { name } = m.export(emit(m));
    const bytes = m.toBytes();
    const { exports } = new engine!.Instance(new engine!.Module(bytes), { env: { memory: this.memory } });
    // The library counts up from 0.
    return { id: --this.#ids, bytes, run: exports[name]!, unit: 0 };
  }
}
