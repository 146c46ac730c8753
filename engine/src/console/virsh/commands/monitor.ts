import type { Call } from '../call.ts';
import { checkDescriptors } from './domain.ts';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** cmdQemuMonitorCommandQMPWrap(): words as a QMP command; an object is one already. */
function wrapped(call: Call, words: readonly string[]): string {
  const all = words.join(' ');
  if (isObject(parsed(all))) return all;
  const [execute = '', ...rest] = words;
  if (rest.length === 0) return JSON.stringify({ execute });
  const plain = parsed(rest.join(' '));
  const given = isObject(plain) ? plain : parsed(`{${rest.join(',').replace(/,+$/, '')}}`);
  if (!isObject(given)) {
    return call.fail(`failed to wrap arguments '${rest.join(' ')}' into a QMP command wrapper`);
  }
  return JSON.stringify({ execute, arguments: given });
}

/** The command `qemu-monitor-command` (virsh-domain.c). */
export const MONITOR = {
  'qemu-monitor-command'(call: Call) {
    call.exclusive(['hmp', 'pretty'], ['hmp', 'return-value']);
    const domain = call.domain();
    const words = call.words();
    const isHmp = call.has('hmp');
    const command = isHmp ? words.join(' ').replace(/ +$/, '') : wrapped(call, words);
    checkDescriptors(call);
    const result = domain.qemuMonitorCommand(command, isHmp ? { hmp: true } : {});
    const [pretty, onlyReturn] = [call.has('pretty'), call.has('return-value')];
    let shown = pretty || onlyReturn ? parsed(result) : undefined;
    if (onlyReturn) {
      if (shown === undefined) call.fail('failed to parse JSON returned by qemu');
      if (!isObject(shown) || !('return' in shown)) return call.fail("'return' member missing");
      shown = shown.return;
    }
    call.print(
      shown === undefined ? `${result}\n` : JSON.stringify(shown, null, pretty ? 2 : undefined),
    );
  },
};
