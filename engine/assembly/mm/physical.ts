/**
 * Memory by a kernel's own physical addresses. The host's are those of the machine; a guest's lead through
 * the nested tables, and where those have nothing, out to the host (kvm/reach.ts).
 */
import { flushByGuest, leaveTables, reachByDevice, reachByGuest, readByGuest, writeByGuest } from '../kvm/reach';
import { SHADOW, Vm } from '../kvm/vm';
import { read64, write64 } from '../memory';
import { Node } from './node';

/** The host's frame behind one of this kernel's, as its processor reaches it. */
export function reach(node: Node, frame: u32, write: bool): u32 {
  if (node.vm == 0) return frame;
  const vm = changetype<Vm>(node.vm);
  // Before a guest has tables, it is its loader that writes, from outside.
  if (vm.mode == SHADOW && node.kernelRoot == 0) return reachByDevice(vm, frame);
  return reachByGuest(vm, frame, write);
}

/** Whether a kernel's page tables are shadowed: what is done to them must be done by its processor. */
// @ts-ignore: decorator
@inline
export function isShadowed(node: Node): bool {
  return node.vm != 0 && node.kernelRoot != 0 && changetype<Vm>(node.vm).mode == SHADOW;
}

/** The same as a device of it does, which is the host writing: no exit, no nested entry. */
export function reachForDevice(node: Node, frame: u32): u32 {
  return node.vm == 0 ? frame : reachByDevice(changetype<Vm>(node.vm), frame);
}

export function load64(node: Node, address: u64): u64 {
  if (node.vm == 0) return read64(address);
  if (isShadowed(node)) return readByGuest(changetype<Vm>(node.vm), address);
  const frame = reach(node, <u32>(address >> 12), false);
  return read64(((<u64>frame) << 12) | (address & 0xfff));
}

export function store64(node: Node, address: u64, value: u64): void {
  if (node.vm == 0) {
    write64(address, value);
    return;
  }
  if (isShadowed(node)) {
    writeByGuest(changetype<Vm>(node.vm), address, value);
    return;
  }
  const frame = reach(node, <u32>(address >> 12), true);
  write64(((<u64>frame) << 12) | (address & 0xfff), value);
}

/** An entry of a process changed: what the processor keeps of it must go, which only KVM's tables notice. */
export function flushed(node: Node, address: u64): void {
  flushByGuest(changetype<Vm>(node.vm), address);
}

/** A process goes: the processor must not stand on its tables any more. */
export function left(node: Node, root: u64): void {
  if (isShadowed(node)) leaveTables(changetype<Vm>(node.vm), root, node.kernelRoot);
}
