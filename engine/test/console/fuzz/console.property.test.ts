import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { parseDomain } from '../../../src/console/libvirt/domain/parse.ts';
import { Console } from '../../../src/console/session.ts';
import { completeness } from '../../../src/console/shell/index.ts';
import { SyntaxProblem, parse, split } from '../../../src/console/virsh/parse.ts';
import type { Kvm, Vm } from '../../../src/kvm/kvm.ts';
import { loadKvm } from '../../../src/node.ts';
import { audit } from '../../mm/audit.ts';
import { anyText, commandLine, document } from './words.ts';

/**
 * Whatever is typed: no exception escapes, nothing holds the page up for a second, and after every command the
 * host's accounts hold.
 *
 * How often: PAGEWALK_RUNS times a thousand texts are read, and some forty lines for each thousand are run on a host;
 * others: PAGEWALK_SEED.
 */
const THOUSANDS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 100), 5000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);
/** Of the processor's time, whatever else the machine does (microseconds). */
const SECOND = 1_000_000;
/** Commands on one host. */
const SESSION = 25;

const TINY = `<domain type='kvm'><name>tiny</name><memory unit='MiB'>40</memory><vcpu>2</vcpu><os><type>hvm</type></os><devices><console type='pty'/><memballoon model='virtio'/></devices></domain>`;
const FILES = {
  '/root/tiny.xml': TINY,
  '/root/other.xml': TINY.replace('tiny', 'other').replace('>40<', '>24<'),
  '/root/huge.xml': TINY.replace('tiny', 'huge').replace(
    '<vcpu>',
    '<memoryBacking><hugepages/></memoryBacking><vcpu>',
  ),
  '/tmp/a': 'one\ntwo\nthree 3\n',
};

/** Does something, and says how much of the processor's time that took (microseconds). */
function timed(body: () => void): number {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
function quick(what: string, body: () => void): void {
  let took = timed(body);
  // A pause of the collector, or of the compiler, is not the input's.
  if (took > SECOND) took = Math.min(took, timed(body));
  expect(took, `processor time for ${JSON.stringify(what)}`).toBeLessThan(SECOND);
}
const runs = (thousands: number) => ({
  numRuns: Math.ceil(thousands * 1000),
  seed: SEED,
});

describe('readers alone', () => {
  it(
    'the shell’s parser takes any text for whole, unfinished or wrong',
    { timeout: 600_000 },
    () => {
      fc.assert(
        fc.property(anyText, (text) => {
          quick(text, () => {
            const answer = completeness(text);
            if (typeof answer === 'object') expect(answer.error).not.toBe('');
          });
        }),
        runs(THOUSANDS * 0.6),
      );
    },
  );

  it('virsh’s parser takes any line or says what is wrong with it', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(commandLine, anyText), (text) => {
        quick(text, () => {
          try {
            parse(split(text));
          } catch (error) {
            if (!(error instanceof SyntaxProblem)) throw error;
            expect(error.message).not.toBe('');
          }
        });
      }),
      runs(THOUSANDS * 0.2),
    );
  });

  it(
    'the reader of definitions takes any document or refuses it in libvirt’s way',
    { timeout: 600_000 },
    () => {
      fc.assert(
        fc.property(fc.oneof({ weight: 9, arbitrary: document }, fc.string()), (text) => {
          quick(text, () => {
            try {
              parseDomain(text);
            } catch (error) {
              if (!(error instanceof LibvirtError)) throw error;
              expect(error.message).not.toBe('');
            }
          });
        }),
        runs(THOUSANDS * 0.2),
      );
    },
  );
});

describe('a host that is typed at', () => {
  let kvm: Kvm;
  beforeAll(async () => {
    kvm = await loadKvm();
  });

  /** What holds after every command. */
  function check(console: Console): void {
    const { host } = console;
    const mode = host.state.modules.get('kvm_intel')?.get('ept') === 'N';
    audit(
      kvm,
      [...host.state.machines.values()].map(({ vm }) => ({
        vm: vm as unknown as Vm,
        mode: mode ? ('shadow' as const) : ('ept' as const),
      })),
    );
    // libvirt knows of every machine, and of no other.
    const live = [...host.state.libvirt.domains.values()].flatMap(({ live }) => live?.pid ?? []);
    expect(live.sort()).toEqual([...host.state.machines.keys()].sort());
    const { meminfo } = kvm.host;
    for (const [field, value] of Object.entries(meminfo)) {
      expect(value, field).toBeGreaterThanOrEqual(0);
    }
    expect(meminfo.MemFree).toBeLessThanOrEqual(meminfo.MemTotal);
    expect(meminfo.SwapFree).toBeLessThanOrEqual(meminfo.SwapTotal);
    expect(meminfo.SwapTotal).toBe(host.state.swaps.reduce((sum, { size }) => sum + size, 0));
    // Who has ended holds nothing.
    for (const process of host.scheduler.processes) expect(process.status).toBeNull();
  }

  const begin = (): Console => {
    const console = new Console(
      kvm,
      readHostConfig({ memory: '192M', domains: [TINY], files: FILES }),
      ALL_PARTS,
    );
    console.run(
      'dd if=/dev/zero of=/swapfile bs=1M count=16; mkswap /swapfile; chmod 600 /swapfile',
    );
    return console;
  };

  it('answers, and its accounts hold', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(commandLine, { minLength: 1, maxLength: SESSION, size: 'max' }),
        (lines) => {
          let console = begin();
          for (const line of lines) {
            const took = timed(() => {
              const { exit } = console.run(line, { bounds: { time: 60_000, output: 300_000 } });
              expect(exit).toBeGreaterThanOrEqual(0);
              expect(exit).toBeLessThanOrEqual(255);
              expect(console.host.scheduler.faults).toEqual([]);
            });
            expect(took, line).toBeLessThan(2 * SECOND);
            if (console.host.state.powered !== 'on') console = begin();
            check(console);
          }
        },
      ),
      runs((THOUSANDS * 0.08) / SESSION),
    );
  });
});
