/** Thrown while a module is being built: a mistake in the code that emits, never one in the data it will meet. */
export class AsmError extends Error {
  override readonly name = 'AsmError';
}
