import type { Process } from '../../os/process.ts';
import { EXTENT, extentsOf, isOpen, mapperName, scan, usedOf } from './volumes.ts';
import type { Group, Physical } from './volumes.ts';
import { Failed, readLvm } from './read.ts';

/** pvs, vgs and lvs: what there is, in columns. */

interface Column {
  head: string;
  /** Letters that it has at least. */
  least?: number;
  right?: boolean;
}
const COLUMNS: Readonly<Record<string, Column>> = {
  pv_name: { head: 'PV' },
  vg_name: { head: 'VG' },
  pv_fmt: { head: 'Fmt' },
  pv_attr: { head: 'Attr' },
  pv_size: { head: 'PSize', right: true },
  pv_free: { head: 'PFree', right: true },
  pv_used: { head: 'Used', right: true },
  pv_uuid: { head: 'PV UUID' },
  pv_count: { head: '#PV', right: true },
  lv_count: { head: '#LV', right: true },
  snap_count: { head: '#SN', right: true },
  vg_attr: { head: 'Attr' },
  vg_size: { head: 'VSize', right: true },
  vg_free: { head: 'VFree', right: true },
  vg_uuid: { head: 'VG UUID' },
  vg_extent_size: { head: 'Ext', right: true },
  vg_extent_count: { head: '#Ext', right: true },
  vg_free_count: { head: 'Free', right: true },
  lv_name: { head: 'LV' },
  lv_attr: { head: 'Attr' },
  lv_size: { head: 'LSize', right: true },
  lv_path: { head: 'Path' },
  lv_dm_path: { head: 'DMPath' },
  lv_uuid: { head: 'LV UUID' },
  seg_count: { head: '#Seg', right: true },
  segtype: { head: 'Type' },
  devices: { head: 'Devices' },
  pool_lv: { head: 'Pool' },
  origin: { head: 'Origin' },
  data_percent: { head: 'Data%', right: true, least: 6 },
  metadata_percent: { head: 'Meta%', right: true, least: 6 },
  move_pv: { head: 'Move' },
  mirror_log: { head: 'Log' },
  copy_percent: { head: 'Cpy%Sync', right: true },
  convert_lv: { head: 'Convert' },
};
const DEFAULTS = {
  pvs: 'pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free',
  vgs: 'vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free',
  lvs: 'lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,move_pv,mirror_log,copy_percent,convert_lv',
} as const;

const UNITS = 'bkmgtpe';

/** A size as LVM shows it: `h` chooses the unit, and `<` says that it was rounded up. */
export function sizeText(bytes: number, unit = 'h', suffix = true): string {
  const lower = unit.toLowerCase();
  const isHuman = lower === 'h' || lower === 'r';
  let at = isHuman ? 2 : UNITS.indexOf(lower);
  if (at < 0) at = 2;
  if (isHuman) while (at < UNITS.length - 1 && bytes >= 1024 ** (at + 1)) at++;
  if (isHuman) while (at > 1 && bytes < 1024 ** at && bytes > 0) at--;
  // Units in capitals are powers of a thousand.
  const base = unit !== lower && !isHuman ? 1000 : 1024;
  const value = bytes / base ** at;
  const text = at === 0 ? String(bytes) : value.toFixed(2);
  const rounded = isHuman && lower === 'h' && at > 0 && Number(text) > value ? '<' : '';
  const letter = UNITS[at] ?? '';
  if (bytes === 0) return suffix ? '0 ' : '0';
  return `${rounded}${text}${suffix ? (base === 1000 ? letter.toUpperCase() : letter) : ''}`;
}

/** The same in words, as messages have it: `512.00 MiB`. */
export const sizeWords = (bytes: number): string =>
  sizeText(bytes).replace(
    /([kmgtpe])$/,
    (letter) => ` ${letter === 'k' ? 'K' : letter.toUpperCase()}iB`,
  );

export function report(process: Process): number {
  const kind = process.name as keyof typeof DEFAULTS;
  const given = readLvm(process, 'o:vaSO:', {
    options: 'o:',
    noheadings: '@noheadings',
    nosuffix: '@nosuffix',
    units: '@units:',
    separator: '@separator:',
    verbose: 'v',
    all: 'a',
    unquoted: '@unquoted',
    sort: 'O:',
  });
  const asked = given.value('o');
  const names = (
    asked === undefined
      ? DEFAULTS[kind]
      : asked.startsWith('+')
        ? `${DEFAULTS[kind]},${asked.slice(1)}`
        : asked
  )
    .split(',')
    .map(
      (name) =>
        ({ lv_active: 'lv_attr', vg: 'vg_name', lv: 'lv_name', pv: 'pv_name', size: 'lv_size' })[
          name
        ] ?? name,
    );
  const columns = names.map((name) => {
    const full = [name, `${kind.slice(0, 2)}_${name}`].find((one) => Object.hasOwn(COLUMNS, one));
    if (full === undefined) {
      process.warn(`  Unrecognised field: ${name}\n`);
      throw new Failed(5);
    }
    return full;
  });
  const size = (bytes: number): string =>
    sizeText(bytes, given.value('@units') ?? 'h', !given.has('@nosuffix'));
  const all = scan(process);
  const { rows, missing } = rowsOf(process, kind, all, given.operands, size);
  for (const name of missing) {
    process.warn(
      kind === 'pvs'
        ? `  Failed to find physical volume "${name}".\n`
        : `  Volume group "${name}" not found\n  Cannot process volume group ${name}\n`,
    );
  }
  const cells = rows.map((row) => columns.map((name) => row[name] ?? ''));
  const heads = columns.map((name) => COLUMNS[name]?.head ?? name);
  const withHeads = !given.has('@noheadings') && rows.length > 0;
  const separator = given.value('@separator');
  const shown = withHeads ? [heads, ...cells] : cells;
  const widths = heads.map((_, column) =>
    Math.max(
      COLUMNS[columns[column] ?? '']?.least ?? 0,
      ...shown.map((row) => (row[column] ?? '').length),
    ),
  );
  for (const row of shown) {
    const line = row.map((cell, column) => {
      if (separator !== undefined) return cell.trimEnd();
      const right = COLUMNS[columns[column] ?? '']?.right === true && row !== heads;
      return right ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
    });
    process.print(`  ${line.join(separator ?? ' ')}\n`);
  }
  return missing.length > 0 ? 5 : 0;
}

function rowsOf(
  process: Process,
  kind: keyof typeof DEFAULTS,
  all: readonly Physical[],
  wanted: readonly string[],
  size: (bytes: number) => string,
): { rows: Record<string, string>[]; missing: string[] } {
  const groups = [...new Set(all.flatMap(({ group }) => group ?? []))];
  const total = (group: Group): number =>
    all.filter((disk) => disk.group === group).reduce((sum, disk) => sum + extentsOf(disk), 0);
  const ofGroup = (group: Group | null): Record<string, string> =>
    group === null
      ? {}
      : {
          vg_name: group.name,
          vg_uuid: group.uuid,
          vg_attr: 'wz--n-',
          pv_count: String(group.disks.length),
          lv_count: String(group.volumes.length),
          snap_count: '0',
          vg_size: size(total(group) * EXTENT),
          vg_free: size((total(group) - usedOf(group)) * EXTENT),
          vg_extent_size: size(EXTENT),
          vg_extent_count: String(total(group)),
          vg_free_count: String(total(group) - usedOf(group)),
        };
  if (kind === 'pvs') {
    const rows = all
      .filter(({ device }) => wanted.length === 0 || wanted.includes(device))
      .map((disk) => {
        // Volumes are laid out one after the other, disk by disk.
        const before = all.filter(
          (other) => other.group === disk.group && other.device < disk.device,
        );
        const skipped = before.reduce((sum, other) => sum + extentsOf(other), 0);
        const here = extentsOf(disk);
        const used =
          disk.group === null ? 0 : Math.max(0, Math.min(here, usedOf(disk.group) - skipped));
        return {
          ...ofGroup(disk.group),
          pv_name: disk.device,
          pv_fmt: 'lvm2',
          pv_attr: disk.group === null ? '---' : 'a--',
          pv_size: size(disk.group === null ? disk.bytes : here * EXTENT),
          pv_free: size(disk.group === null ? disk.bytes : (here - used) * EXTENT),
          pv_used: size(used * EXTENT),
          pv_uuid: disk.uuid,
        };
      });
    return { rows, missing: wanted.filter((name) => !all.some(({ device }) => device === name)) };
  }
  const names = wanted.map((name) => name.replace(/^\/dev\//, ''));
  const missing = names
    .map((name) => name.split('/')[0] ?? '')
    .filter((name) => !groups.some((group) => group.name === name));
  const chosen = groups.filter(
    ({ name }) => names.length === 0 || names.some((one) => one.split('/')[0] === name),
  );
  if (kind === 'vgs') return { rows: chosen.map((group) => ofGroup(group)), missing };
  const rows = chosen.flatMap((group) =>
    group.volumes
      .filter(({ name }) => {
        const ofThis = names.filter((one) => one.split('/')[0] === group.name);
        return (
          ofThis.length === 0 ||
          ofThis.some((one) => !one.includes('/') || one.endsWith(`/${name}`))
        );
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((volume) => ({
        ...ofGroup(group),
        lv_name: volume.name,
        lv_attr: `-wi-${process.system.calls.mapped.has(mapperName(group.name, volume.name)) ? 'a' : '-'}${isOpen(process, group, volume) ? 'o' : '-'}----`,
        lv_size: size(volume.extents * EXTENT),
        lv_path: `/dev/${group.name}/${volume.name}`,
        lv_dm_path: `/dev/mapper/${mapperName(group.name, volume.name)}`,
        lv_uuid: volume.uuid,
        seg_count: '1',
        segtype: 'linear',
        devices: `${group.disks[0] ?? ''}(0)`,
      })),
  );
  return { rows, missing };
}
