/** How a sum over some dims of a dense array goes, in passes over [outer, reduced, inner]. */

/** A run of dims, outermost first, that are all summed over or all kept. */
export interface Group {
  readonly size: number;
  readonly reduced: boolean;
}

export interface Pass {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
  /** How many of the reduced elements make a partial sum. */
  readonly chunk: number;
  /** The number of partial sums. */
  readonly chunks: number;
  /** Whether this is the last pass, whose sums are the result. */
  readonly last: boolean;
}

/** Elements in a chunk: so many that its start costs nothing, so few that there is work for several threads. */
const chunkElements = 16384;
/** A chunk has at least so many rows, so that passes become shorter quickly. */
const leastChunk = 64;

/** Returns the groups of dims, which are outermost first, without dims of one element. */
export function groupDims(dims: readonly Group[]): Group[] {
  const groups: Group[] = [];
  for (const { size, reduced } of dims) {
    if (size === 1) continue;
    const outer = groups.at(-1);
    if (outer?.reduced === reduced) groups[groups.length - 1] = { size: outer.size * size, reduced };
    else groups.push({ size, reduced });
  }
  return groups;
}

/** Returns the passes that leave only the groups that are kept. What they do depends on the sizes alone. */
export function planSum(groups: readonly Group[]): Pass[] {
  const passes: Pass[] = [];
  let rest = [...groups];
  for (;;) {
    const at = rest.map(group => group.reduced).lastIndexOf(true);
    if (at < 0) return passes;
    const reduced = rest[at]!.size;
    const [outer, inner] = [sizeOf(rest.slice(0, at)), sizeOf(rest.slice(at + 1))];
    const chunk = Math.max(Math.ceil(chunkElements / inner), leastChunk);
    const chunks = Math.ceil(reduced / chunk);
    rest = groupDims([...rest.slice(0, at), { size: chunks, reduced: true }, ...rest.slice(at + 1)]);
    passes.push({ outer, reduced, inner, chunk, chunks, last: rest.every(group => !group.reduced) });
  }
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce((product, { size }) => product * size, 1);
}
