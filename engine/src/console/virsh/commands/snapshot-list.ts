import type { Snapshot } from '../../libvirt/api.ts';
import { first, textOf } from '../../libvirt/xml/node.ts';
import type { Element } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Call } from '../call.ts';
import { snapshotOf } from './snapshot.ts';

interface Listed {
  snapshot: Snapshot;
  root: Element;
  parent: string;
}

function listed(snapshot: Snapshot): Listed {
  const root = parseXml(snapshot.getXMLDesc(), '(domain_snapshot)');
  return { snapshot, root, parent: textOf(first(root, 'parent/name')) };
}

type Test = (entry: Listed) => boolean;
const stateOf = ({ root }: Listed): string => textOf(first(root, 'state'));
const isLeaf: Test = ({ snapshot }) => snapshot.listChildren().length === 0;
const isInternal: Test = (entry) =>
  stateOf(entry) !== 'disk-snapshot' &&
  first(entry.root, 'memory')?.attributes.snapshot !== 'external';

/** Options that choose; of each group one at least must hold, where any of it is given. */
const FILTERS: readonly Readonly<Record<string, Test>>[] = [
  { leaves: isLeaf, 'no-leaves': (entry) => !isLeaf(entry) },
  {
    inactive: (entry) => stateOf(entry) === 'shutoff',
    active: (entry) => !['shutoff', 'disk-snapshot'].includes(stateOf(entry)),
    'disk-only': (entry) => stateOf(entry) === 'disk-snapshot',
  },
  { internal: isInternal, external: (entry) => !isInternal(entry) },
  {
    metadata: ({ snapshot }) => snapshot.hasMetadata(),
    'no-metadata': ({ snapshot }) => !snapshot.hasMetadata(),
  },
  { roots: ({ parent }) => parent === '' },
];

/** vshTreePrint(): one tree, from its root on. */
function tree(entries: readonly Listed[], root: Listed): string {
  let text = '';
  const show = (entry: Listed, indent: string, isRoot: boolean, isLast: boolean): void => {
    text += `${indent}${isRoot ? '' : '+- '}${entry.snapshot.name}\n`;
    const inner = isRoot ? indent : `${indent}${isLast ? ' ' : '|'} `;
    const children = entries.filter(({ parent }) => parent === entry.snapshot.name);
    if (children.length > 0) text += `${inner}  |\n`;
    for (const [at, child] of children.entries()) {
      show(child, `${inner}  `, false, at === children.length - 1);
    }
    if (children.length === 0 && isLast) text += `${inner}\n`;
  };
  show(root, '', true, true);
  return text;
}

/** `2026-11-23 10:00:00 +0000`. */
const when = (seconds: number): string =>
  new Date(seconds * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' +0000');

/** The command `snapshot-list` (virsh-snapshot.c). */
export const SNAPSHOT_LIST = {
  'snapshot-list'(call: Call) {
    call.exclusive(
      ['tree', 'name'],
      ['parent', 'roots'],
      ['parent', 'tree'],
      ['roots', 'tree'],
      ['roots', 'from'],
      ['roots', 'current'],
    );
    const isTree = call.has('tree');
    for (const option of FILTERS.slice(0, 3).flatMap((group) => Object.keys(group))) {
      if (isTree && call.has(option)) call.fail(`--${option} and --tree are mutually exclusive`);
    }
    const hasStart = call.has('from') || call.has('current');
    if (call.has('descendants') && !hasStart) {
      call.fail('--descendants requires either --from or --current');
    }
    const domain = call.domain();
    const start = hasStart ? snapshotOf(call, domain, 'from') : null;
    const all =
      start === null ? domain.listAllSnapshots() : start.listChildren(call.flags('descendants'));
    let entries = all.map(listed);
    for (const group of FILTERS) {
      const tests = Object.entries(group).filter(([option]) => call.has(option));
      if (tests.length > 0) {
        entries = entries.filter((entry) => tests.some(([, test]) => test(entry)));
      }
    }
    if (isTree && start !== null) entries.push({ ...listed(start), parent: '' });
    if (!call.has('topological')) {
      const key = ({ snapshot }: Listed): string => snapshot.name.toLowerCase();
      entries.sort((one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other))));
    }
    if (isTree) {
      const roots = entries.filter(({ parent }) => parent === '');
      call.print(roots.map((root) => tree(entries, root)).join(''));
    } else if (call.has('name')) {
      call.print(entries.map(({ snapshot }) => `${snapshot.name}\n`).join(''));
    } else {
      const parents = call.has('parent');
      call.table(
        ['Name', 'Creation Time', 'State', ...(parents ? ['Parent'] : [])],
        entries.map((entry) => [
          entry.snapshot.name,
          when(Number(textOf(first(entry.root, 'creationTime')))),
          stateOf(entry),
          ...(parents ? [entry.parent] : []),
        ]),
      );
    }
  },
};
