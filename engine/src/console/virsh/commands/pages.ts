import { elements, first } from '../../libvirt/xml/node.ts';
import type { Element } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Call } from '../call.ts';
import { kibibytes, UINT } from '../numbers.ts';

/** The document of capabilities: it says which NUMA cells and sizes of pages there are. */
const capabilities = (call: Call): Element =>
  parseXml(
    call.attempt('unable to get node capabilities', () => call.connection.getCapabilities()),
    '(capabilities)',
  );

const cells = (root: Element): Element[] => elements(first(root, 'host/topology/cells'), 'cell');

const cellNumbers = (root: Element): number[] =>
  cells(root).map(({ attributes }) => Number(attributes.id));

/** KiB, the smallest first. */
function pageSizes(root: Element): number[] {
  const ofCpu = elements(first(root, 'host/cpu'), 'pages').map(
    ({ attributes }) => (Number(attributes.size) * BYTES[attributes.unit ?? 'KiB']!) / 1024,
  );
  const all =
    ofCpu.length > 0
      ? ofCpu
      : cells(root).flatMap((cell) =>
          elements(cell, 'pages').map(({ attributes }) => Number(attributes.size)),
        );
  return [...new Set(all)].sort((one, other) => one - other);
}
const BYTES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Commands about free memory and pools of pages (virsh-host.c). */
export const PAGES = {
  freecell(call: Call) {
    call.exclusive(['all', 'cellno']);
    const cell = call.int('cellno');
    const { connection } = call;
    const kib = (bytes: number): number => Math.floor(bytes / 1024);
    if (call.has('all')) {
      let sum = 0;
      for (const id of cellNumbers(capabilities(call))) {
        const [free = 0] = call.attempt(
          `failed to get free memory for NUMA node number: ${id}`,
          () => connection.nodeGetCellsFreeMemory(id, 1),
        );
        call.print(`${String(id).padStart(5)}: ${String(kib(free)).padStart(10)} KiB\n`);
        sum += free;
      }
      call.extra(`--------------------\nTotal: ${String(kib(sum)).padStart(10)} KiB\n`);
    } else if (cell === null) {
      call.print(`Total: ${String(kib(connection.nodeGetFreeMemory()))} KiB\n`);
    } else {
      const [free = 0] = connection.nodeGetCellsFreeMemory(cell, 1);
      call.print(`${cell}: ${kib(free)} KiB\n`);
    }
  },
  freepages(call: Call) {
    call.exclusive(['all', 'cellno']);
    const bytes = call.bytes('pagesize', UINT[1]);
    const { connection } = call;
    if (call.has('all')) {
      const root = capabilities(call);
      const sizes = bytes === null ? pageSizes(root) : [kibibytes(bytes)];
      if (sizes.length === 0) call.fail('could not get information about supported page sizes');
      for (const cell of cellNumbers(root)) {
        const counts = connection.nodeGetFreePages(sizes, cell, 1);
        const lines = sizes.map((size, at) => `${size}KiB: ${counts[at] ?? 0}\n`);
        call.print(`Node ${cell}:\n${lines.join('')}\n`);
      }
      return;
    }
    if (!call.has('cellno')) call.fail('missing cellno argument');
    const cell = call.int('cellno') ?? 0;
    if (cell < -1) call.fail('cell number must be non-negative integer or -1');
    if (bytes === null) return call.fail('missing pagesize argument');
    const size = kibibytes(bytes);
    const [count = 0] = connection.nodeGetFreePages([size], cell, 1);
    call.print(`${size}KiB: ${count}\n`);
  },
  allocpages(call: Call) {
    call.exclusive(['all', 'cellno']);
    const cell = call.int('cellno') ?? -1;
    const size = kibibytes(call.bytes('pagesize', UINT[1] * 1024n) ?? 0n);
    const count = call.unsignedLong('pagecount') ?? 0;
    const where = call.has('all') ? cellNumbers(capabilities(call)) : [cell];
    for (const start of where) {
      call.connection.nodeAllocPages([[size, count]], start, 1, call.flags('add'));
    }
  },
};
