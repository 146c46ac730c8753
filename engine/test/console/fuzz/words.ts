import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { allGroups, resolved } from '../../../src/console/virsh/command.ts';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { toolsOf } from '../../../src/console/tools/index.ts';

/** What somebody could type who knows the words and not the rules. */

const CASES = new URL('../../../../../shared/transcripts/cases/', import.meta.url);

/** Commands of the recorded sessions. */
export const RECORDED: readonly string[] = readdirSync(CASES).flatMap((family) =>
  readdirSync(new URL(`${family}/`, CASES)).flatMap((file) => {
    const { steps } = JSON.parse(readFileSync(new URL(`${family}/${file}`, CASES), 'utf8')) as {
      steps: { cmd: string; input?: unknown }[];
    };
    return steps.filter(({ input }) => input === undefined).map(({ cmd }) => cmd);
  }),
);

/** Definitions of domains in those sessions. */
export const DOCUMENTS: readonly string[] = readdirSync(CASES).flatMap((family) =>
  readdirSync(new URL(`${family}/`, CASES)).flatMap((file) => {
    const { setup } = JSON.parse(readFileSync(new URL(`${family}/${file}`, CASES), 'utf8')) as {
      setup?: { files?: Record<string, string> };
    };
    return Object.values(setup?.files ?? {}).filter((text) => text.includes('<domain'));
  }),
);

const PROGRAMS = [...toolsOf(ALL_PARTS, () => undefined).keys()].map((path) =>
  path.replace(/^.*\//, ''),
);
const BUILTINS =
  'echo cd export set unset read eval exec exit return shift test [ local declare readonly trap wait jobs kill type command printf let source . : true false alias umask ulimit getopts hash mapfile history fg bg times pwd break continue'.split(
    ' ',
  );
const COMMANDS = allGroups().flatMap(({ commands }) => commands);
const DOMAINS = ['tiny', 'other', 'nosuch', '1', '2', '0', '-1', 'a b'];
const NUMBERS =
  '0 1 -1 2 3 4 7 8 16 64 100 500 1024 4096 65536 1048576 2147483647 2147483648 4294967296 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 1e9 0x10 010 1.5 .5 1k 1K 1M 2M 64M 1G 1T 1P 1E 1Z 12MiB 5KB -5M +3 1- 99999999999999999999999 NaN inf'.split(
    ' ',
  );
const PATHS =
  '/ . .. /proc /proc/meminfo /proc/self /proc/self/fd /proc/1/status /proc/1/smaps_rollup /proc/sys/vm/drop_caches /proc/sys/vm/nr_hugepages /proc/sys/vm/swappiness /sys /sys/kernel/mm/ksm/run /sys/kernel/mm/ksm/pages_to_scan /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/hugepages /sys/kernel/debug/kvm /sys/module/kvm_intel/parameters/ept /dev/null /dev/zero /dev/full /dev/tty /dev/vdb /dev/hugepages /tmp /tmp/a /tmp/b /tmp/nosuch/x /root /etc/passwd /etc/fstab /etc/libvirt/qemu/tiny.xml /root/tiny.xml swapfile a b * ? [a-z]* /proc/* ~ ~root ~nosuch'.split(
    ' ',
  );
const OPTIONS =
  '-a -b -c -d -e -f -g -h -i -k -l -m -n -o -p -q -r -s -t -u -v -w -x -z -A -C -E -F -H -L -N -R -S -V -1 -9 -- - --help --version --all --live --config --current --force --name --size --bs=1M count=3 if=/dev/zero of=/tmp/a bs=4k -n1 -d, -f1 -k2,2n -10 +5'.split(
    ' ',
  );
const SYSCTL =
  'vm.nr_hugepages=20 vm.nr_hugepages=0 vm.swappiness=100 vm.overcommit_memory=2 vm.drop_caches=3 vm.nr_overcommit_hugepages=4 vm.nosuch=1 kernel.hostname=x -a vm'.split(
    ' ',
  );
const SHELL =
  '; & && || | |& ( ) { } > >> < << <<< 2>&1 >&2 2>/dev/null &> !  $ $x ${x ${x} ${x:-y} ${#x} ${x%%y*} ${x/a/b} ${x:1:2} ${!x} $(( )) $((1/0)) $((1<<70)) $(( 08 )) $( ) ` \' " \\ # ~ = x=1 x+=2 a[1]=2 ${a[@]} "$@" $* $? $$ $! if then else elif fi for i in do done while until case esac ;; function f() [[ ]] =~ == -eq time coproc select \n \t {1..5} {a,b} *'.split(
    ' ',
  );

const pick = (words: readonly string[]) => fc.constantFrom(...words);
const strange = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '\udc80\udcff',
    '\0',
    '\x1b[2J',
    '\x03',
    '\r',
    '\u2028',
    '龍',
    'é',
    'a'.repeat(300),
  ),
);
const word = fc.oneof(
  { weight: 4, arbitrary: pick(PATHS) },
  { weight: 4, arbitrary: pick(OPTIONS) },
  { weight: 3, arbitrary: pick(NUMBERS) },
  { weight: 2, arbitrary: pick(DOMAINS) },
  { weight: 1, arbitrary: pick(PROGRAMS) },
  { weight: 1, arbitrary: strange.map((text) => `'${text.replaceAll("'", '')}'`) },
);

/** A command of virsh with options of its own, of others, and of nobody. */
const virsh = fc
  .record({
    command: fc.constantFrom(...COMMANDS),
    more: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.nat(20).map((at) => ({ own: at })) },
        { weight: 2, arbitrary: word },
      ),
      { maxLength: 4 },
    ),
    domain: pick(DOMAINS),
    first: fc.boolean(),
  })
  .map(({ command, more, domain, first }) => {
    const { options } = resolved(command);
    const words = more.map((each) =>
      typeof each === 'string'
        ? each
        : `--${options[each.own % (options.length || 1)]?.name ?? 'x'}`,
    );
    return ['virsh', command.name, ...(first ? [domain] : []), ...words].join(' ');
  });

const tool = fc
  .tuple(fc.oneof(pick(PROGRAMS), pick(BUILTINS)), fc.array(word, { maxLength: 5 }))
  .map(([name, words]) => [name, ...words].join(' '));

/** What changes the machine. */
const acting = fc.oneof(
  fc.constantFrom(
    'virsh start tiny',
    'virsh start other',
    'virsh destroy tiny',
    'virsh destroy other',
    'virsh suspend tiny',
    'virsh resume tiny',
    'virsh reboot tiny',
    'virsh reset tiny',
    'virsh shutdown tiny',
    'virsh save tiny /tmp/tiny.save',
    'virsh restore /tmp/tiny.save',
    'virsh managedsave tiny',
    'virsh snapshot-create-as tiny s1',
    'virsh snapshot-revert tiny s1',
    'virsh snapshot-delete tiny s1',
    'virsh dump tiny /tmp/core',
    'virsh undefine tiny',
    'virsh define /root/tiny.xml',
    'virsh create /root/tiny.xml',
    'virsh define /root/other.xml',
    'virsh create /root/huge.xml',
    'virsh destroy huge',
    'virsh setvcpus tiny 1 --live',
    'virsh autostart tiny',
    'swapon /swapfile',
    'swapoff /swapfile',
    'swapoff -a',
    'mkswap /swapfile',
    'dd if=/dev/zero of=/swapfile bs=1M count=16',
    'dd if=/dev/zero of=/tmp/big bs=1M count=64',
    'rm -f /tmp/big',
    'cat /tmp/big > /dev/null',
    'sync; echo 3 > /proc/sys/vm/drop_caches',
    'echo 1 > /sys/kernel/mm/ksm/run',
    'echo 2 > /sys/kernel/mm/ksm/run',
    'echo 0 > /sys/kernel/mm/ksm/run',
    'echo never > /sys/kernel/mm/transparent_hugepage/enabled',
    'echo always > /sys/kernel/mm/transparent_hugepage/enabled',
    'modprobe -r kvm_intel && modprobe kvm_intel ept=0',
    'modprobe -r kvm_intel && modprobe kvm_intel',
    'mount -t hugetlbfs none /mnt',
    'umount /mnt',
    'mount -t tmpfs none /mnt',
    'dd if=/dev/zero of=/mnt/x bs=1M count=8',
    'sleep 3',
    'sleep 20',
    'reboot',
  ),
  fc.integer({ min: 0, max: 80 }).map((pages) => `sysctl -w vm.nr_hugepages=${pages}`),
  fc.integer({ min: 0, max: 40 }).map((mib) => `virsh setmem tiny ${mib}M --live`),
  fc.tuple(pick(PATHS), pick(NUMBERS)).map(([path, number]) => `echo ${number} > ${path}`),
  pick(SYSCTL).map((setting) => `sysctl ${setting}`),
);

/** Words of the shell in any order. */
const soup = fc
  .array(fc.oneof({ weight: 3, arbitrary: pick(SHELL) }, { weight: 2, arbitrary: word }, tool), {
    maxLength: 9,
  })
  .map((words) => words.join(' '));

const joined = fc
  .array(fc.oneof(tool, virsh, acting), { minLength: 1, maxLength: 3 })
  .chain((commands) =>
    fc
      .constantFrom(' | ', '; ', ' && ', ' || ', ' & ', ' > /tmp/a; ', ' < /tmp/a | ', '\n')
      .map((glue) => commands.join(glue)),
  );

/** A recorded command with a piece taken away, doubled, or put elsewhere. */
const bent = fc
  .tuple(pick(RECORDED), fc.nat(), fc.nat(8), fc.nat(), fc.oneof(strange, pick(SHELL), word))
  .map(([text, from, length, to, other]) => {
    const start = from % (text.length + 1);
    const piece = text.slice(start, start + length);
    const rest = text.slice(0, start) + text.slice(start + length);
    const at = to % (rest.length + 1);
    return rest.slice(0, at) + (to % 3 === 0 ? other : piece + piece) + rest.slice(at);
  });

export const commandLine: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: virsh },
  { weight: 5, arbitrary: tool },
  { weight: 5, arbitrary: acting },
  { weight: 2, arbitrary: joined },
  { weight: 3, arbitrary: soup },
  { weight: 3, arbitrary: bent },
  { weight: 1, arbitrary: strange },
);

/** Text for parsers alone. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: soup },
  { weight: 3, arbitrary: bent },
  { weight: 2, arbitrary: joined },
  { weight: 2, arbitrary: strange },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        pick(['(', '{ ', '$(', '"$(', '${x:-', '[[ ( ', '$((', '`', '!', 'if ', 'for i in ']),
        fc.nat(400),
      )
      .map(([piece, times]) => piece.repeat(times)),
  },
);

const EDGES = [
  ...NUMBERS,
  '',
  ' ',
  '\n',
  '&',
  '&amp;',
  '&#0;',
  '<',
  ']]>',
  'kvm',
  'yes',
  'no',
  '龍',
  'KiB',
  'bogus',
];

/** A definition with elements dropped, doubled or moved, values replaced, or text broken. */
export const document: fc.Arbitrary<string> = fc
  .tuple(
    pick(DOCUMENTS),
    fc.array(
      fc.tuple(
        fc.constantFrom('value', 'text', 'drop', 'double', 'cut', 'insert'),
        fc.nat(),
        pick(EDGES),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, changes]) => changes.reduce(bend, text));

function bend(text: string, [how, at, edge]: [string, number, string]): string {
  const of = (pattern: RegExp, replace: (found: string) => string): string => {
    const all = [...text.matchAll(pattern)];
    const found = all[at % (all.length || 1)];
    if (found === undefined) return text;
    const { index } = found;
    return text.slice(0, index) + replace(found[0]) + text.slice(index + found[0].length);
  };
  switch (how) {
    case 'value':
      return of(/='[^']*'/g, () => `='${edge}'`);
    case 'text':
      return of(/>[^<>]+</g, () => `>${edge}<`);
    case 'drop':
      return of(/<(\w+)[^>]*\/>|<(\w+)[^>]*>[^<]*<\/\2>/g, () => '');
    case 'double':
      return of(/<(\w+)[^>]*\/>|<(\w+)[^>]*>[^<]*<\/\2>/g, (found) => found + found);
    case 'cut':
      return text.slice(0, at % (text.length + 1));
    default: {
      const place = at % (text.length + 1);
      return text.slice(0, place) + edge + text.slice(place);
    }
  }
}
