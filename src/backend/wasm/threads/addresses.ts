/** How much address space is left: Node ends the whole process if a worker finds too little. */

/** What a worker of Node reserves, in bytes: 620 to 970 MB were seen. */
export const addressesOfWorker = 2 ** 30;

interface FileSystem {
  readFileSync(path: string, encoding: 'utf8'): string;
}

/** Returns how many bytes of addresses this process may still reserve; infinite if there is no limit, or nobody says. */
export function freeAddresses(): number {
  const { Deno, process } = globalThis as {
    Deno?: object;
    process?: { getBuiltinModule?(id: 'node:fs'): FileSystem | undefined };
  };
  // Deno would ask the user whether files may be read.
  const fs = Deno ? undefined : process?.getBuiltinModule?.('node:fs');
  try {
    const numberIn = (path: string, pattern: RegExp) =>
      Number(pattern.exec(fs?.readFileSync(path, 'utf8') ?? '')?.[1] ?? Number.NaN);
    const limit = numberIn('/proc/self/limits', /^Max address space +(\d+)/m);
    const taken = 1024 * numberIn('/proc/self/status', /^VmSize:\s+(\d+) kB/m);
    return Number.isNaN(limit - taken) ? Number.POSITIVE_INFINITY : limit - taken;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
