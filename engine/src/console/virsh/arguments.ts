import { INT, whole } from './numbers.ts';
import type { Settings } from './session.ts';

/** What virsh's own options ask for besides settings: to end with a text, or with an error. */
export type Ending = { print: string } | { error: string } | { usage: true };

const SHORT = 'c:d:e:hk:K:l:qrtvV';
const LONG: readonly (readonly [name: string, letter: string])[] = [
  ['connect', 'c'],
  ['debug', 'd'],
  ['escape', 'e'],
  ['help', 'h'],
  ['keepalive-interval', 'k'],
  ['keepalive-count', 'K'],
  ['log', 'l'],
  ['quiet', 'q'],
  ['readonly', 'r'],
  ['timing', 't'],
  ['version', 'v'],
];

const VERSION = '9.0.0';
const LONG_VERSION = `Virsh command line tool of libvirt ${VERSION}
See web site at https://libvirt.org/

Compiled with support for:
 Hypervisors: QEMU/KVM LXC LibXL OpenVZ VMware VirtualBox ESX Test
 Networking: Remote Network Bridging Interface udev Nwfilter
 Storage: Dir Disk Filesystem SCSI Multipath iSCSI iSCSI-direct LVM RBD Gluster ZFS
 Miscellaneous: Daemon Nodedev AppArmor SELinux Secrets Debug DTrace Readline
`;

/**
 * virshParseArgv(): takes virsh's own options into `settings` and gives what follows them, the command. `warn` gets what is
 * only worth a word.
 */
export function readArguments(
  list: readonly string[],
  settings: Settings,
  warn: (text: string) => void,
): Ending | readonly string[] {
  for (let at = 0; at < list.length; at++) {
    const word = list[at] ?? '';
    if (word === '--') return list.slice(at + 1);
    if (!word.startsWith('-') || word === '-') return list.slice(at);
    if (word.startsWith('--')) {
      const [, name = '', value = null] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const exact = LONG.filter(([long]) => long === name);
      const near = exact.length > 0 ? exact : LONG.filter(([long]) => long.startsWith(name));
      const [found] = near;
      if (found === undefined || near.length > 1) {
        return { error: `unsupported option '${word}'. See --help.` };
      }
      const [long, letter] = found;
      const takes = SHORT[SHORT.indexOf(letter) + 1] === ':';
      if (!takes && value !== null && letter !== 'v') {
        return { error: `unsupported option '-${letter}'. See --help.` };
      }
      const given = takes ? (value ?? list[++at]) : value;
      if (given === undefined) return missing(letter);
      const ending = take(letter, given, `--${long}`, settings, warn);
      if (ending !== null) return ending;
      continue;
    }
    for (let place = 1; place < word.length; place++) {
      const letter = word[place] ?? '';
      const known = letter === ':' ? -1 : SHORT.indexOf(letter);
      if (known < 0) return { error: `unsupported option '-${letter}'. See --help.` };
      let given: string | null = null;
      if (SHORT[known + 1] === ':') {
        const value = place + 1 < word.length ? word.slice(place + 1) : list[++at];
        if (value === undefined) return missing(letter);
        given = value;
        place = word.length;
      }
      const ending = take(letter, given, `-${letter}`, settings, warn);
      if (ending !== null) return ending;
    }
  }
  return [];
}

function missing(letter: string): Ending {
  const long = LONG.find(([, short]) => short === letter)?.[0] ?? '';
  return { error: `option '-${letter}'/'--${long}' requires an argument` };
}

/** One option; `shown` is how messages name it. */
function take(
  letter: string,
  value: string | null,
  shown: string,
  settings: Settings,
  warn: (text: string) => void,
): Ending | null {
  const text = value ?? '';
  switch (letter) {
    case 'c':
      settings.uri = text;
      return null;
    case 'd': {
      const level = whole(text, INT);
      if (level === null) return { error: `option ${shown} takes a numeric argument` };
      if (level < 0n || level > 4n) {
        warn(`ignoring debug level ${level} out of range [0-4]`);
      } else settings.debug = Number(level);
      return null;
    }
    case 'e':
      if (!/^(\^[a-z@-_]|[^^])$/.test(text)) {
        return { error: `Invalid string '${text}' for escape sequence` };
      }
      settings.escape = text;
      return null;
    case 'h':
      return { usage: true };
    case 'k':
    case 'K': {
      // Here 0x10 and 010 are numbers too.
      const number = /^\s*[+-]?(0x[\da-f]+|\d+)$/i.test(text) ? Number.parseInt(text) : null;
      if (number === null || Math.abs(number) > 0x7fffffff) {
        return { error: `Invalid value for option ${shown}` };
      }
      if (number < 0) return { error: `option ${shown} requires a positive integer argument` };
      settings.keepAlive.forced = true;
      if (letter === 'k') settings.keepAlive.interval = number;
      return null;
    }
    case 'l':
      settings.log = text;
      return null;
    case 'q':
      settings.quiet = true;
      return null;
    case 'r':
      settings.readOnly = true;
      return null;
    case 't':
      settings.timing = true;
      return null;
    case 'v':
      return { print: text === 'long' ? LONG_VERSION : `${VERSION}\n` };
    default:
      return { print: LONG_VERSION };
  }
}
