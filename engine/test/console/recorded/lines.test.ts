import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { Console } from '../../../src/console/session.ts';
import { loadKvm } from '../../../src/node.ts';

/**
 * Command lines, each given to `bash -c` on Debian 12 in a folder with a few small files, and what it answered:
 * standard output, standard error (without `line N: `), exit status.
 */
const { setup, lines } = JSON.parse(
  readFileSync(new URL('lines.json', import.meta.url), 'utf8'),
) as { setup: string; lines: [line: string, stdout: string, stderr: string, exit: number][] };

let host: Console;
beforeAll(async () => {
  host = new Console(await loadKvm(), readHostConfig({}), ALL_PARTS);
});

describe('a command line answers as on Debian 12', () => {
  it.each(lines)('%s', (line, stdout, stderr, exit) => {
    host.run(`cd /; rm -rf /root/* /root/.[a-z]* /tmp/*; ${setup}`);
    expect(host.run(line)).toEqual({ stdout, stderr, exit });
  });

  it('in hundreds of cases', () => {
    expect(lines.length).toBeGreaterThan(400);
  });
});
