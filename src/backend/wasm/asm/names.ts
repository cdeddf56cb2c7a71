/** The name section: what profilers, stack traces and disassemblers call functions and locals. */
import { name, section, uleb, vector } from './encode.ts';

export interface NamedFunction {
  readonly name: string;
  readonly index: number;
  /** Names of its parameters and locals, in order. */
  readonly locals: readonly string[];
}

const nameMap = (names: readonly string[]) =>
  vector(names.map((text, index) => [...uleb(index), ...name(text)]));

/** The bytes of the custom section `name`, which comes last: the module, its functions and their locals. */
export function nameSection(module: string, functions: readonly NamedFunction[]): number[] {
  const content = [
    ...name('name'),
    ...section(0, name(module)),
    ...section(1, vector(functions.map(f => [...uleb(f.index), ...name(f.name)]))),
    ...section(2, vector(functions.map(f => [...uleb(f.index), ...nameMap(f.locals)]))),
  ];
  return section(0, content);
}
