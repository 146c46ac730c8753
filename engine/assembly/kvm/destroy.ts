/** The end of a virtual machine: what KVM had for it is memory of the host again. */
import { Vcpu, Vm, SHADOW, TDP_EPT, TDP_NPT } from './vm';
import { flushRemote } from './requests';
import { unload } from './shadow-mmu';
import { emptyTdp, endTdp } from './tdp';
import { zap } from './zap';

/** Gives back the tables; the guest's own memory goes with the process (mm/exit.ts). */
export function destroyVm(vm: Vm): void {
  flushRemote(vm);
  if (vm.mode == TDP_EPT || vm.mode == TDP_NPT) {
    endTdp(vm);
    return;
  }
  if (vm.mode == SHADOW) zapAll(vm);
}

/** The machine's memory has gone into a file, and the machine will go on some day: its tables map nothing till then. */
export function putAside(vm: Vm): void {
  flushRemote(vm);
  if (vm.mode == TDP_EPT || vm.mode == TDP_NPT) emptyTdp(vm);
  else if (vm.mode == SHADOW) zapAll(vm);
}

function zapAll(vm: Vm): void {
  for (let vcpu: Vcpu | null = vm.firstVcpu; vcpu !== null; vcpu = vcpu!.next) unload(vcpu);
  while (vm.oldest !== null) zap(vm, vm.oldest!);
}
