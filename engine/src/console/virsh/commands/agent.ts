import type { Call } from '../call.ts';
import { LibvirtError } from '../../libvirt/errors.ts';

/** Commands for which a guest would need an agent: what they check, and what is said before libvirt's words. */

type Check = (call: Call) => unknown;

/** `api` is the name of libvirt's call without its `virDomain`; `%` in the text is the domain. */
const asking =
  (api: string | Check, text: string | null, before: Check = nothing, after: Check = nothing) =>
  (call: Call): void => {
    before(call);
    const domain = call.domain();
    after(call);
    const name = typeof api === 'string' ? api : String(api(call));
    const ask = (): never => domain.askAgent(`virDomain${name}`);
    if (text === null) ask();
    else call.attempt(text.replace('%', domain.name), ask);
  };
const nothing: Check = () => undefined;

export const AGENT = {
  domtime: asking(
    (call) => (['time', 'now', 'sync'].some((name) => call.has(name)) ? 'SetTime' : 'GetTime'),
    null,
    (call) => call.exclusive(['time', 'now'], ['time', 'sync'], ['now', 'sync']),
    (call) => call.long('time'),
  ),
  domfsinfo: asking('GetFSInfo', 'Unable to get filesystem information'),
  domfsfreeze: asking('FSFreeze', 'Unable to freeze filesystems'),
  domfsthaw: asking('FSThaw', 'Unable to thaw filesystems'),
  domfstrim: asking('FSTrim', 'Unable to invoke fstrim', nothing, (call) => {
    call.unsignedLong('minimum');
    call.text('mountpoint');
  }),
  guestinfo: asking('GetGuestInfo', null),
  guestvcpus: asking(
    (call) => (call.has('cpulist') ? 'SetGuestVcpus' : 'GetGuestVcpus'),
    null,
    (call) => {
      call.exclusive(['enable', 'disable']);
      for (const name of ['enable', 'disable']) call.requires(name, 'cpulist');
      if (call.text('cpulist') !== null && !call.has('enable') && !call.has('disable')) {
        call.fail('One of options --enable or --disable is required by option --cpulist');
      }
    },
  ),
  dompmsuspend: asking(
    'PMSuspendForDuration',
    "Domain '%' could not be suspended",
    nothing,
    (call) => {
      const duration = call.unsignedLong('duration') ?? 0;
      const isKnown = /^(mem|disk|hybrid)$/.test(call.required('target'));
      if (!isKnown) call.fail('Invalid target');
      if (duration === 0) return;
      call.attempt(`Domain '${call.domain().name}' could not be suspended`, () => {
        throw new LibvirtError('ARGUMENT_UNSUPPORTED', 'Duration not supported. Use 0 for now');
      });
    },
  ),
  dompmwakeup(call: Call) {
    const domain = call.domain();
    call.attempt(`Domain '${domain.name}' could not be woken up`, () => domain.wakeUp());
  },
  'qemu-agent-command': asking('QemuAgentCommand', null, nothing, (call) => {
    const timeout = call.int('timeout');
    if (timeout !== null && timeout < 1) call.fail('timeout must be positive');
    const given = ['timeout', 'async', 'block'].filter((name) => call.has(name));
    if (given.length > 1) call.fail('timeout, async and block options are exclusive');
  }),
  'set-user-password': asking('SetUserPassword', null, (call) => {
    call.required('user');
    call.required('password');
  }),
  'get-user-sshkeys': asking('AuthorizedSSHKeysGet', null, nothing, (call) => call.text('user')),
  'set-user-sshkeys': asking(
    'AuthorizedSSHKeysSet',
    null,
    (call) => {
      call.requires('remove', 'file');
      call.exclusive(['reset', 'remove']);
    },
    (call) => {
      call.text('user');
      const path = call.text('file');
      if (path !== null) call.readFile(path);
      else if (!call.has('reset')) call.fail('Option --file is required');
    },
  ),
  'guest-agent-timeout'(call: Call) {
    const domain = call.domain();
    domain.agentSetResponseTimeout(call.int('timeout') ?? -2);
  },
};
