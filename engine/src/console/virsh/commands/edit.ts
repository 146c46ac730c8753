import type { Step } from '../../os/process.ts';
import type { Call } from '../call.ts';
import { editRepeatedly } from '../edit.ts';

/** Commands that open an editor on a domain or a saved one (virsh-domain.c). */
export const EDIT = {
  *edit(call: Call): Step {
    const domain = call.domain();
    const flags = call.has('skip-validate') ? {} : { validate: true };
    let { name } = domain;
    const how = yield* editRepeatedly(call, {
      read: () => domain.getXMLDesc({ secure: true, inactive: true }),
      write(text) {
        ({ name } = call.connection.defineXML(text, flags));
      },
      relax() {
        delete flags.validate;
      },
    });
    if (how === 'unwritten') name = '(null)';
    const done = how === 'unchanged' ? 'not changed' : 'edited';
    call.extra(`Domain '${name}' XML configuration ${done}.\n`);
  },
  *'save-image-edit'(call: Call): Step {
    call.exclusive(['running', 'paused']);
    const flags = call.flags('running', 'paused');
    const path = call.required('file');
    const { connection } = call;
    const how = yield* editRepeatedly(call, {
      read: () => connection.saveImageGetXMLDesc(call.absolute(path), { secure: true }),
      write: (text) => connection.saveImageDefineXML(call.absolute(path), text, flags),
    });
    call.extra(
      how === 'unchanged'
        ? `Saved image ${path} XML configuration not changed.\n`
        : `State file ${path} edited.\n`,
    );
  },
  *'managedsave-edit'(call: Call): Step {
    call.exclusive(['running', 'paused']);
    const flags = call.flags('running', 'paused');
    const domain = call.domain();
    const how = yield* editRepeatedly(call, {
      read: () => domain.managedSaveGetXMLDesc({ secure: true }),
      write: (text) => domain.managedSaveDefineXML(text, flags),
    });
    call.extra(
      how === 'unchanged'
        ? `Managed save image of domain '${domain.name}' XML configuration not changed.\n`
        : `Managed save image of Domain '${domain.name}' XML configuration edited.\n`,
    );
  },
};
