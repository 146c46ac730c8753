import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Machine } from './machine.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/** A new machine in Node: the engine is compiled once, each machine has its own memory. */
export async function loadEngine(): Promise<Machine> {
  compiled ??= readFile(fileURLToPath(import.meta.resolve('@pagewalk/engine/engine.wasm'))).then(
    (bytes) => WebAssembly.compile(bytes),
  );
  return Machine.instantiate(await compiled);
}
