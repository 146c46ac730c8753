import { InputError } from '../input.ts';
import type { Kvm } from '../kvm/kvm.ts';
import { ALL_PARTS } from './all-parts.ts';
import { PROFILES } from './host/profiles.ts';
import { Console } from './session.ts';

/** Recorded sessions (transcripts, format 1): the host is set up as one says, and its steps are run. */

export interface TranscriptStep {
  cmd: string;
  env?: Record<string, string>;
  before?: string[];
  after_s?: number;
  after_condition?: string;
  input?: { expect?: string; sleep?: number; send?: string; timeout?: number }[];
  tty?: string;
}

export interface Transcript {
  format: 1;
  id: string;
  host: string;
  setup: {
    files?: Record<string, string>;
    bind?: Record<string, string>;
    commands?: string[];
    guests_booted?: string[];
  };
  steps: TranscriptStep[];
}

/** What the simulated host answered to a step. */
export type StepAnswer =
  | { cmd: string; stdout: string; stderr: string; exit: number }
  | { cmd: string; tty: string; exit: number };

/** What conditions and prompts are waited for, on the simulated clock. */
const PATIENCE_MS = 180_000;

/** Reads a case. Throws an `InputError` that says what is wrong. */
export function readTranscript(value: unknown): Transcript {
  const given = value as Partial<Transcript> | null;
  if (typeof given !== 'object' || given === null) {
    throw new InputError('case', 'is no JSON object; a transcript of format 1 would be right');
  }
  if (given.format !== 1) {
    throw new InputError('format', `is ${JSON.stringify(given.format)}; 1 would be right`);
  }
  if (typeof given.host !== 'string' || PROFILES[given.host] === undefined) {
    throw new InputError(
      'host',
      `is ${JSON.stringify(given.host)}; one of ${Object.keys(PROFILES).join(', ')} would be right`,
    );
  }
  if (!Array.isArray(given.steps)) throw new InputError('steps', 'are missing');
  given.steps.forEach((step, index) => {
    if (typeof (step as TranscriptStep | null)?.cmd !== 'string') {
      throw new InputError(`steps[${index}].cmd`, 'is no text');
    }
  });
  return { ...given, setup: given.setup ?? {} } as Transcript;
}

/** Runs a case; an answer for each step, as it is known. */
export function* runTranscript(kvm: Kvm, transcript: Transcript): Generator<StepAnswer> {
  const profile = PROFILES[transcript.host];
  if (profile === undefined) throw new InputError('host', 'is not known');
  const session = new Console(kvm, profile, ALL_PARTS);
  const { setup } = transcript;
  const { fs } = session.host;
  for (const [path, text] of Object.entries(setup.files ?? {})) {
    session.run(`mkdir -p "$(dirname '${path}')"`);
    fs.write(path, text);
  }
  for (const command of setup.commands ?? []) session.run(command);
  for (const [path, source] of Object.entries(setup.bind ?? {}))
    session.host.calls.bind(source, path);
  const booted = (): boolean =>
    (setup.guests_booted ?? []).every((name) => session.host.machines.isUp(name));
  for (let waited = 0; !booted() && waited < PATIENCE_MS; waited += 1000) session.wait(1000);
  for (const step of transcript.steps) yield runStep(session, step);
}

function runStep(session: Console, step: TranscriptStep): StepAnswer {
  for (const command of step.before ?? []) session.run(command);
  if (step.after_s !== undefined) session.wait(step.after_s * 1000);
  if (step.after_condition !== undefined) {
    for (let waited = 0; waited < PATIENCE_MS; waited += 1000) {
      if (session.run(step.after_condition).exit === 0) break;
      session.wait(1000);
    }
  }
  if (step.input === undefined)
    return { cmd: step.cmd, ...session.run(step.cmd, { env: step.env ?? {} }) };
  let tty = '';
  const { terminal, shell } = session.interact(
    (text) => {
      tty += text;
    },
    step.cmd,
    step.env,
  );
  let seen = 0;
  for (const { expect, sleep, send, timeout } of step.input) {
    const pattern = expect === undefined ? null : new RegExp(expect, 'm');
    const end = session.host.clock.now + (timeout ?? PATIENCE_MS / 1000) * 1000;
    while (pattern !== null && shell.status === null && session.host.clock.now < end) {
      const match = pattern.exec(tty.slice(seen));
      if (match !== null) {
        seen += match.index + match[0].length;
        break;
      }
      if (session.step() === 'stuck') break;
    }
    // What was recorded here was typed by hand: programs had time to answer.
    session.wait((sleep ?? 0.2) * 1000);
    if (send !== undefined) terminal.type(keysOf(send));
  }
  const end = session.host.clock.now + PATIENCE_MS;
  while (shell.status === null && session.host.clock.now < end) {
    if (session.step(end) === 'stuck') break;
  }
  return { cmd: step.cmd, tty: shown(tty), exit: shell.status ?? 0 };
}

/** Keys as they are written down: `\\r` Enter, `\\x1d` Ctrl+]. */
function keysOf(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|[nrt\\])/gi, (_, code: string) =>
    code.startsWith('x')
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : ({ n: '\n', r: '\r', t: '\t' }[code] ?? '\\'),
  );
}

/** What is left on the screen of a text with erasures. */
function shown(text: string): string {
  return text.replaceAll('\r', '').replace(/.[\b] [\b]/g, '');
}
