import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

/** Builds the site into site/build, the engine before it. Does nothing when it is up to date. */

const SITE = join(ROOT, 'site');
export const BUILT = join(SITE, 'build');

const isProduct = (file) => !/\.test\.(ts|mjs|js)$/.test(file);

const inputs = () => [
  ...filesOf([
    join(SITE, 'src'),
    join(SITE, 'static'),
    join(SITE, 'vite.config.ts'),
    join(SITE, 'tsconfig.json'),
    join(SITE, 'package.json'),
    join(ROOT, 'engine', 'package.json'),
    join(ROOT, 'lessons'),
    join(ROOT, 'package-lock.json'),
  ]).filter(isProduct),
  // What the site takes of the engine is its build, whose folder's name is passed over otherwise.
  ...filesOf([join(ROOT, 'engine', 'build')], []),
];

const outputs = () => filesOf([BUILT], []);

export async function buildSite({ force = false } = {}) {
  await buildEngine({ force });
  if (!force && existsSync(join(BUILT, 'index.html')) && isFresh('site', inputs(), outputs())) {
    return false;
  }
  const started = Date.now();
  const before = hashOf(inputs());
  if ((await runTool('vite', ['build', '--logLevel', 'error'], { cwd: SITE })) !== 0) {
    throw new Failure('site: the build failed; the messages of vite are above.');
  }
  stamp('site', before, outputs());
  console.log(`site built in ${seconds(Date.now() - started)}`);
  return true;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    if (!(await buildSite({ force: process.argv.includes('--force') }))) {
      console.log('site is up to date');
    }
  });
}
