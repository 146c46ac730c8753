import { Killed, readAll, TURN } from '../../os/process.ts';
import type { Process, Program } from '../../os/process.ts';
import { compile, evaluate, Exit, Next } from './awk-compile.ts';
import type { Program as AwkProgram } from './awk-compile.ts';
import { AwkError } from './awk-lexer.ts';
import { Machine } from './awk-machine.ts';
import { fromInput, isTrue } from './awk-value.ts';
import { fromBytes, openInput, toBytes, words } from './input.ts';
import { RegexError } from './regex.ts';

const USAGE =
  'Usage: mawk [Options] [Program] [file ...]\n\nOptions: -f program-file -F value -v var=value --\n';

/** mawk 1.3.4, also by the name of awk. */
export function* mawk(process: Process): Program {
  const fail = (text: string): number => {
    for (const line of fromBytes(text).split('\0')) process.warn(`${process.name}: ${line}\n`);
    return 2;
  };
  const machine = new Machine(process);
  const files: string[] = [];
  const assigned: string[] = [];
  const args = [...process.args];
  try {
    while (args[0] !== undefined && /^-./.test(args[0])) {
      const word = args.shift()!;
      if (word === '--') break;
      const letter = word[1]!;
      if (/^-Wv/.test(word) || (word === '-W' && args[0] === 'version')) {
        process.print('mawk 1.3.4 20200120\n');
        return 0;
      }
      if (/^--?(?:help|usage)$/.test(word)) {
        process.print(USAGE);
        return 0;
      }
      if (!'fFvW'.includes(letter)) return fail(`not an option: ${word}`);
      const value = word.length > 2 ? word.slice(2) : args.shift();
      if (value === undefined) return fail(`option -${letter} lacks argument`);
      if (letter === 'f') files.push(value);
      else if (letter === 'F') machine.assignment(`FS=${toBytes(value)}`);
      else if (letter === 'v') assigned.push(value);
      else process.warn(`${process.name}: vacuous option: -W ${value}\n`);
    }
    for (const text of assigned) {
      if (!machine.assignment(toBytes(text))) return fail(`improper assignment: -v ${text}`);
    }
    const texts: string[] = [];
    for (const name of files) {
      try {
        const { source, close } = openInput(process, name);
        texts.push(yield* readAll(source));
        close();
      } catch (error) {
        return fail(`cannot open ${name} (${words(error)})`);
      }
    }
    if (files.length === 0) {
      const text = args.shift();
      if (text === undefined) {
        process.print(USAGE);
        return 0;
      }
      texts.push(text);
    }
    const argv = machine.arrayOf(machine.variable('ARGV'));
    [process.name, ...args].forEach((text, index) => {
      argv.at(index, '').value = fromInput(toBytes(text));
    });
    machine.variable('ARGC').value = args.length + 1;
    return yield* run(compile(toBytes(texts.join('\n')), machine), machine);
  } catch (error) {
    machine.release();
    if (error instanceof Killed) throw error;
    if (error instanceof RegexError) return fail(error.message.toLowerCase());
    if (!(error instanceof AwkError)) throw error;
    yield* machine.flush();
    return fail(error.message);
  }
}

function* run({ begin, end, rules }: AwkProgram, machine: Machine): Program {
  let status = 0;
  try {
    for (const block of begin) yield* block();
    if (rules.length > 0 || end.length > 0) yield* records(rules, machine);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    status = machine.status(error.status);
  }
  try {
    for (const block of end) yield* block();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.status !== undefined) status = machine.status(error.status);
  }
  yield* machine.finish();
  return status;
}

function* records(rules: AwkProgram['rules'], machine: Machine): Program {
  for (let count = 1; ; count++) {
    const record = yield* machine.nextRecord();
    if (record === null) return 0;
    machine.setField(0, fromInput(record));
    if (count % 200 === 0) yield TURN;
    try {
      for (const rule of rules) {
        const [from, to] = rule.pattern ?? [];
        if (to === undefined || !rule.active) {
          if (from !== undefined && !isTrue(yield* evaluate(from))) continue;
        }
        if (to !== undefined) rule.active = !isTrue(yield* evaluate(to));
        yield* rule.body();
      }
    } catch (error) {
      if (!(error instanceof Next)) throw error;
      if (error.file) machine.skipFile();
    }
  }
}
