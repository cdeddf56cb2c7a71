/** Returns what `fn` returns; root, who may read everything, runs it as nobody. */
export function asOrdinaryUser<Result>(fn: () => Result): Result {
  if (process.geteuid?.() !== 0) return fn();
  process.seteuid?.(65534);
  try {
    return fn();
  } finally {
    process.seteuid?.(0);
  }
}
