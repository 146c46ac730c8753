import { Kvm, Machine } from '@pagewalk/engine';
import url from '@pagewalk/engine/engine.wasm?url&no-inline';

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the engine could not be loaded (${response.status})`);
  // A host may serve .wasm under another type, which streaming compilation refuses.
  if (response.headers.get('content-type') === 'application/wasm') {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/** A new machine in the browser: the engine is fetched and compiled once for the page. */
export async function loadEngine(): Promise<Machine> {
  compiled ??= compile();
  return Machine.instantiate(await compiled);
}

/** A new host with KVM in the browser. */
export async function loadKvm(): Promise<Kvm> {
  compiled ??= compile();
  return Kvm.instantiate(await compiled);
}
