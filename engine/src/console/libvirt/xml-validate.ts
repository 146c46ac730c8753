import { Errno } from '../os/errno.ts';
import { readAll } from '../os/process.ts';
import type { Process, Program } from '../os/process.ts';
import { validateDomain } from './domain/validate.ts';
import { LibvirtError } from './errors.ts';
import { parseXml } from './xml/parse.ts';

/** virt-xml-validate of libvirt 9.0.0, a script around xmllint; of the schemas, that of domains is simulated. */

const SELF = '/usr/bin/virt-xml-validate';
/** The kind of a document by a part of its root's name; the first that fits. */
const KINDS: readonly [part: string, kind: string][] = [
  ['cpu', 'cpu'],
  ['domainsnapshot', 'domainsnapshot'],
  ['domaincheckpoint', 'domaincheckpoint'],
  ['domainbackup', 'domainbackup'],
  ['domainCap', 'domaincaps'],
  ['domain', 'domain'],
  ['networkport', 'networkport'],
  ['network', 'network'],
  ['storagepoolCap', 'storagepoolcaps'],
  ['pool', 'storagepool'],
  ['volume', 'storagevol'],
  ['capabilities', 'capability'],
  ['device', 'nodedev'],
  ['filterbinding', 'nwfilterbinding'],
  ['filter', 'nwfilter'],
  ['secret', 'secret'],
  ['interface', 'interface'],
];

export function* virtXmlValidate(process: Process): Program {
  const args = process.args[0] === '--' ? process.args.slice(1) : process.args;
  const [name = '', given] = args;
  const wrong = (text: string, status: number): number => {
    process.warn(`${SELF}: ${text}\n`);
    return status;
  };
  if (/^(-h|--h(e(lp?)?)?)$/.test(name)) {
    process.print(
      `Usage:\n  ${SELF} XML-FILE [SCHEMA-NAME]\n  ${SELF} OPTION\n\nOptions:\n  -h | --help        Display program help\n  -V | --version     Display program version\n`,
    );
    return 0;
  }
  if (/^(-V|--v(e(r(s(i(on?)?)?)?)?)?)$/.test(name)) {
    process.print(`${SELF} (libvirt) 9.0.0\n`);
    return 0;
  }
  if (/^-./.test(name) && args === process.args) return wrong(`unrecognized option '${name}'`, 1);
  if (name === '') {
    process.warn(`syntax: ${SELF} XMLFILE [TYPE]\n`);
    return 1;
  }
  let text: string;
  try {
    text = name === '-' ? yield* readAll(process.stdin) : process.system.fs.read(name, process.cwd);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return wrong(`document ${name} does not exist`, 2);
  }
  // What xmllint says: of a document that is none, and of one that is not as its schema wants it.
  try {
    const root = /<([\w:-]+)/.exec(text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, ''))?.[1] ?? '';
    const kind = given ?? KINDS.find(([part]) => root.includes(part))?.[1];
    if (kind === undefined) return wrong(`cannot determine schema type for ${name}`, 3);
    if (!KINDS.some(([, known]) => known === kind)) {
      return wrong(`schema /usr/share/libvirt/schemas/${kind}.rng does not exist`, 4);
    }
    const document = parseXml(text, name);
    if (kind !== 'domain') {
      process.warn(`${name}: the schema ${kind} is not simulated\n`);
      return 5;
    }
    validateDomain(document);
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    const lines = error.message.split('\n');
    if (!error.message.includes('validate')) {
      const [first = '', ...rest] = lines;
      const said = first
        .replace(/^.*?(?=\S+:\d+: )/, '')
        .replace(/^(\S+:\d+: )/, '$1parser error : ');
      process.warn(`${[said, ...rest.filter((line) => line !== '(null)')].join('\n')}\n`);
      return 1;
    }
    for (const line of lines.slice(1)) {
      process.warn(`${name}:1: element domain: Relax-NG validity error : ${line}\n`);
    }
    process.warn(`${name} fails to validate\n`);
    return 3;
  }
  process.warn(`${name} validates\n`);
  return 0;
}
