import type { Call } from '../call.ts';
import { dumpXml } from '../dump-xml.ts';
import { secure } from './info.ts';

const FORMATS: readonly string[] = ['elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp'];

/** A document that replaces the one in a saved file. */
function replacement(call: Call): { xml?: string } {
  const path = call.text('xml');
  return path === null ? {} : { xml: call.readFile(path) };
}

/** virshWatchJob(): how far it got, which is all the way at once. */
function progress(call: Call, label: string): void {
  if (call.has('verbose')) call.session.process.warn(`\r${label}: [100 %]`);
}

/** Commands that save, restore and dump domains (virsh-domain.c). */
export const SAVE = {
  save(call: Call) {
    const domain = call.domain();
    const path = call.required('file');
    const flags = { ...call.flags('bypass-cache', 'running', 'paused'), ...replacement(call) };
    const name = call.required('domain');
    call.attempt(`Failed to save domain '${name}' to ${path}`, () =>
      domain.save(call.absolute(path), flags),
    );
    progress(call, 'Save');
    call.extra(`\nDomain '${name}' saved to ${path}\n`);
  },
  restore(call: Call) {
    const path = call.required('file');
    const flags = {
      ...call.flags('bypass-cache', 'running', 'paused', 'reset-nvram'),
      ...replacement(call),
    };
    call.attempt(`Failed to restore domain from ${path}`, () =>
      call.connection.restore(call.absolute(path), flags),
    );
    call.extra(`Domain restored from ${path}\n`);
  },
  'save-image-dumpxml'(call: Call) {
    const path = call.required('file');
    const xml = call.connection.saveImageGetXMLDesc(call.absolute(path), secure(call));
    dumpXml(call, xml, 'domain-save-image');
  },
  'save-image-define'(call: Call) {
    const path = call.required('file');
    const xml = call.readFile(call.required('xml'));
    call.attempt(`Failed to update ${path}`, () =>
      call.connection.saveImageDefineXML(call.absolute(path), xml, call.flags('running', 'paused')),
    );
    call.extra(`State file ${path} updated.\n`);
  },
  managedsave(call: Call) {
    const domain = call.domain();
    const name = call.required('domain');
    call.attempt(`Failed to save domain '${name}' state`, () =>
      domain.managedSave(call.flags('bypass-cache', 'running', 'paused')),
    );
    progress(call, 'Managedsave');
    call.extra(`\nDomain '${name}' state saved by libvirt\n`);
  },
  'managedsave-remove'(call: Call) {
    const domain = call.domain();
    const name = call.required('domain');
    if (!domain.hasManagedSaveImage()) {
      call.extra(`Domain '${name}' has no manage save image; removal skipped`);
      return;
    }
    call.attempt(`Failed to remove managed save image for domain '${name}'`, () =>
      domain.managedSaveRemove(),
    );
    call.extra(`Removed managedsave image for domain '${name}'`);
  },
  'managedsave-dumpxml'(call: Call) {
    dumpXml(call, call.domain().managedSaveGetXMLDesc(secure(call)), 'domain-save-image');
  },
  'managedsave-define'(call: Call) {
    call.exclusive(['running', 'paused']);
    const xml = call.readFile(call.required('xml'));
    const domain = call.domain();
    call.attempt(`Failed to update ${domain.name} XML configuration`, () =>
      domain.managedSaveDefineXML(xml, call.flags('running', 'paused')),
    );
    call.extra(`Managed save state file of domain '${domain.name}' updated.\n`);
  },
  dump(call: Call) {
    const domain = call.domain();
    const name = call.required('domain');
    const path = call.required('file');
    const flags: Parameters<typeof domain.coreDump>[1] = call.flags(
      'live',
      'crash',
      'bypass-cache',
      'reset',
      'memory-only',
    );
    const format = call.quietly('format');
    if (call.has('format')) {
      if (flags.memoryOnly !== true) call.fail('--format only works with --memory-only');
      if (format !== null) {
        if (!FORMATS.includes(format)) {
          call.fail(
            `format '${format}' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'`,
          );
        }
        flags.format = format;
      }
    }
    call.attempt(`Failed to core dump domain '${name}' to ${path}`, () =>
      domain.coreDump(call.absolute(path), flags),
    );
    progress(call, 'Dump');
    call.extra(`\nDomain '${name}' dumped to ${path}\n`);
  },
};
