import { Errno } from '../../os/errno.ts';
import { TURN } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { typeOf } from '../../fs/file-system.ts';
import { byteLength } from '../../fs/content.ts';
import { getopt } from './options.ts';
import { Buffered, linesOf, openInput, readInput, Records, words } from './input.ts';
import { isWordCode, Regex, RegexError } from './regex.ts';
import type { Dialect, Match } from './regex.ts';

const LONG: Record<string, string> = {
  'basic-regexp': 'G',
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'perl-regexp': 'P',
  'after-context': 'A:',
  'before-context': 'B:',
  context: 'C:',
  'group-separator': 'sep:',
  'no-group-separator': 'nosep',
  'binary-files': 'bin:',
  'line-buffered': 'u',
  'byte-offset': 'b',
  color: 'color::',
  colour: 'color::',
  count: 'c',
  devices: 'D:',
  directories: 'd:',
  exclude: 'exclude:',
  'exclude-from': 'exclude-from:',
  'exclude-dir': 'exclude-dir:',
  file: 'f:',
  'files-with-matches': 'l',
  'files-without-match': 'L',
  help: 'help',
  include: 'include:',
  'ignore-case': 'i',
  'no-ignore-case': 'noi',
  'initial-tab': 'T',
  label: 'label:',
  'line-number': 'n',
  'line-regexp': 'x',
  'max-count': 'm:',
  'no-filename': 'h',
  'no-messages': 's',
  null: 'Z',
  'null-data': 'z',
  'only-matching': 'o',
  quiet: 'q',
  recursive: 'r',
  'dereference-recursive': 'R',
  regexp: 'e:',
  'invert-match': 'v',
  silent: 'q',
  text: 'a',
  binary: 'U',
  version: 'V',
  'with-filename': 'H',
  'word-regexp': 'w',
};
const SHORT = 'EFGPA:B:C:bcD:d:e:f:hHiyIlLm:noqrRsaTuUvVwxzZ';
const USAGE = 'Usage: grep [OPTION]... PATTERNS [FILE]...\n';
const HELP = `${USAGE}Patterns: -E -F -G -P -e PATTERNS -f FILE -i -v -w -x
Output: -c -l -L -q -o -n -b -H -h -m NUM -A NUM -B NUM -C NUM -s -a -I -z -Z
Folders: -r -R --include=GLOB --exclude=GLOB --exclude-dir=GLOB
`;

/** Finds the leftmost, then longest match of several patterns in a line. */
class Matcher {
  readonly #patterns: Regex[];
  readonly #word: boolean;
  readonly #whole: boolean;

  constructor(patterns: Regex[], word: boolean, whole: boolean) {
    this.#patterns = patterns;
    this.#word = word && !whole;
    this.#whole = whole;
  }

  test(line: string): boolean {
    if (this.#word || this.#whole) return this.find(line, 0) !== null;
    return this.#patterns.some((pattern) => pattern.test(line));
  }

  find(line: string, from: number): Match | null {
    let best: Match | null = null;
    for (const pattern of this.#patterns) {
      const match = this.#findOne(pattern, line, from);
      if (
        match !== null &&
        (best === null ||
          match.start < best.start ||
          (match.start === best.start && match.end > best.end))
      ) {
        best = match;
      }
    }
    return best;
  }

  #findOne(pattern: Regex, line: string, from: number): Match | null {
    if (this.#whole) {
      if (from > 0) return null;
      const match = pattern.matchAt(line, 0);
      return match?.end === line.length ? match : null;
    }
    let match = pattern.exec(line, from);
    // Shorter matches at the same place are tried, then later places (dfasearch.c: EGexecute()).
    while (match !== null && this.#word && !isWord(line, match)) {
      const { start, end } = match;
      const shorter = end > start ? pattern.matchAt(line, start, end - 1) : null;
      match =
        shorter !== null && shorter.end > start
          ? shorter
          : start < line.length
            ? pattern.exec(line, start + 1)
            : null;
    }
    return match;
  }
}

const isWord = (line: string, { start, end }: Match): boolean =>
  !isWordCode(line.charCodeAt(start - 1)) && !isWordCode(line.charCodeAt(end));

/** A shell pattern as an expression. */
function glob(pattern: string): Regex {
  const source = pattern.replace(/\[!|\[\^|\[[^\]]+\]|\\.|[*?]|[.+(){}|^$]/g, (one) => {
    if (one === '*') return '.*';
    if (one === '?') return '.';
    if (one.startsWith('[')) return one === '[!' ? '[^' : one;
    return one.startsWith('\\') ? one : `\\${one}`;
  });
  return new Regex(`^(${source})$`, 'egrep');
}

interface Settings {
  flags: Set<string>;
  before: number;
  after: number;
  most: number;
  label: string;
  separator: string | null;
  binary: string;
  color: boolean;
  names: boolean;
  directories: string;
  include: Regex[];
  exclude: Regex[];
  excludeDir: Regex[];
}

const DIALECT: Record<string, Dialect> = { E: 'egrep', G: 'grep', F: 'grep', P: 'perl' };

/** grep 3.8, egrep and fgrep. */
export function* grep(process: Process): Program {
  const name = process.name;
  // -NUM is a context: digits that follow each other are one number.
  const args: string[] = [];
  let plain = false;
  for (const word of process.args) {
    const digits = plain ? null : /^-(\d+)(\D.*)?$/.exec(word);
    if (word === '--') plain = true;
    if (digits === null) {
      args.push(word);
    } else {
      args.push(`-C${digits[1] ?? ''}`);
      if (digits[2] !== undefined) args.push(`-${digits[2]}`);
    }
  }
  const say = (text: string): void => process.warn(`grep: ${text}\n`);
  const wrong = (text: string | null): number => {
    if (text !== null) say(text);
    process.warn(USAGE);
    process.warn(`Try 'grep --help' for more information.\n`);
    return 2;
  };
  const { found, rest, error } = getopt(args, SHORT, LONG);
  if (error !== null) return wrong(error);
  const flags = new Set<string>();
  const settings: Settings = {
    flags,
    before: -1,
    after: -1,
    most: Infinity,
    label: '(standard input)',
    separator: '--',
    binary: 'binary',
    color: false,
    names: false,
    directories: 'read',
    include: [],
    exclude: [],
    excludeDir: [],
  };
  let patterns: string[] | null = null;
  let matcher: string | null = name === 'egrep' ? 'E' : name === 'fgrep' ? 'F' : null;
  let around = -1;
  for (const [option, value] of found) {
    const text = value ?? '';
    switch (option) {
      case 'E':
      case 'F':
      case 'G':
      case 'P':
        // Perl's go with no others; of the others the last counts (grep.c: setmatcher()).
        if (matcher !== null && matcher !== option && (matcher === 'P' || option === 'P')) {
          say('conflicting matchers specified');
          return 2;
        }
        matcher = option;
        break;
      case 'A':
      case 'B':
      case 'C': {
        if (!/^\d+$/.test(text)) {
          say(`${text}: invalid context length argument`);
          return 2;
        }
        if (option === 'A') settings.after = Number(text);
        else if (option === 'B') settings.before = Number(text);
        else around = Number(text);
        break;
      }
      case 'm':
        if (!/^-?\d+$/.test(text)) {
          say('invalid max count');
          return 2;
        }
        settings.most = text.startsWith('-') ? Infinity : Number(text);
        break;
      case 'e':
        (patterns ??= []).push(...text.split('\n'));
        break;
      case 'f':
        try {
          const lines = linesOf(yield* readInput(process, text));
          (patterns ??= []).push(...lines);
        } catch (problem) {
          say(`${text}: ${words(problem)}`);
          return 2;
        }
        break;
      case 'include':
        settings.include.push(glob(text));
        break;
      case 'exclude':
        settings.exclude.push(glob(text));
        break;
      case 'exclude-dir':
        settings.excludeDir.push(glob(text.replace(/(.)\/+$/, '$1')));
        break;
      case 'exclude-from':
        try {
          settings.exclude.push(...linesOf(yield* readInput(process, text)).map(glob));
        } catch (problem) {
          say(`${text}: ${words(problem)}`);
          return 2;
        }
        break;
      case 'label':
        settings.label = text;
        break;
      case 'sep':
        settings.separator = text;
        break;
      case 'nosep':
        settings.separator = null;
        break;
      case 'a':
        settings.binary = 'text';
        break;
      case 'I':
        settings.binary = 'without-match';
        break;
      case 'bin':
        if (!['binary', 'text', 'without-match'].includes(text)) {
          say('unknown binary-files type');
          return 2;
        }
        settings.binary = text;
        break;
      case 'color':
        if (value === null || /^(auto|tty|if-tty)$/.test(text)) {
          settings.color = process.stdout.isTerminal;
        } else if (/^(always|yes|force)$/.test(text)) {
          settings.color = true;
        } else if (/^(never|no|none)$/.test(text)) {
          settings.color = false;
        } else {
          return wrong(null);
        }
        break;
      case 'd':
        if (!['read', 'recurse', 'skip'].includes(text)) {
          say(`invalid argument ‘${text}’ for ‘--directories’`);
          process.warn('Valid arguments are:\n  - ‘read’\n  - ‘recurse’\n  - ‘skip’\n');
          wrong(null);
          return 1;
        }
        settings.directories = text;
        break;
      case 'r':
      case 'R':
        settings.directories = 'recurse';
        flags.add(option);
        break;
      case 'noi':
        flags.delete('i');
        break;
      case 'y':
        flags.add('i');
        break;
      case 'h':
      case 'H':
        flags.delete(option === 'h' ? 'H' : 'h');
        flags.add(option);
        break;
      case 'l':
      case 'L':
        flags.delete(option === 'l' ? 'L' : 'l');
        flags.add(option);
        break;
      case 'V':
        process.print('grep (GNU grep) 3.8\n');
        return 0;
      case 'help':
        process.print(HELP);
        return 0;
      default:
        flags.add(option);
    }
  }
  if (settings.after < 0) settings.after = around;
  if (settings.before < 0) settings.before = around;
  if (patterns === null) {
    const first = rest.shift();
    if (first === undefined) return wrong(null);
    patterns = first.split('\n');
  }
  let expressions: Regex[];
  try {
    const kind = matcher ?? 'G';
    expressions = patterns.map(
      (text) =>
        new Regex(
          kind === 'F' ? text.replace(/[\\.*[^$]/g, '\\$&') : text,
          DIALECT[kind] ?? 'grep',
          { icase: flags.has('i') },
        ),
    );
    for (const { warnings } of expressions) for (const text of warnings) say(`warning: ${text}`);
  } catch (problem) {
    if (!(problem instanceof RegexError)) throw problem;
    say(problem.message);
    return 2;
  }
  return yield* new Search(
    process,
    settings,
    new Matcher(expressions, flags.has('w'), flags.has('x')),
  ).run(rest);
}

class Search {
  readonly #process: Process;
  readonly #settings: Settings;
  readonly #flags: Set<string>;
  readonly #matcher: Matcher;
  readonly #out: Buffered;
  #selected = false;
  #failed = false;
  /** Lines were printed already: a group that does not touch the last one is set apart. */
  #printed = false;

  constructor(process: Process, settings: Settings, matcher: Matcher) {
    this.#process = process;
    this.#out = new Buffered(process);
    this.#settings = settings;
    this.#flags = settings.flags;
    this.#matcher = matcher;
  }

  *run(given: string[]): Program {
    const flags = this.#flags;
    const recursive = this.#settings.directories === 'recurse';
    const files = given.length > 0 ? given : recursive ? ['.'] : ['-'];
    for (const file of files) {
      const isFolder = recursive && file !== '-' && this.#isFolder(file);
      this.#settings.names = flags.has('H') || (!flags.has('h') && (given.length > 1 || isFolder));
      if (isFolder && given.length > 0 && this.#settings.excludeDir.some((one) => one.test(file))) {
        continue;
      }
      if (isFolder) yield* this.#walk(file, given.length === 0);
      else if (file === '-' || !this.#excluded(file)) yield* this.#file(file);
      if (this.#selected && flags.has('q')) return 0;
    }
    yield* this.#out.flush();
    if (this.#failed) return 2;
    return this.#selected ? 0 : 1;
  }

  #isFolder(path: string): boolean {
    try {
      return this.#process.system.fs.stat(path, this.#process.cwd).type === 'directory';
    } catch {
      return false;
    }
  }

  #excluded(path: string): boolean {
    const { include, exclude } = this.#settings;
    const name = path.replace(/^.*\//, '');
    if (exclude.some((one) => one.test(name) || one.test(path))) return true;
    return include.length > 0 && !include.some((one) => one.test(name));
  }

  *#walk(folder: string, implied: boolean): Step {
    const { fs } = this.#process.system;
    const { cwd } = this.#process;
    let names: string[];
    try {
      names = fs.list(folder, cwd);
    } catch (error) {
      this.#complain(folder, error);
      return;
    }
    for (const name of names) {
      const path = implied ? name : `${folder.replace(/\/$/, '')}/${name}`;
      let type: string;
      try {
        type = typeOf(fs.find(path, cwd, this.#flags.has('R')));
      } catch (error) {
        if (this.#flags.has('R')) this.#complain(path, error);
        continue;
      }
      if (type === 'directory') {
        if (!this.#settings.excludeDir.some((one) => one.test(name)))
          yield* this.#walk(path, false);
      } else if (type === 'file' && !this.#excluded(path)) {
        yield* this.#file(path);
      }
      if (this.#selected && this.#flags.has('q')) return;
      yield TURN;
    }
  }

  #complain(path: string, error: unknown): void {
    const text = words(error);
    this.#failed = true;
    if (!this.#flags.has('s')) this.#process.warn(`grep: ${path}: ${text}\n`);
  }

  *#file(name: string): Step {
    const flags = this.#flags;
    if (name !== '-' && this.#settings.directories === 'skip' && this.#isFolder(name)) return;
    try {
      const { source, close } = openInput(this.#process, name);
      try {
        if (!flags.has('q') && !flags.has('l') && !flags.has('L') && this.#settings.most > 1) {
          const into = this.#process.fds.get(1)?.name;
          const path = name === '-' ? '' : this.#process.system.fs.find(name, this.#process.cwd);
          if (
            path !== '' &&
            into === path.path &&
            path.kind === 'inode' &&
            typeOf(path) === 'file'
          ) {
            this.#process.warn(`grep: ${name}: input file is also the output\n`);
            this.#failed = true;
            return;
          }
        }
        const end = flags.has('z') ? '\0' : '\n';
        yield* this.#scan(
          name === '-' ? this.#settings.label : name,
          new Records(source, end),
          end,
        );
      } finally {
        close();
      }
    } catch (error) {
      if (error instanceof RegexError) {
        this.#process.warn(`grep: ${error.message.toLowerCase()}\n`);
        this.#failed = true;
      } else if (error instanceof Errno) {
        this.#complain(name, error);
      } else {
        throw error;
      }
    }
  }

  #paint(text: string, color: string): string {
    return this.#settings.color ? `\x1b[${color}m\x1b[K${text}\x1b[m\x1b[K` : text;
  }

  /** What stands before a line: name, number, offset. */
  #head(name: string, number: number, offset: number, mark: string): string {
    const flags = this.#flags;
    const separator = this.#paint(mark, '36');
    let head = '';
    if (this.#settings.names) {
      head += this.#paint(name, '35') + (flags.has('Z') ? '\0' : separator);
    }
    const pad = flags.has('T');
    if (flags.has('n')) {
      head += this.#paint(String(number).padStart(pad ? 19 : 0), '32') + separator;
    }
    if (flags.has('b')) {
      head += this.#paint(String(offset).padStart(pad ? 19 : 0), '32') + separator;
    }
    return pad && head !== '' ? `${head}\t` : head;
  }

  *#scan(name: string, lines: Records, end: string): Step {
    const { before, after, most, separator, binary, color } = this.#settings;
    const flags = this.#flags;
    const process = this.#process;
    const counting = flags.has('c');
    const listing = flags.has('l') || flags.has('L');
    const silent = counting || listing || flags.has('q');
    const only = flags.has('o');
    let count = 0;
    let number = 0;
    let offset = 0;
    let trailing = 0;
    let lastPrinted = 0;
    let isBinary: boolean | null = null;
    const kept: [string, number, number][] = [];
    let parts: string[] = [];

    const show = (text: string, at: number, from: number, selected: boolean): void => {
      if (before >= 0 || after >= 0) {
        if (this.#printed && at !== lastPrinted + 1 && separator !== null) {
          parts.push(`${this.#paint(separator, '36')}\n`);
        }
      }
      lastPrinted = at;
      this.#printed = true;
      const mark = selected ? ':' : '-';
      if (only) {
        if (!selected || flags.has('v')) return;
        let place = 0;
        while (place <= text.length) {
          const match = this.#matcher.find(text, place);
          if (match === null) break;
          if (match.end > match.start) {
            const begin = flags.has('b') ? from + byteLength(text.slice(0, match.start)) : 0;
            const piece = this.#paint(text.slice(match.start, match.end), '01;31');
            parts.push(`${this.#head(name, at, begin, mark)}${piece}${end}`);
          }
          place = Math.max(match.end, match.start === match.end ? match.end + 1 : 0);
        }
        return;
      }
      let shown = text;
      if (color && selected !== flags.has('v')) {
        shown = '';
        let place = 0;
        let done = 0;
        while (place <= text.length) {
          const match = this.#matcher.find(text, place);
          if (match === null) break;
          if (match.end > match.start) {
            shown += text.slice(done, match.start);
            shown += this.#paint(text.slice(match.start, match.end), '01;31');
            done = match.end;
          }
          place = match.end > match.start ? match.end : match.end + 1;
        }
        shown += text.slice(done);
      }
      parts.push(`${this.#head(name, at, from, mark)}${shown}${end}`);
    };

    while (count < most || trailing > 0) {
      const next = yield* lines.next();
      if (next === null) break;
      const { text } = next;
      number++;
      // The first line tells: what holds a NUL is binary from the start.
      if (binary !== 'text' && end !== '\0' && isBinary !== true && text.includes('\0')) {
        isBinary = true;
        if (binary === 'without-match') return;
      }
      const matched = count < most && this.#matcher.test(text) !== flags.has('v');
      if (matched) {
        count++;
        this.#selected = true;
        if (flags.has('q') || listing) break;
        const broken = isBinary === true || /[\udc80-\udcff]/.test(text);
        if (broken && binary !== 'text' && !silent) {
          if (binary === 'binary') {
            yield* this.#out.put(parts.join(''));
            process.warn(`grep: ${name}: binary file matches\n`);
          }
          return;
        }
        if (!silent) {
          for (const [line, at, from] of kept) show(line, at, from, false);
          kept.length = 0;
          show(text, number, offset, true);
          trailing = after;
        }
      } else if (!silent) {
        if (trailing > 0) {
          show(text, number, offset, false);
          trailing--;
        } else if (before > 0) {
          kept.push([text, number, offset]);
          if (kept.length > before) kept.shift();
        }
      }
      if (flags.has('b')) offset += byteLength(text) + 1;
      if (parts.length > 0) {
        yield* this.#out.put(parts.join(''));
        parts = [];
      }
      if (number % 200 === 0) yield TURN;
    }
    if (counting && !listing && !flags.has('q')) {
      const head = this.#settings.names
        ? this.#paint(name, '35') + (flags.has('Z') ? '\0' : this.#paint(':', '36'))
        : '';
      yield* this.#out.put(`${head}${count}\n`);
    } else if (listing && !flags.has('q') && count > 0 === flags.has('l')) {
      yield* this.#out.put(`${this.#paint(name, '35')}${flags.has('Z') ? '\0' : '\n'}`);
    }
  }
}
