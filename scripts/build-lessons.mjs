import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildEngine } from './build-engine.mjs';
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

/** Builds the lessons for the command line; the site takes them as they are written. */

const LESSONS = join(ROOT, 'lessons');
const BUILD = join(LESSONS, 'build');

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.test.ts');
const inputs = () => [
  ...filesOf([LESSONS]).filter((file) => isSource(file) && !file.startsWith(BUILD)),
  ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => join(LESSONS, name)),
  join(ROOT, 'tsconfig.base.json'),
];
const outputs = () => filesOf([BUILD]);

export async function buildLessons({ toStderr = false } = {}) {
  await buildEngine({ toStderr });
  if (isFresh('lessons', inputs(), outputs())) return false;
  const started = Date.now();
  const before = hashOf(inputs());
  const options = { cwd: LESSONS, toStderr };
  if ((await runTool('typescript/tsc', ['-p', 'tsconfig.build.json'], options)) !== 0) {
    throw new Failure('lessons: their TypeScript did not compile; the messages of tsc are above.');
  }
  // Files of an earlier build whose source is gone would still be importable.
  for (const file of outputs()) {
    if (!existsSync(join(LESSONS, relative(BUILD, file).replace(/\.js$/, '.ts')))) rmSync(file);
  }
  stamp('lessons', before, outputs());
  const stream = toStderr ? process.stderr : process.stdout;
  stream.write(`lessons built in ${seconds(Date.now() - started)}\n`);
  return true;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    if (!(await buildLessons())) console.log('lessons are up to date');
  });
}
