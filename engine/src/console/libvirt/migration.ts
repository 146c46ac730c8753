import type { Daemon } from './daemon.ts';
import type { DomainRecord } from './state.ts';
import { first, textOf } from './xml/node.ts';

/** What QEMU tells while a machine's memory goes into a file, which is a migration to it (qemu_migration.c). */

/** Of virDomainJobOperation. */
const OPERATIONS = { save: 2, dump: 8 } as const;

/** Blocks of memory besides the guest's: the BIOS, its tables and the ROMs, in bytes. */
const FIRMWARE = 532_480;
/** KiB of QEMU's process that are not the guest's memory. */
const OWN = 46_000;
const PAGE = 4096;

/** Each pass over the memory is told of. */
export function passed(daemon: Daemon, record: DomainRecord, pass: number): void {
  daemon.emit(record, 'migration-iteration', `: iteration: '${pass}'`);
}

/** A job has ended: pages of zeroes went as nine bytes each, the others whole with their place. */
export function completed(
  daemon: Daemon,
  record: DomainRecord,
  operation: keyof typeof OPERATIONS,
): void {
  if (record.live === null) return;
  const total = Number(textOf(first(record.live.definition, 'memory'))) * 1024 + FIRMWARE;
  const written = Math.floor((daemon.backend.rss(record.live.pid) - OWN) / 4);
  const normal = Math.min(Math.max(written, 0), total / PAGE);
  const constant = total / PAGE - normal;
  const processed = normal * (PAGE + 8) + constant * 9;
  const milliseconds = 30 + Math.floor(processed / 400_000);
  const rows: [string, number][] = [
    ['operation', OPERATIONS[operation]],
    ['time_elapsed', milliseconds],
    ['downtime', milliseconds - 2],
    ['setup_time', 0],
    ['data_total', total],
    ['data_processed', processed],
    ['data_remaining', 0],
    ['memory_total', total],
    ['memory_processed', processed],
    ['memory_remaining', 0],
    ['memory_bps', Math.floor((processed * 1000) / milliseconds)],
    ['memory_constant', constant],
    ['memory_normal', normal],
    ['memory_normal_bytes', normal * PAGE],
    ['memory_dirty_rate', 0],
    ['memory_iteration', 2],
    ['memory_postcopy_requests', 0],
    ['memory_page_size', PAGE],
  ];
  const text = rows.map(([name, value]) => `\n\t${name}: ${value}`).join('');
  daemon.emit(record, 'job-completed', `:${text}`);
}
