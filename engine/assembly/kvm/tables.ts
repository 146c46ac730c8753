/** Frames for KVM's own tables, nested or shadow: memory of the host like any other. */
import { giveFrame, takeFrame } from '../mm/frames';
import { hostNode } from '../mm/host';
import { KVM_TABLE, pageAt } from '../mm/page';

/** A zeroed frame for a table; its address. */
export function takeTable(): u64 {
  return (<u64>takeFrame(hostNode(), KVM_TABLE)) << 12;
}

export function giveTable(table: u64): void {
  giveFrame(hostNode(), <u32>(table >> 12));
}

/** Notes whose a table is. */
export function setOwner(table: u64, owner: usize): void {
  pageAt(hostNode(), <u32>(table >> 12)).owner = <u32>owner;
}

/** Whose the table is in which an entry lies. */
// @ts-ignore: decorator
@inline
export function ownerOf(entry: u64): usize {
  return <usize>pageAt(hostNode(), <u32>(entry >> 12)).owner;
}
