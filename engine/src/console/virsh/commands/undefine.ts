import type { Domain } from '../../libvirt/api.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import { elements, first } from '../../libvirt/xml/node.ts';
import { Failed } from '../call.ts';
import type { Call } from '../call.ts';
import { splitCommas } from '../text.ts';
import { sourceOf } from './info.ts';

/** Disks cannot be deleted: no storage pool manages any. What virsh says of each, and whether it goes on. */
function lookForVolumes(call: Call, domain: Domain, wanted: string[] | null): void {
  const root = parseXml(domain.getXMLDesc(), '(domain_definition)');
  for (const disk of elements(first(root, 'devices'), 'disk')) {
    const target = first(disk, 'target')?.attributes.dev ?? '';
    const source = sourceOf(disk, ['file', 'dir', 'name', 'dev', 'volume']);
    if (source === null) continue;
    if (wanted !== null) {
      const place = wanted.findIndex((one) => one === target || one === source);
      if (place < 0) continue;
      wanted.splice(place, 1);
    }
    const pool = first(disk, 'source')?.attributes.pool;
    call.session.error(
      pool === undefined
        ? `Storage volume '${target}'(${source}) is not managed by libvirt. Remove it manually.\n`
        : `Storage pool '${pool}' for volume '${target}' not found.`,
    );
  }
  for (const name of wanted ?? []) {
    call.session.error(`Volume '${name}' was not found in domain's definition.\n`);
  }
}

/** The command `undefine` (virsh-domain.c, cmdUndefine()). */
export const UNDEFINE = {
  undefine(call: Call) {
    call.requires('delete-storage-volume-snapshots', 'remove-all-storage');
    call.exclusive(['nvram', 'keep-nvram'], ['tpm', 'keep-tpm']);
    const volumes = call.quietly('storage');
    const all = call.has('remove-all-storage');
    if (volumes === null && !all && call.has('wipe-storage')) {
      call.fail("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'");
    }
    const domain = call.domain();
    const name = call.required('domain');
    const flags = call.flags(
      'managed-save',
      'snapshots-metadata',
      'checkpoints-metadata',
      'nvram',
      'keep-nvram',
    );
    const running = domain.isActive();
    const hasSaved = !running && domain.hasManagedSaveImage();
    if (!hasSaved) delete flags.managedSave;
    if (running || domain.listAllSnapshots().length === 0) delete flags.snapshotsMetadata;
    if (volumes !== null || all) {
      if (running) call.fail('Storage volume deletion is supported only on stopped domains');
      if (volumes !== null && all) {
        call.fail('Specified both --storage and --remove-all-storage');
      }
      const wanted = volumes === null ? null : splitCommas(volumes);
      lookForVolumes(call, domain, wanted);
      if (wanted !== null && wanted.length > 0) throw new Failed();
    }
    // Without a word about the image virsh asks no libvirt that might forget it.
    const safe = !hasSaved || flags.managedSave === true || domain.listAllSnapshots().length > 0;
    if (!safe && flags.nvram !== true) {
      call.fail('Refusing to undefine while domain managed save image exists');
    }
    call.attempt(`Failed to undefine domain '${name}'`, () => domain.undefine(flags));
    call.extra(`Domain '${name}' has been undefined\n`);
  },
};
