import type { Command } from '../call.ts';
import { ABSENT } from './absent.ts';
import { AGENT } from './agent.ts';
import { ATTACH } from './attach.ts';
import { CONSOLE } from './console.ts';
import { DEVICES } from './devices.ts';
import { DOMAIN } from './domain.ts';
import { EDIT } from './edit.ts';
import { EVENT } from './event.ts';
import { HOST } from './host.ts';
import { INFO } from './info.ts';
import { LIST } from './list.ts';
import { MEMORY } from './memory.ts';
import { METADATA } from './metadata.ts';
import { MONITOR } from './monitor.ts';
import { PAGES } from './pages.ts';
import { SAVE } from './save.ts';
import { SHELL } from './shell.ts';
import { SNAPSHOT } from './snapshot.ts';
import { SNAPSHOT_LIST } from './snapshot-list.ts';
import { STATS } from './stats.ts';
import { UNDEFINE } from './undefine.ts';
import { VCPU } from './vcpu.ts';

/** What runs each command; one that is not here is in the table only. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...ABSENT,
  ...AGENT,
  ...ATTACH,
  ...CONSOLE,
  ...DEVICES,
  ...DOMAIN,
  ...EDIT,
  ...EVENT,
  ...HOST,
  ...INFO,
  ...LIST,
  ...MEMORY,
  ...METADATA,
  ...MONITOR,
  ...PAGES,
  ...SAVE,
  ...SHELL,
  ...SNAPSHOT,
  ...SNAPSHOT_LIST,
  ...STATS,
  ...UNDEFINE,
  ...VCPU,
};
