import { LibvirtError } from '../../libvirt/errors.ts';
import type { Step } from '../../os/process.ts';
import type { Call } from '../call.ts';
import { editOnce, editRepeatedly } from '../edit.ts';
import { describedBy } from './list.ts';

/** Commands about what users note down in a domain (virsh-domain.c). */
export const METADATA = {
  *desc(call: Call): Step {
    const affect = call.affect();
    const domain = call.domain();
    const kind = call.has('title') ? 'title' : 'description';
    const now = describedBy(domain, kind, call.has('config') ? { config: true } : {});
    const words = call.words();
    if (words.length === 0 && !call.has('edit')) {
      if (now !== '') call.print(now);
      else call.extra(`No ${kind} for domain: ${domain.name}`);
      return;
    }
    let text = words.length === 0 ? now : words.join(' ').replace(/ +$/, '');
    if (call.has('edit')) {
      text = yield* editOnce(call, text);
      // Editors end the last line; a title is no line.
      if (kind === 'title') text = text.replace(/\n$/, '');
      if (text === now) {
        call.extra(`Domain ${kind} not changed\n`);
        return;
      }
    }
    call.attempt(`Failed to set new domain ${kind}`, () =>
      domain.setMetadata(kind, text, null, null, affect),
    );
    call.extra(`Domain ${kind} updated successfully`);
  },
  *metadata(call: Call): Step {
    const affect = call.affect();
    call.exclusive(['edit', 'set'], ['remove', 'set'], ['remove', 'edit']);
    const domain = call.domain();
    const uri = call.required('uri');
    const key = call.text('key');
    const set = call.text('set');
    if ((set !== null || call.has('edit')) && key === null) {
      call.fail('namespace key is required when modifying metadata');
    }
    const read = (): string => domain.getMetadata('element', uri, affect);
    if (set !== null || call.has('remove')) {
      domain.setMetadata('element', set, key, uri, affect);
      call.extra(`Metadata ${call.has('remove') ? 'removed' : 'modified'}\n`);
    } else if (call.has('edit')) {
      const changed = yield* editRepeatedly(call, {
        read() {
          try {
            return read();
          } catch (problem) {
            if (problem instanceof LibvirtError) return '\n';
            throw problem;
          }
        },
        write: (text) => domain.setMetadata('element', text, key, uri, affect),
      });
      call.extra(changed === 'unchanged' ? 'Metadata not changed' : 'Metadata modified\n');
    } else call.print(`${read()}\n`);
  },
};
