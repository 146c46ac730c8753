import { buildEngine } from './build-engine.mjs';

/** Before any unit test: the engine that they import is the one that its sources give. */
export const setup = async () => {
  await buildEngine();
};
