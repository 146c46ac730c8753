#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * The `pagewalk` command: finds the room that brings the subcommand and hands it the rest.
 */

/** Rooms with subcommands: the module, and a file without which its build is missing. */
const ROOMS = [
  {
    module: '@pagewalk/engine/cli',
    built: '../engine/build/src/cli/index.js',
    build: async (options) => (await import('../scripts/build-engine.mjs')).buildEngine(options),
  },
  {
    module: '@pagewalk/lessons/cli',
    built: '../lessons/build/cli/index.js',
    build: async (options) => (await import('../scripts/build-lessons.mjs')).buildLessons(options),
  },
];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function loadCommands() {
  const commands = new Map();
  for (const { module, built, build } of ROOMS) {
    if (!existsSync(here(built))) {
      if (!existsSync(here('../node_modules'))) {
        throw new Error('nothing is installed yet; run `npm ci` in the repository first');
      }
      // Standard output is for results.
      await build({ toStderr: true });
    }
    const room = await import(module);
    for (const [name, command] of Object.entries(room.commands)) commands.set(name, command);
  }
  return commands;
}

function help(commands) {
  const width = Math.max(...[...commands.keys()].map((name) => name.length));
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: pagewalk <command> [options]

How a virtual machine's memory is translated, from the command line.

Commands:
${lines.join('\n')}

  pagewalk <command> --help   what a command reads, writes and takes
  pagewalk --version          the version

Exit status: 0 the work was done, 1 some input was bad, 2 usage error.
`;
}

/** How many letters must be changed, added or dropped to make `a` into `b`. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

const nearest = (word, names) =>
  [...names].sort((a, b) => distance(word, a) - distance(word, b))[0];

async function run(args) {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-V') {
    const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
    process.stdout.write(`pagewalk ${version}\n`);
    return 0;
  }
  const commands = await loadCommands();
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help(commands));
    return 0;
  }
  if (name === undefined) {
    process.stderr.write(help(commands));
    return 2;
  }
  const command = commands.get(name);
  if (command === undefined) {
    const wrong = name.startsWith('-')
      ? `unknown option '${name}'.`
      : `unknown command '${name}'; did you mean '${nearest(name, commands.keys())}'?`;
    process.stderr.write(`pagewalk: ${wrong} See pagewalk --help.\n`);
    return 2;
  }
  return command.run(rest, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}

// Who reads us may stop early (`| head`): that is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`pagewalk: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
