/** Datasets and how to go over them in batches. */
export { type Collated, defaultCollate } from './collate.ts';
export { DataLoader, type DataLoaderOptions } from './dataloader.ts';
export { type Dataset, TensorDataset } from './dataset.ts';
export { type IdxArray, type IdxData, type IdxOptions, parseIdx } from './idx.ts';
export { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
export { type IdxFile, type MnistOptions, mnist } from './mnist.ts';
export { normalize } from './normalize.ts';
