/** What plans know of the engine that will run their code. */
export interface Machine {
  /** V8 fuses two adjacent 128-bit operations into one of 256 bits: tiles want an even number of vectors. */
  readonly wide: boolean;
}
