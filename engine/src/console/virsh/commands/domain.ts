import type { PowerFlags } from '../../libvirt/api.ts';
import type { Step } from '../../os/process.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { Failed } from '../call.ts';
import type { Call } from '../call.ts';
import { openConsole } from './console.ts';

const WAYS = ['acpi', 'agent', 'initctl', 'signal', 'paravirt'] as const;

/** How a guest is asked: `--mode acpi,agent`. `tail` ends the list of ways in the message. */
function ways(call: Call, tail: string): PowerFlags {
  const flags: PowerFlags = {};
  for (const word of call.text('mode')?.split(',') ?? []) {
    const way = WAYS.find((known) => known === word);
    if (way === undefined) {
      return call.fail(
        `Unknown mode ${word} value, expecting 'acpi', 'agent', 'initctl', 'signal'${tail}`,
      );
    }
    flags[way] = true;
  }
  return flags;
}

/** `--pass-fds 3,4`: nothing here can use them, but they must be numbers (virshFetchPassFdsList()). */
export function checkDescriptors(call: Call): void {
  for (const part of call.quietly('pass-fds')?.split(',') ?? []) {
    if (!/^\s*[+-]?\d+$/.test(part)) call.fail(`Unable to parse FD number '${part}'`);
  }
}

/** A plain change: `verb` for the message of failure, `done` for that of success. */
const change =
  (verb: string, done: string, action: 'suspend' | 'resume' | 'reset') =>
  (call: Call): void => {
    const domain = call.domain();
    const name = call.required('domain');
    call.attempt(`Failed to ${verb} domain '${name}'`, () => domain[action]());
    call.extra(`Domain '${name}' ${done}\n`);
  };

/** attach-device and the like: what a file describes is put into a domain, or taken from it. */
const device =
  (verb: 'attach' | 'detach' | 'update') =>
  (call: Call): void => {
    call.exclusive(['persistent', 'current'], ['current', 'live'], ['current', 'config']);
    const domain = call.domain();
    const persistent = call.has('persistent');
    const path = call.required('file');
    const xml = call.readFile(path);
    const affect = {
      live: call.has('live') || (persistent && domain.isActive()),
      config: call.has('config') || persistent,
    };
    // Old calls without flags are about the running domain (virDomainAttachDevice()).
    const isPlain = verb !== 'update' && !call.has('current') && !affect.live && !affect.config;
    call.attempt(`Failed to ${verb} device from ${path}`, () =>
      domain[`${verb}Device`](xml, isPlain ? { live: true, plain: true } : affect),
    );
    call.extra(`Device ${verb.replace(/e?$/, 'ed')} successfully\n`);
  };

/** Commands that start, stop and rename domains (virsh-domain.c). */
export const DOMAIN = {
  *start(call: Call): Step {
    const domain = call.domain('uuid', 'name');
    if (domain.getID() !== -1) call.fail('Domain is already active');
    checkDescriptors(call);
    const flags = call.flags('paused', 'autodestroy', 'bypass-cache', 'force-boot', 'reset-nvram');
    // With --force-boot virsh has two ways, and the first one says only what libvirt says.
    if (flags.forceBoot === true) domain.create(flags);
    else call.attempt(`Failed to start domain '${domain.name}'`, () => domain.create(flags));
    call.extra(`Domain '${domain.name}' started\n`);
    if (call.has('console')) yield* openConsole(call, domain, null);
  },
  *create(call: Call): Step {
    const path = call.required('file');
    const xml = call.readFile(path);
    checkDescriptors(call);
    const flags = call.flags('paused', 'autodestroy', 'validate', 'reset-nvram');
    const domain = call.attempt(`Failed to create domain from ${path}`, () =>
      call.connection.createXML(xml, flags),
    );
    call.extra(`Domain '${domain.name}' created from ${path}\n`);
    if (!call.has('console')) return;
    try {
      yield* openConsole(call, domain, null);
    } catch (problem) {
      // The domain is there; that it has no console is no failure of this command.
      if (!(problem instanceof Failed || problem instanceof LibvirtError)) throw problem;
    }
  },
  define(call: Call) {
    const path = call.required('file');
    const xml = call.readFile(path);
    const domain = call.attempt(`Failed to define domain from ${path}`, () =>
      call.connection.defineXML(xml, call.flags('validate')),
    );
    call.extra(`Domain '${domain.name}' defined from ${path}\n`);
  },
  shutdown(call: Call) {
    const flags = ways(call, ", or 'paravirt'");
    const domain = call.domain();
    const name = call.required('domain');
    call.attempt(`Failed to shutdown domain '${name}'`, () => domain.shutdown(flags));
    call.extra(`Domain '${name}' is being shutdown\n`);
  },
  reboot(call: Call) {
    const flags = ways(call, " or 'paravirt'");
    const domain = call.domain();
    const name = call.required('domain');
    call.attempt(`Failed to reboot domain '${name}'`, () => domain.reboot(flags));
    call.extra(`Domain '${name}' is being rebooted\n`);
  },
  destroy(call: Call) {
    const domain = call.domain();
    const name = call.required('domain');
    call.attempt(`Failed to destroy domain '${name}'`, () =>
      domain.destroy(call.flags('graceful')),
    );
    call.extra(`Domain '${name}' destroyed\n`);
  },
  reset: change('reset', 'was reset', 'reset'),
  suspend: change('suspend', 'suspended', 'suspend'),
  resume: change('resume', 'resumed', 'resume'),
  domrename(call: Call) {
    const domain = call.domain();
    domain.rename(call.required('new-name'));
    call.extra('Domain successfully renamed\n');
  },
  autostart(call: Call) {
    const domain = call.domain();
    const name = call.required('domain');
    const mark = call.has('disable') ? 'unmark' : 'mark';
    call.attempt(`Failed to ${mark} domain '${name}' as autostarted`, () =>
      domain.setAutostart(mark === 'mark'),
    );
    call.extra(`Domain '${name}' ${mark}ed as autostarted\n`);
  },
  'attach-device': device('attach'),
  'detach-device': device('detach'),
  'update-device': device('update'),
  'inject-nmi'(call: Call) {
    call.domain().injectNMI();
  },
};
