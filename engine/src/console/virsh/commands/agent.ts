import type { Call } from '../call.ts';

/** Commands for which a guest would need an agent: what they check, and what is said before libvirt's words. */

const ask = (call: Call, text: string | null): never => {
  const domain = call.domain();
  if (text === null) return domain.askAgent();
  return call.attempt(text.replace('%', domain.name), () => domain.askAgent());
};
const asking = (text: string | null, check: (call: Call) => void = () => undefined) => {
  return (call: Call): void => {
    check(call);
    ask(call, text);
  };
};
const switches = (call: Call): void => {
  call.exclusive(['enable', 'disable']);
  for (const name of ['enable', 'disable']) call.requires(name, 'cpulist');
};

export const AGENT = {
  domtime: asking(null, (call) => {
    call.exclusive(['time', 'now'], ['time', 'sync'], ['now', 'sync']);
    call.int('time');
  }),
  domfsinfo: asking('Unable to get filesystem information'),
  domfsfreeze: asking('Unable to freeze filesystems'),
  domfsthaw: asking('Unable to thaw filesystems'),
  domfstrim: asking('Unable to invoke fstrim', (call) => call.unsignedLong('minimum')),
  guestinfo: asking(null),
  guestvcpus: asking(null, switches),
  dompmsuspend: asking("Domain '%' could not be suspended", (call) => {
    if (!/^(mem|disk|hybrid)$/.test(call.required('target'))) call.fail('Invalid target');
  }),
  dompmwakeup(call: Call) {
    const domain = call.domain();
    call.attempt(`Domain '${domain.name}' could not be woken up`, () => domain.wakeUp());
  },
  'qemu-agent-command': asking(null, (call) => {
    call.exclusive(['timeout', 'async'], ['timeout', 'block'], ['async', 'block']);
  }),
  'set-user-password': asking(null),
  'get-user-sshkeys': asking(null),
  'set-user-sshkeys': asking(null),
  'guest-agent-timeout'(call: Call) {
    const domain = call.domain();
    domain.agentSetResponseTimeout(call.int('timeout') ?? -2);
  },
};
