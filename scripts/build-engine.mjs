import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Failure,
  ROOT,
  filesOf,
  hashOf,
  isFresh,
  isMain,
  main,
  runTool,
  seconds,
  stamp,
} from './project.mjs';

/**
 * Builds the engine: first the machine (AssemblyScript to WebAssembly, with its bindings and their
 * types), then the TypeScript side, which needs those types. Each only where it is not up to date.
 */

const ENGINE = join(ROOT, 'engine');
const BUILD = join(ENGINE, 'build');
const SCHEMA = join(BUILD, 'scenario.schema.json');

const COMMON = [
  join(ENGINE, 'package.json'),
  join(ROOT, 'tsconfig.base.json'),
  join(ROOT, 'package-lock.json'),
];

/** Two parts, made one after the other: what each is made from, and what it makes. */
const MACHINE = {
  inputs: () => [...filesOf([join(ENGINE, 'assembly')]), join(ENGINE, 'asconfig.json'), ...COMMON],
  outputs: () =>
    filesOf(['engine.wasm', 'engine.js', 'engine.d.ts'].map((name) => join(BUILD, name))),
};
const REST = {
  inputs: () => [
    ...filesOf([join(ENGINE, 'src')]).filter((file) => !file.endsWith('.test.ts')),
    join(BUILD, 'engine.d.ts'),
    ...['tsconfig.json', 'tsconfig.build.json'].map((name) => join(ENGINE, name)),
    ...COMMON,
  ],
  outputs: () => filesOf([SCHEMA, join(BUILD, 'src')]),
};

/** Files of an earlier build whose source is gone would still be importable. */
function prune() {
  for (const file of filesOf([join(BUILD, 'src')])) {
    const source = relative(BUILD, file).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (!existsSync(join(ENGINE, source))) rmSync(file);
  }
}

/** What a scenario may say, for editors and programs: made from the one definition that checks it. */
async function writeSchema() {
  // Another query is another module: a schema built before in this process is not the one built now.
  const built = `${pathToFileURL(join(BUILD, 'src', 'scenario', 'schema.js'))}?${Date.now()}`;
  const { scenarioJsonSchema } = await import(built);
  writeFileSync(SCHEMA, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
}

export async function buildEngine({ toStderr = false, force = false } = {}) {
  const say = (text) => (toStderr ? process.stderr : process.stdout).write(`${text}\n`);
  const started = Date.now();
  const options = { cwd: ENGINE, toStderr };
  const isDone = (name, part) => !force && isFresh(name, part.inputs(), part.outputs());
  const machineIsDone = existsSync(join(BUILD, 'engine.wasm')) && isDone('machine', MACHINE);
  if (!machineIsDone) {
    const before = hashOf(MACHINE.inputs());
    if ((await runTool('assemblyscript/asc', ['--target', 'release'], options)) !== 0) {
      throw new Failure('engine: the machine did not compile; the messages of asc are above.');
    }
    stamp('machine', before, MACHINE.outputs());
  }
  if (machineIsDone && isDone('engine', REST)) return false;
  const before = hashOf(REST.inputs());
  if ((await runTool('typescript/tsc', ['-p', 'tsconfig.build.json'], options)) !== 0) {
    throw new Failure('engine: its TypeScript did not compile; the messages of tsc are above.');
  }
  prune();
  await writeSchema();
  stamp('engine', before, REST.outputs());
  say(`engine built in ${seconds(Date.now() - started)}`);
  return true;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    if (!(await buildEngine({ force: process.argv.includes('--force') }))) {
      console.log('engine is up to date');
    }
  });
}
