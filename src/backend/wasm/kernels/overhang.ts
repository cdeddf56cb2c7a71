/**
 * Which taps hang over which end of an axis. It follows from all of its sizes together, never from one: no padding in front
 * does not mean that nothing hangs over behind, where 'same' puts the larger part and a last window may reach out.
 */

/** Windows along the rows or the columns: tap k of number `o` is on element o · stride - padding + k · dilation. */
export interface Axis {
  readonly size: number;
  readonly windows: number;
  readonly kernel: number;
  readonly stride: number;
  /** In front; negative where the first window begins inside. */
  readonly padding: number;
  readonly dilation: number;
}

/** Returns from the first to the last tap of a window, both included. */
export function reachOf({ kernel, dilation }: Pick<Axis, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1;
}

/** Returns how many elements the windows reach out before the first and behind the last; negative if they end inside. */
export function overhangOf(axis: Axis): { readonly before: number; readonly behind: number } {
  const { size, windows, stride, padding } = axis;
  return { before: padding, behind: (windows - 1) * stride - padding + reachOf(axis) - size };
}

/** Whether no tap hangs over an end. */
export function isInside(axis: Axis): boolean {
  const { before, behind } = overhangOf(axis);
  return before <= 0 && behind <= 0;
}

/** Whether the windows reach both ends, and hang over them by less than their taps: those at the ends touch the axis. */
export function reachesEnds(axis: Axis): boolean {
  const { before, behind } = overhangOf(axis);
  return [before, behind].every(elements => elements >= 0 && elements < reachOf(axis));
}

/** Whether each window has a tap on the axis: with dilation one can have all of them beside it. */
export function allTouch({ size, windows, kernel, stride, padding, dilation }: Axis): boolean {
  return Array.from({ length: windows }, (_, o) => o * stride - padding).every(start => {
    const first = Math.max(0, Math.ceil(-start / dilation));
    return first < kernel && start + first * dilation < size;
  });
}
