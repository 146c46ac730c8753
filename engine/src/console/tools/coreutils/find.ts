import { typeOf } from '../../fs/file-system.ts';
import type { Place } from '../../fs/file-system.ts';
import { Errno } from '../../os/errno.ts';
import { TURN } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { matches } from '../../shell/pattern.ts';
import { Quit } from './common.ts';
import { modeText } from './files.ts';
import { runOther } from './system.ts';

/** find(1): walks folders and judges each file by an expression. */

interface Seen {
  path: string;
  name: string;
  place: Place;
  depth: number;
}
type Judge = (file: Seen) => Step<boolean>;

const TYPES: Record<string, string> = {
  f: 'file',
  d: 'directory',
  l: 'link',
  b: 'block',
  c: 'character',
};

export function* find(process: Process): Program {
  const words = process.args;
  let at = 0;
  const roots: string[] = [];
  while (at < words.length && !/^[-(!]/.test(words[at] ?? '')) roots.push(words[at++] ?? '');
  if (roots.length === 0) roots.push('.');
  let [depthMost, depthLeast, depthFirst, acts] = [Number.POSITIVE_INFINITY, 0, false, false];
  const { fs } = process.system;
  const removed = new Set<string>();

  const fault = (text: string): Quit => {
    process.fail(text);
    return new Quit(1);
  };
  const argument = (name: string): string => {
    const value = words[++at];
    if (value === undefined) throw fault(`missing argument to \`${name}'`);
    return value;
  };
  const numeric = (text: string, value: number): boolean => {
    const number = Number(text.replace(/^[-+]/, ''));
    return text.startsWith('+')
      ? value > number
      : text.startsWith('-')
        ? value < number
        : value === number;
  };
  const plain = (judge: (file: Seen) => boolean): Judge =>
    // eslint-disable-next-line require-yield -- most judge at once
    function* (file) {
      return judge(file);
    };

  function either(): Judge {
    let left = both();
    while (words[at] === '-o' || words[at] === '-or') {
      at++;
      const [one, other] = [left, both()];
      left = function* (file) {
        return (yield* one(file)) || (yield* other(file));
      };
    }
    return left;
  }
  function both(): Judge {
    let left = one();
    while (at < words.length && words[at] !== '-o' && words[at] !== '-or' && words[at] !== ')') {
      if (words[at] === '-a' || words[at] === '-and') at++;
      const [first, second] = [left, one()];
      left = function* (file) {
        return (yield* first(file)) && (yield* second(file));
      };
    }
    return left;
  }
  function one(): Judge {
    const word = words[at] ?? '';
    if (word === '!' || word === '-not') {
      at++;
      const inner = one();
      return function* (file) {
        return !(yield* inner(file));
      };
    }
    if (word === '(') {
      at++;
      const inner = either();
      if (words[at] !== ')')
        throw fault(
          "invalid expression; I was expecting to find a ')' somewhere but did not see one.",
        );
      at++;
      return inner;
    }
    const judge = primary(word);
    at++;
    return judge;
  }
  function primary(word: string): Judge {
    switch (word) {
      case '-name':
      case '-iname': {
        const pattern = argument(word);
        return plain(({ name }) => matches(pattern, name, word === '-iname'));
      }
      case '-path':
      case '-wholename': {
        const pattern = argument(word);
        return plain(({ path }) => matches(pattern, path));
      }
      case '-type': {
        const types = argument(word)
          .split(',')
          .map((letter) => TYPES[letter]);
        if (types.includes(undefined)) throw fault(`Unknown argument to -type: ${words[at] ?? ''}`);
        return plain(({ place }) => types.includes(typeOf(place)));
      }
      case '-size': {
        const match = /^([-+]?\d+)([bcwkMG]?)$/.exec(argument(word));
        if (match === null) throw fault(`Invalid argument \`${words[at] ?? ''}' to -size`);
        const unit =
          { b: 512, c: 1, w: 2, k: 1024, M: 2 ** 20, G: 2 ** 30 }[match[2] || 'b'] ?? 512;
        return plain(({ place }) =>
          numeric(match[1] ?? '0', Math.ceil(fs.statOf(place).size / unit)),
        );
      }
      case '-perm': {
        const text = argument(word);
        const bits = Number.parseInt(text.replace(/^[-/]/, ''), 8);
        return plain(({ place }) => {
          const { mode } = fs.statOf(place);
          return text.startsWith('-')
            ? (mode & bits) === bits
            : text.startsWith('/')
              ? (mode & bits) !== 0
              : mode === bits;
        });
      }
      case '-newer': {
        const { mtime } = fs.stat(argument(word), process.cwd);
        return plain(({ place }) => fs.statOf(place).mtime > mtime);
      }
      case '-mtime':
      case '-mmin': {
        const text = argument(word);
        const unit = word === '-mmin' ? 60_000 : 86_400_000;
        return plain(({ place }) =>
          numeric(text, Math.floor((process.system.clock.wall - fs.statOf(place).mtime) / unit)),
        );
      }
      case '-user':
      case '-group':
        argument(word);
        return plain(({ place }) => fs.statOf(place).uid === 0);
      case '-empty':
        return plain(({ place }) =>
          typeOf(place) === 'directory'
            ? fs.listOf(place).length === 0
            : fs.statOf(place).size === 0,
        );
      case '-maxdepth':
        depthMost = Number(argument(word));
        return plain(() => true);
      case '-mindepth':
        depthLeast = Number(argument(word));
        return plain(() => true);
      case '-xdev':
      case '-mount':
      case '-follow':
        return plain(() => true);
      case '-depth':
        depthFirst = true;
        return plain(() => true);
      case '-true':
        return plain(() => true);
      case '-print':
      case '-print0': {
        acts = true;
        const end = word === '-print' ? '\n' : '\0';
        return function* ({ path }) {
          yield* process.put(path + end);
          return true;
        };
      }
      case '-ls':
        acts = true;
        return function* ({ path, place }) {
          const stat = fs.statOf(place);
          yield* process.put(
            `${String(stat.ino).padStart(9)} ${String(stat.blocks / 2).padStart(6)} ${modeText(stat)} ${String(stat.nlink).padStart(3)} root     root     ${String(stat.size).padStart(8)} ${path}\n`,
          );
          return true;
        };
      case '-delete':
        acts = depthFirst = true;
        return plain(({ path, place }) => {
          if (typeOf(place) === 'directory') fs.rmdir(path, process.cwd);
          else fs.unlink(path, process.cwd);
          removed.add(path);
          return true;
        });
      case '-prune':
        return plain(({ path }) => {
          removed.add(path);
          return true;
        });
      case '-exec': {
        acts = true;
        const command: string[] = [];
        for (at++; at < words.length && words[at] !== ';' && words[at] !== '+'; at++)
          command.push(words[at] ?? '');
        if (at >= words.length) throw fault("missing argument to `-exec'");
        return function* ({ path }) {
          return (
            (yield* runOther(
              process,
              command.map((part) => part.replaceAll('{}', path)),
            )) === 0
          );
        };
      }
      default:
        throw fault(
          word.startsWith('-')
            ? `unknown predicate \`${word}'`
            : `paths must precede expression: \`${word}'`,
        );
    }
  }

  const judge: Judge = at < words.length ? either() : plain(() => true);
  let status = 0;
  const visit = function* (file: Seen): Step {
    yield TURN;
    const show = function* (): Step {
      if (file.depth < depthLeast) return;
      try {
        if ((yield* judge(file)) && !acts) yield* process.put(`${file.path}\n`);
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EPIPE') throw error;
        status = process.fail(`cannot delete ‘${file.path}’: ${error.message}`);
      }
    };
    if (!depthFirst) yield* show();
    if (typeOf(file.place) === 'directory' && file.depth < depthMost && !removed.has(file.path)) {
      const base = file.path.endsWith('/') ? file.path : `${file.path}/`;
      for (const name of fs.listOf(file.place)) {
        const path = base + name;
        try {
          yield* visit({
            path,
            name,
            place: fs.find(path, process.cwd, false),
            depth: file.depth + 1,
          });
        } catch (error) {
          if (!(error instanceof Errno) || error.code === 'EPIPE') throw error;
          status = process.fail(`‘${path}’: ${error.message}`);
        }
      }
    }
    if (depthFirst) yield* show();
  };
  for (const root of roots) {
    let place: Place;
    try {
      place = fs.find(root, process.cwd, false);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`‘${root}’: ${error.message}`);
      continue;
    }
    yield* visit({ path: root, name: root.replace(/^.*\/(?=.)/, ''), place, depth: 0 });
  }
  return status;
}
