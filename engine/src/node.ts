import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { instantiate } from '@pagewalk/engine/wasm';
import { Kvm } from './kvm/kvm.ts';
import { Machine } from './machine.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

function compile(): Promise<WebAssembly.Module> {
  compiled ??= readFile(fileURLToPath(import.meta.resolve('@pagewalk/engine/engine.wasm'))).then(
    (bytes) => WebAssembly.compile(bytes),
  );
  return compiled;
}

/** A new machine in Node: the engine is compiled once, each machine has its own memory. */
export async function loadEngine(): Promise<Machine> {
  return Machine.instantiate(await compile());
}

/** A new host with KVM in Node, without virtual machines yet. */
export async function loadKvm(): Promise<Kvm> {
  return Kvm.instantiate(await compile());
}

/** The raw bindings to a new machine in Node. */
export async function instantiateEngine(): ReturnType<typeof instantiate> {
  return instantiate(await compile(), {});
}
