/** The part of the library that needs Node: files. */
export { loadMnist, type Mnist } from './node/mnist.ts';
export { type ReadFileOptions, readFile } from './node/read-file.ts';
