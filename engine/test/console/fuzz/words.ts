import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { BUILTINS } from '../../../src/console/shell/builtins.ts';
import { toolsOf } from '../../../src/console/tools/index.ts';
import { allGroups } from '../../../src/console/virsh/command.ts';
import { domain } from './watched.ts';

/** What is given to the console: lines made of its own words, recorded ones with faults, and anything at all. */

const CASES = fileURLToPath(new URL('../../../../../shared/transcripts/cases/', import.meta.url));
/** Lines that people typed at the real tools; none where the recordings are not kept beside the repository. */
export const RECORDED: readonly string[] = !existsSync(CASES)
  ? [
      'virsh dominfo one | grep -c KiB',
      'for f in /sys/kernel/mm/ksm/*; do echo "$f: $(cat $f)"; done',
    ]
  : readdirSync(CASES)
      .flatMap((family) =>
        readdirSync(join(CASES, family)).map((file) => join(CASES, family, file)),
      )
      .flatMap(
        (path) => (JSON.parse(readFileSync(path, 'utf8')) as { steps: { cmd: string }[] }).steps,
      )
      .map(({ cmd }) => cmd.replaceAll(/\b(web01|vm\d+|debian12|alpine|test)\b/g, 'one'));

const { constantFrom: one, oneof } = fc;
const list = (text: string): string[] => text.split(' ');

export const NAMES: readonly string[] = [...toolsOf(ALL_PARTS, () => undefined).keys()].map(
  (path) => path.replace(/^.*\//, ''),
);
/** What would sit and wait for somebody, or for ever; and the name of the shell. */
const programs = one(
  ...NAMES,
  ...Object.keys(BUILTINS).filter((name) => !['exit', 'logout'].includes(name)),
);

/** Numbers at which programs go wrong. */
export const number = one(
  ...list(
    '0 1 -1 2 3 7 10 64 100 512 1000 4096 65535 65536 2147483647 2147483648 4294967296 9007199254740993 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999999 -9223372036854775808 0x10 010 0x 08 1e3 1e400 1.5 .5 1. -0 +1 NaN inf 1k 1M 1G 1T 4KiB 1x 1,5 0-3 0-3,^1 ^0 ,',
  ),
  '',
  ' 1',
);
const path = one(
  ...list(
    '/ . .. - /proc /sys /tmp /tmp/a /tmp/b /tmp/none/x /etc/hostname /etc/passwd /dev/null /dev/zero /dev/full /dev/kvm /dev/vdb /proc/meminfo /proc/self /proc/1/status /proc/self/fd/1 /proc/vmstat /proc/swaps /proc/cpuinfo /proc/buddyinfo /proc/sys/vm/swappiness /proc/sys/vm/nr_hugepages /proc/sys/vm/drop_caches /proc/sys/vm/compact_memory /proc/sys/vm/overcommit_memory /sys/kernel/mm/ksm/run /sys/kernel/mm/ksm/pages_to_scan /sys/kernel/mm/ksm/sleep_millisecs /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages /sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages /sys/module/kvm_intel/parameters/ept /sys/kernel/debug/kvm/mmu_shadow_zapped /swap /tmp/one.xml /tmp/save /var/lib/libvirt/images /proc/* /sys/kernel/mm/*/* /tmp/* {a,b}{1..3}',
  ),
);
const name = one(
  ...list('one two three 1 2 -1 none default one-snap'),
  '',
  'ü',
  '*',
  '$x',
  '"a b"',
);
const pattern = one(
  ...list(
    "'^Mem' '[' '[[:alpha:]]*' '\\(' '(' 'a\\{1,3\\}' '*' '.*.*.*b' '' '\\' 's/a/b/g' 's/\\(' 's/x/\\1/' '1,$d' '$!N;P;D' ':a;N;ba' '/x/{p' 'y/abc/de/' '{print' '{print$NF}' 'BEGIN{x[1];delete' '/[/' '{$1000000=1}' '{printf(\"%c%d%s\\n\",$1)}' '%s\\n' '%d%%%x%e' '%*d' '%' '\\x' '\\0' '%b' '%q' '%(%s)T' +%s +%Q +%-e a-z A-Z [:upper:] [=a=] z-a k1,2n -k0 name,pid,rss pid=,comm= '%n%s' ''",
  ),
);
const setting: Arbitrary<string> = oneof(
  one(
    ...list(
      'vm.nr_hugepages=20 vm.nr_hugepages=0 vm.swappiness=200 vm.swappiness=201 vm.overcommit_memory=2 vm.drop_caches=3 vm.nr_overcommit_hugepages=4 kernel.nothing=1 vm.=1 =1 ept=0 ept=Y nested=2 hugepages=1 if=/dev/zero of=/tmp/a of=/swap bs=1M bs=0 count=8 count=64 seek=3 skip=1 conv=notrunc status=none',
    ),
  ),
  number.map((value) => `vm.nr_hugepages=${value}`),
);
const letter = one(
  ...list(
    'a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I L N P R S T V W X Z 0 1 9 ? -',
  ),
);
const named = [
  ...new Set([...RECORDED.join(' ').matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option)),
  ...list(
    '--help --version --no-such --all --output --bytes= --lines=x --noheadings --json --membind=1',
  ),
];
const value: Arbitrary<string> = oneof(
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: path },
  { weight: 2, arbitrary: name },
  pattern,
  setting,
);
export const option = oneof(
  letter.map((text) => `-${text}`),
  fc.tuple(letter, letter).map(([first, second]) => `-${first}${second}`),
  fc.tuple(letter, number).map(([text, count]) => `-${text}${count}`),
  one(...named),
  fc.tuple(one(...named), value).map(([text, given]) => `${text}=${given}`),
  one('--', '-', '---'),
);
const words = (most: number, ...of: Arbitrary<string>[]): Arbitrary<string> =>
  fc.array(oneof(...of), { maxLength: most }).map((all) => all.join(' '));

/** A program with options that it may not have. */
export const called = fc
  .tuple(one(...NAMES.filter((tool) => tool !== 'virsh')), words(5, option, option, value, setting))
  .map(([tool, rest]) => `${tool} ${rest}`);

const commands = allGroups().flatMap((group) => group.commands);
/** A command of virsh with options of its own and others, each with a value of some kind. */
export const virsh = fc
  .constantFrom(...commands)
  .filter((command) => !['exit', 'quit', 'console', 'event', 'edit'].includes(command.name))
  .chain((command) => {
    const own = command.options.map((each) => `--${each.name}`);
    const given = oneof(
      value,
      name,
      fc.tuple(one('', ...own), value).map(([flag, text]) => `${flag} ${text}`),
      one('', ...own, '--live', '--config', '--current', '--print-xml', '--no'),
    );
    return fc
      .tuple(name, fc.array(given, { maxLength: 4 }))
      .map(([which, rest]) => [command.name, which, ...rest].join(' '));
  });

/** Everything that moves memory about, so that one thing comes after the other. */
export const doing = oneof(
  one(
    ...['one', 'two'].flatMap((guest) => [
      `virsh start ${guest}`,
      `virsh destroy ${guest}`,
      `virsh suspend ${guest}`,
      `virsh resume ${guest}`,
      `virsh reset ${guest}`,
      `virsh shutdown ${guest}`,
      `virsh reboot ${guest}`,
      `virsh save ${guest} /tmp/save-${guest}`,
      `virsh restore /tmp/save-${guest}`,
      `virsh managedsave ${guest}`,
      `virsh dump ${guest} /tmp/core --memory-only`,
      `virsh dump ${guest} /tmp/core --crash`,
      `virsh undefine ${guest} --managed-save --snapshots-metadata`,
      `virsh snapshot-create-as ${guest} s1`,
      `virsh snapshot-revert ${guest} s1`,
      `virsh create /tmp/${guest}.xml`,
      `virsh define /tmp/${guest}.xml`,
      `virsh dumpxml ${guest} | sed 's#</currentMemory>#&<memoryBacking><hugepages/></memoryBacking>#' > /tmp/h.xml; virsh define /tmp/h.xml`,
      `virsh qemu-monitor-command ${guest} --hmp 'balloon 20'`,
      `virsh qemu-monitor-command ${guest} --hmp quit`,
      `virsh numatune ${guest} --mode strict --nodeset 1 --config`,
    ]),
    'modprobe -r kvm_intel && modprobe kvm_intel ept=0',
    'modprobe -r kvm_intel; modprobe kvm_intel',
    'dd if=/dev/zero of=/swap bs=1M count=64 status=none; mkswap /swap; swapon /swap',
    'fallocate -l 32M /swap2; mkswap /swap2; swapon -p 5 /swap2',
    'swapoff -a',
    'swapoff /swap',
    'rm /swap; swapoff -v /swap2',
    'dd if=/dev/zero of=/tmp/big bs=1M count=100; cat /tmp/big > /dev/null',
    'rm -f /tmp/big /tmp/core',
    'echo 3 > /proc/sys/vm/drop_caches',
    'echo 1 > /proc/sys/vm/compact_memory',
    'systemctl restart libvirtd',
    'reboot',
    'virsh define /tmp/none.xml; virsh create /etc/libvirt/qemu/one.xml',
    'virsh autostart one',
    'mount -t hugetlbfs none /mnt; virsh start two',
    'umount /mnt',
    'mount -t tmpfs none /mnt; dd if=/dev/zero of=/mnt/x bs=1M count=30 status=none',
    'pvcreate -y /dev/vdb; vgcreate vg /dev/vdb; lvcreate -y -L 64M -n swap vg; mkswap /dev/vg/swap; swapon /dev/vg/swap',
    'lvremove -y vg/swap; vgremove -y vg',
    'virsh attach-disk one /tmp/big vdb --live; virsh detach-disk one vdb --live',
    'virsh setvcpus one 1 --live; virsh vcpupin one 0 0',
    'head -c 1M /dev/urandom > /tmp/a; seq 50000 > /tmp/b',
    'for i in $(seq 64); do head -c 16K /dev/urandom >> /tmp/a; done',
    'truncate -s 4G /tmp/b',
    'virsh list --all; free; cat /proc/meminfo /proc/vmstat /proc/buddyinfo /proc/zoneinfo',
    'for pid in $(pgrep qemu); do cat /proc/$pid/{status,smaps_rollup,numa_maps}; done',
    'pkill -9 qemu',
    'sleep 3',
  ),
  fc
    .tuple(
      one('one', 'two'),
      fc.integer({ min: 0, max: 110 }),
      one('', '--live', '--config', '--current', '--maximum'),
    )
    .map(([guest, mib, how]) => `virsh setmem ${guest} ${mib}M ${how}`),
  fc.integer({ min: 0, max: 260 }).map((pages) => `sysctl vm.nr_hugepages=${pages}`),
  fc
    .tuple(one('0', '1', '2'), one('100', '10000'))
    .map(
      ([run, pages]) =>
        `echo ${pages} > /sys/kernel/mm/ksm/pages_to_scan; echo ${run} > /sys/kernel/mm/ksm/run`,
    ),
  one('always', 'madvise', 'never').map(
    (how) => `echo ${how} > /sys/kernel/mm/transparent_hugepage/enabled`,
  ),
  fc.tuple(value, path).map(([text, file]) => `echo ${text} > ${file}`),
  setting.map((text) => `sysctl ${text}`),
);

/** A simple command, in the shell's own words. */
const simple: Arbitrary<string> = oneof(
  { weight: 4, arbitrary: called },
  { weight: 4, arbitrary: virsh.map((line) => `virsh ${line}`) },
  { weight: 3, arbitrary: doing },
  { weight: 2, arbitrary: fc.tuple(programs, words(4, value, option)).map((all) => all.join(' ')) },
  one(
    ...list(
      'true false : x=5 x= a=(1_2_3) ((x++)) declare_-A_m set_-e shopt_-s_nullglob trap_"echo_bye"_EXIT local_y return break',
    ).map((text) => text.replaceAll('_', ' ')),
  ),
);
const redirection = oneof(
  fc
    .tuple(one('>', '>>', '<', '2>', '&>', '2>&1 >', '<>', '>|', '3<', '>&'), path)
    .map((all) => all.join(' ')),
  one('2>&1', '>&-', '<&-', '>&9', '<<< "$x"', '<<E\n$(date)\nE\n'),
);
/** Commands as the shell puts them together. */
export const line: Arbitrary<string> = fc.letrec<{ line: string }>((tie) => {
  const sub = tie('line');
  const put =
    (...all: string[]) =>
    (parts: readonly string[]): string =>
      all.map((text, index) => text + (parts[index] ?? '')).join('');
  return {
    line: oneof(
      { maxDepth: 3, withCrossShrink: true },
      simple,
      fc.tuple(simple, redirection).map((all) => all.join(' ')),
      fc.tuple(sub, one('|', '&&', '||', ';', '|&', '\n'), sub).map((all) => all.join(' ')),
      fc.tuple(sub).map(put('(', ')')),
      fc.tuple(sub).map(put('! { ', '; }')),
      fc.tuple(sub).map(put('', ' &')),
      fc.tuple(programs, sub).map(put('', ' "$(', ')"')),
      fc.tuple(path, sub).map(put('for x in ', '; do ', '; done')),
      fc.tuple(sub, sub).map(put('if ', '; then ', '; else :; fi')),
      fc.tuple(sub).map(put('while ', '; do break; done')),
      fc.tuple(value, sub).map(put('case ', ' in *) ', ';; esac')),
      fc.tuple(sub).map(put('f() { ', '; }; f 1 2')),
      fc
        .tuple(number, one(...list('+ - * / % ** << >> < == && || , = += ? & ^ ~')), number)
        .map(([left, how, right]) => `echo $((${left}${how}${right}))`),
      fc
        .tuple(
          one(
            ...list(
              'x:-y x:=y x:?y x:+y #x x#* x##*/ x%? x%%x x/a/b x//a x^ x^^ x:1:2 x:-1 x:0:-1 !x !x* x@Q a[@] a[1+1] #a[@] @ * # ? $ ! -',
            ),
          ),
          value,
        )
        .map(([how, text]) => `x=${text}; echo "\${${how}}"`),
      fc
        .tuple(value, one(...list('-e -f -n -z -eq -lt = == != =~ < -nt -a')), value)
        .map(([left, how, right]) => `[[ ${left} ${how} ${right} ]]; [ ${left} ${how} ${right} ]`),
      fc.tuple(sub).map(put("timeout 1 bash -c '", "'")),
    ),
  };
}).line;

/** Anything, as text. */
export const anything = oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: one(...'$(){}[]<>|&;\'"`\\\n\t #!*?=~-+:/.,@%^0aZx\0\x1b\x7f\udc80\udcff\ud800é😀'),
    maxLength: 60,
  }),
  fc
    .tuple(
      one(
        ...list(
          '$( ( { [[ $(( ${ ` " \' <( if while case_x_in { for_x_in << <<< & | ; ! ~ \\ a= ${x:- $((1+ !( @( ?( [',
        ),
      ),
      fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 20_000 })),
      one('', 'x', '}', ')'),
    )
    .map(([text, times, rest]) => text.replaceAll('_', ' ').repeat(times) + rest.repeat(times)),
);

/** A text with faults: pieces of it left out, doubled, moved or replaced. */
export const spoilt = (text: Arbitrary<string>): Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.integer({ min: 0, max: 12 }),
          fc.nat(4),
          oneof(value, anything),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    )
    .map(([whole, faults]) =>
      faults.reduce((now, [where, length, how, other]) => {
        const at = Math.floor(where * now.length);
        const [before, piece, after] = [
          now.slice(0, at),
          now.slice(at, at + length),
          now.slice(at + length),
        ];
        return (
          [
            before + after,
            before + piece + piece + after,
            piece + before + after,
            before + other + after,
            before,
          ][how] ?? now
        );
      }, whole),
    );

const DOCUMENT = domain(
  'three',
  64,
  `<memoryBacking><hugepages><page size='2048' unit='KiB' nodeset='0'/></hugepages><nosharepages/><source type='memfd'/></memoryBacking><vcpu placement='static' cpuset='0-1'>2</vcpu><numatune><memory mode='strict' nodeset='0'/></numatune><memtune><hard_limit unit='MiB'>900</hard_limit></memtune><cpu mode='custom'><model>EPYC</model><numa><cell id='0' cpus='0-1' memory='64' unit='MiB'/></numa></cpu><uuid>8d3c5d52-6b1f-4e0a-9a55-2f6a3c9e1d22</uuid><metadata><a:b xmlns:a='c'/></metadata>`,
);
const PIECES = DOCUMENT.match(/<[^>]*>|[^<]+/g) ?? [];
/** A definition with faults: elements dropped, doubled and moved, values at the edge, text that is no XML. */
export const document: Arbitrary<string> = oneof(
  fc
    .array(fc.tuple(fc.nat(PIECES.length - 1), fc.nat(4), oneof(number, value, anything)), {
      minLength: 1,
      maxLength: 4,
    })
    .map((faults) => {
      const pieces = [...PIECES];
      for (const [at, how, other] of faults) {
        const piece = pieces[at] ?? '';
        if (how === 0) pieces.splice(at, 1);
        else if (how === 1) pieces.splice(at, 0, piece);
        else if (how === 2) pieces.splice(other.length % pieces.length, 0, ...pieces.splice(at, 1));
        else
          pieces[at] =
            how === 3
              ? piece.replace(/'[^']*'/, `'${other}'`)
              : piece.startsWith('<')
                ? piece.replace(/\w+/, 'x')
                : other;
      }
      return pieces.join('');
    }),
  spoilt(fc.constant(DOCUMENT)),
);
