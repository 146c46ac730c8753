import { LibvirtError } from '../../libvirt/errors.ts';
import { elements, first } from '../../libvirt/xml/node.ts';
import type { Element } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Call } from '../call.ts';
import { LLONG, whole } from '../numbers.ts';

/** Commands about keys, screens, network cards and I/O threads of a domain (virsh-domain.c). */

const CODESETS = 'linux xt atset1 atset2 atset3 os_x xt_kbd usb win32 qnum rfb'.split(' ');
/** Names of Linux's keys (input-event-codes.h), without their KEY_. */
const KEYS = new Set(
  'RESERVED ESC MINUS EQUAL BACKSPACE TAB LEFTBRACE RIGHTBRACE ENTER LEFTCTRL SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH COMMA DOT SLASH RIGHTSHIFT KPASTERISK LEFTALT SPACE CAPSLOCK NUMLOCK SCROLLLOCK KPMINUS KPPLUS KPDOT KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED HOME UP PAGEUP LEFT RIGHT END DOWN PAGEDOWN INSERT DELETE MUTE VOLUMEDOWN VOLUMEUP POWER PAUSE LEFTMETA RIGHTMETA COMPOSE STOP MENU SLEEP WAKEUP'.split(
    ' ',
  ),
);
const isKey = (name: string): boolean =>
  /^KEY_([A-Z0-9]|F([1-9]|1\d|2[0-4])|KP\d)$/.test(name) ||
  (name.startsWith('KEY_') && KEYS.has(name.slice(4)));
const SIGNALS =
  /^(nop|hup|int|quit|ill|trap|abrt|bus|fpe|kill|usr1|segv|usr2|pipe|alrm|term|stkflt|chld|cont|stop|tstp|ttin|ttou|urg|xcpu|xfsz|vtalrm|prof|winch|poll|pwr|sys|rt\d|rt[12]\d|rt3[0-2])$/;

/** The network cards that a definition names, by their target or their address. */
function card(call: Call, wanted: string, inactive: boolean): Element | undefined {
  const root = parseXml(call.domain().getXMLDesc({ inactive }), '(domain_definition)');
  return elements(first(root, 'devices'), 'interface').find(
    (node) =>
      first(node, 'target')?.attributes.dev === wanted ||
      first(node, 'mac')?.attributes.address === wanted,
  );
}

export const DEVICES = {
  'send-key'(call: Call) {
    const domain = call.domain();
    const codeset = call.quietly('codeset') ?? 'linux';
    call.unsigned('holdtime');
    if (!CODESETS.includes(codeset)) call.fail(`unknown codeset: '${codeset}'`);
    const keys = call.words();
    if (keys.length > 16) call.fail('too many keycodes');
    for (const key of keys) {
      const code = /^(0x[\da-f]+|\d+)$/i.test(key) ? Number(key) : null;
      const isGood = code === null ? codeset === 'linux' && isKey(key) : code <= 0xffff;
      if (!isGood) call.fail(`invalid keycode: '${key}'`);
    }
    domain.sendKey();
  },
  'send-process-signal'(call: Call) {
    call.domain();
    const pid = call.required('pid');
    if (whole(pid, LLONG) === null) {
      call.fail(`Numeric value '${pid}' for <pid> option is malformed or out of range`);
    }
    const name = call.required('signame');
    const known = SIGNALS.test(
      name.toLowerCase().replace(/^(sig_?|vir_domain_process_signal_)/, ''),
    );
    if (!known && !/^\d+$/.test(name)) call.fail(`malformed signal name: ${name}`);
    throw new LibvirtError('NO_SUPPORT', 'virDomainSendProcessSignal');
  },
  screenshot(call: Call) {
    const domain = call.domain();
    call.unsigned('screen');
    call.attempt(`could not take a screenshot of ${domain.name}`, () => domain.screenshot());
  },
  'set-lifecycle-action'(call: Call) {
    const affect = call.affect();
    const [type, action] = [call.required('type'), call.required('action')];
    if (!/^(poweroff|reboot|crash)$/.test(type)) call.fail(`Invalid lifecycle type '${type}'.`);
    if (
      !/^(destroy|restart|rename-restart|preserve|coredump-destroy|coredump-restart)$/.test(action)
    ) {
      call.fail(`Invalid lifecycle action '${action}'.`);
    }
    const domain = call.domain();
    call.attempt('Unable to change lifecycle action.', () =>
      domain.setLifecycleAction(type, action, affect),
    );
  },
  setvcpu(call: Call) {
    call.exclusive(['enable', 'disable']);
    const affect = call.affect();
    if (!call.has('enable') && !call.has('disable')) {
      call.fail('one of --enable, --disable is required');
    }
    const list = call.required('vcpulist');
    call.domain().setVcpu(list, call.has('enable'), affect);
  },
  'domif-getlink'(call: Call) {
    const wanted = call.required('interface');
    const found = card(call, wanted, call.has('config'));
    if (found === undefined) {
      const what = wanted.includes(':') ? 'mac' : 'dev';
      return call.fail(`Interface (${what}: ${wanted}) not found.`);
    }
    call.print(`${wanted} ${first(found, 'link')?.attributes.state ?? 'up'}\n`);
  },
  'domif-setlink'(call: Call) {
    const state = call.required('state');
    const wanted = call.required('interface');
    if (!/^(up|down)$/.test(state)) call.fail(`invalid link state '${state}'`);
    const inactive = call.has('config');
    if (card(call, wanted, inactive) === undefined) {
      call.fail('Failed to extract interface information or no interfaces found');
    }
    call.fail('Failed to update interface link state');
  },
  domifaddr(call: Call) {
    const domain = call.domain();
    const source = call.text('source') ?? 'lease';
    if (!/^(lease|agent|arp)$/.test(source)) call.fail(`Unknown data source '${source}'`);
    call.attempt('Failed to query for interfaces addresses', () => {
      if (!domain.isActive()) {
        throw new LibvirtError('OPERATION_INVALID', 'domain is not running');
      }
      if (source === 'agent') domain.askAgent('virDomainInterfaceAddresses');
    });
    const heading = ['Name', 'MAC address', 'Protocol', 'Address'];
    const cells = heading.map((name, at) => name.padEnd([10, 20, 12, 0][at] ?? 0));
    call.extra(` ${cells.join(' ')}\n${'-'.repeat(79)}\n`);
  },
  vncdisplay(call: Call) {
    const domain = call.domain();
    if (!domain.isActive()) call.fail('Domain is not running');
    const root = parseXml(domain.getXMLDesc(), '(domain_definition)');
    const screen = elements(first(root, 'devices'), 'graphics').find(
      ({ attributes }) => attributes.type === 'vnc',
    );
    if (screen === undefined) {
      return call.fail('Failed to get VNC port. Is this domain using VNC?');
    }
    const { port = '5900', listen } = screen.attributes;
    const host = listen === undefined || listen === '0.0.0.0' ? '' : listen;
    call.print(`${host}:${Number(port) - 5900}\n`);
  },
  domblkerror(call: Call) {
    const domain = call.domain();
    if (!domain.isActive()) {
      throw new LibvirtError('OPERATION_INVALID', 'domain is not running');
    }
    call.extra('No errors found\n');
  },
};
