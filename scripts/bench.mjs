import { join } from 'node:path';
import { findBrowser } from './browser.mjs';
import { BUILT, buildSite } from './build-site.mjs';
import { Failure, ROOT, install, main, run } from './project.mjs';
import { serve } from './serve.mjs';

/** `npm run bench`: measures, and judges nothing. Machines differ; compare on one. */

await main(async () => {
  await install();
  await buildSite();
  const browser = await findBrowser();
  const { url, close } = await serve({ root: BUILT, port: 0 });
  try {
    console.log('\nOne step of the player');
    const status = await run(process.execPath, [join(ROOT, 'e2e', 'bench', 'step.mjs'), url], {
      cwd: join(ROOT, 'e2e'),
      env: { ...process.env, PAGEWALK_BROWSER: JSON.stringify(browser) },
    });
    if (status !== 0) throw new Failure('the benchmark failed; its message is above.');
  } finally {
    await close();
  }
});
