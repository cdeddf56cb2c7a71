/** Which backend runs, and on what. */
import type { DType } from '../dtype.ts';
import { ArgumentError, checkOptions, describe } from '../errors.ts';
import type { Kernels } from './kernels.ts';
import { reference } from './reference/index.ts';

const backends = { reference } satisfies Record<string, Kernels>;

export type BackendName = keyof typeof backends;

export interface Configuration {
  /** 'reference': plain TypeScript loops. */
  readonly backend?: BackendName;
}

export interface RuntimeInfo {
  readonly backend: BackendName;
  readonly threads: number;
  /** As `node 20.20.2 (V8 11.3)` or a browser's user agent. */
  readonly engine: string;
}

let selected: BackendName = 'reference';

/** Chooses what the library runs on; returns what it runs on now. */
export function configure(options: Configuration = {}): RuntimeInfo {
  checkOptions('configure', options, ['backend']);
  const { backend = selected } = options;
  if (!Object.hasOwn(backends, backend)) {
    throw new ArgumentError(
      `configure: unknown backend ${describe(backend)}; the backends are ${Object.keys(backends).join(', ')}`,
    );
  }
  selected = backend;
  return runtimeInfo();
}

/** Returns what the library runs on. */
export function runtimeInfo(): RuntimeInfo {
  return { backend: selected, threads: 1, engine: engine() };
}

function engine(): string {
  const { process, navigator } = globalThis as {
    process?: { versions?: { node?: string; v8?: string } };
    navigator?: { userAgent?: string };
  };
  if (process?.versions?.node) {
    return `node ${process.versions.node} (V8 ${process.versions.v8?.split('.').slice(0, 2).join('.')})`;
  }
  return navigator?.userAgent ?? 'unknown';
}

/** Returns the kernels that compute results of this dtype. */
export function kernelsFor(_dtype: DType): Kernels {
  return backends[selected];
}
