/** What is found around the library: variables of the environment, the engine and its version. */
interface Surroundings {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly versions?: { readonly node?: string; readonly v8?: string };
  };
  readonly Deno?: {
    readonly version: { readonly deno: string; readonly v8: string };
    readonly permissions?: {
      querySync?(descriptor: { name: 'env'; variable: string }): { readonly state: string };
    };
  };
  readonly Bun?: { readonly version: string };
  readonly navigator?: { readonly userAgent?: string };
}

const surroundings = globalThis as Surroundings;

/** Returns a variable of the environment; undefined if it is not set, or empty, or not for this program to read. */
export function variable(name: string): string | undefined {
  const { Deno, process } = surroundings;
  try {
    // Deno would ask the user, and wait for an answer.
    const state = Deno?.permissions?.querySync?.({ name: 'env', variable: name }).state;
    if (state !== undefined && state !== 'granted') return undefined;
    return process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}

/** Returns the engine's name and version: as `node 20.20.2 (V8 11.3)`, or a browser's user agent. */
export function engineName(): string {
  const { Deno, Bun, process, navigator } = surroundings;
  if (Bun) return `bun ${Bun.version} (JavaScriptCore)`;
  if (Deno) return `deno ${Deno.version.deno} (V8 ${short(Deno.version.v8)})`;
  const { node, v8 } = process?.versions ?? {};
  return node ? `node ${node} (V8 ${short(v8 ?? '')})` : (navigator?.userAgent ?? 'unknown');
}

/** Returns V8's main version, or null where the engine is another, or does not say. */
export function v8Version(): number | null {
  const { Bun, process } = surroundings;
  const version = Number.parseInt(process?.versions?.v8 ?? '', 10);
  return Bun || Number.isNaN(version) ? null : version;
}

function short(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
