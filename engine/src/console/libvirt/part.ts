import { InputError } from '../../input.ts';
import type { Host } from '../host/host.ts';
import { Hypervisor } from '../host/hypervisor.ts';
import type { Tool } from '../os/process.ts';
import { allGroups, resolved } from '../virsh/command.ts';
import { virsh } from '../virsh/virsh.ts';
import type { Open } from './api.ts';
import { Daemon } from './daemon.ts';
import { LibvirtError } from './errors.ts';
import { opener } from './open.ts';
import { virtTop } from './virt-top.ts';
import { virtXmlValidate } from './xml-validate.ts';

/** libvirt, its virtual machines and what talks to it: one part of the console's code. */
export interface Libvirt {
  readonly TOOLS: Readonly<Record<string, Tool>>;
  startDaemon: typeof startDaemon;
  autostart: typeof autostart;
  virshWords: typeof virshWords;
}

export const TOOLS: Readonly<Record<string, Tool>> = {
  '/usr/bin/virt-top': virtTop,
  '/usr/bin/virt-xml-validate': virtXmlValidate,
  '/usr/bin/virsh': (process) => {
    const { libvirt } = process.system;
    return libvirt === undefined
      ? process.fail('there is no libvirt here')
      : virsh(libvirt)(process);
  },
};

/**
 * Starts libvirtd on a host, with the domains that are defined there; the programs of guests are `guestTools`.
 * Throws an `InputError` that names the domain whose definition libvirt refuses.
 */
export function startDaemon(host: Host, guestTools: ReadonlyMap<string, Tool>): Open {
  const daemon = new Daemon(new Hypervisor(host, guestTools), host.state);
  daemon.load();
  const open = opener(daemon);
  const connection = open(null);
  for (const [index, xml] of host.config.domains.entries()) {
    try {
      connection.defineXML(xml);
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      throw new InputError(`domains[${index}]`, `is no definition of a domain: ${error.message}`);
    }
  }
  connection.close();
  return open;
}

/** What libvirtd does when the host has booted: starts the domains that are to start with it. */
export function autostart(open: Open): void {
  const connection = open(null);
  for (const domain of connection.listAllDomains()) {
    if (!domain.getAutostart() || domain.isActive()) continue;
    try {
      domain.create();
    } catch (error) {
      // It stays shut off; the daemon's log has why.
      if (!(error instanceof LibvirtError)) throw error;
    }
  }
  connection.close();
}

/** The commands of virsh with their options, for completion. */
export function virshWords() {
  return allGroups().flatMap(({ commands }) =>
    commands
      .filter(({ hidden }) => !hidden)
      .map((command) => ({
        name: command.name,
        options: resolved(command).options.map(({ name, kind }) => ({
          name,
          takesValue: kind !== 'bool',
        })),
      })),
  );
}
