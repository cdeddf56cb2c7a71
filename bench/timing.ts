/** Times that can be trusted on a shared machine: two sides in turn, medians of many rounds, and their ratio. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns the milliseconds that a call of `work` takes, as the mean of `count` calls. */
export function time(work: () => void, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) work();
  return (performance.now() - start) / count;
}

/** Returns the milliseconds of each of `count` calls. */
export function times(work: () => void, count: number): number[] {
  return Array.from({ length: count }, () => time(work, 1));
}

type Side = () => number | Promise<number>;

export interface Comparison {
  /** Median milliseconds of each side. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of theirs / ours, round by round: our speed as a multiple of theirs. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Runs both sides in turn, so that a machine that slows down slows both down. */
export async function alternate(ours: Side, theirs: Side, rounds: number): Promise<Comparison> {
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < rounds; i++) pairs.push([await ours(), await theirs()]);
  const ratios = pairs.map(([a, b]) => b / a);
  return {
    ours: median(pairs.map(([a]) => a)),
    theirs: median(pairs.map(([, b]) => b)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}

/** Returns rows as lines with aligned columns: the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(width[i]!) : cell.padStart(width[i]!))).join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}
