/** What was asked for, or is the default, and cannot be given. */

/** The option of `configure` that a notice is about. */
export type Subject = 'backend' | 'threads' | 'wideSimd' | 'memoryLimit';

const current = new Map<Subject, string>();

/** Says so on the console, and keeps it for `runtimeInfo()` as long as it holds. */
export function notice(subject: Subject, text: string): void {
  current.set(subject, text);
  console.warn(`tinygrad-ts: ${text}.`);
}

/** Forgets what was said of this, because it holds no more. */
export function withdraw(subject: Subject): void {
  current.delete(subject);
}

/** Returns what holds, by the option of `configure`. */
export function currentNotices(): Readonly<Partial<Record<Subject, string>>> {
  return Object.fromEntries(current);
}
