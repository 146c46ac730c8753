import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './project.mjs';

const COMMAND = join(ROOT, 'bin', 'pagewalk.js');

const pagewalk = (args, input = '') =>
  spawnSync(process.execPath, [COMMAND, ...args], { input, encoding: 'utf8' });

const LINE = JSON.stringify({
  paging: { cr3: '0x1000' },
  nested: null,
  memory: [],
  access: { gva: '0x0', kind: 'read', cpl: 3 },
});

describe('pagewalk', () => {
  it('lists its commands', () => {
    const { status, stdout } = pagewalk(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}translate {2}\S/m);
  });

  it('says its version', () => {
    expect(pagewalk(['--version']).stdout).toMatch(/^pagewalk \d+\.\d+\.\d+\n$/);
  });

  it('hands a command the rest of the line and its input, and takes its exit status', () => {
    const { status, stdout } = pagewalk(['translate', '-'], `${LINE}\nnot JSON\n`);
    expect(status).toBe(1);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).result);
    expect(results).toEqual(['page-fault', 'invalid']);
  });

  it('refuses what it does not know, and names the nearest that it does', () => {
    const wrong = pagewalk(['tranlsate']);
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain("did you mean 'translate'?");
    expect(pagewalk(['--wrong']).status).toBe(2);
    expect(pagewalk([]).status).toBe(2);
  });

  it('takes it calmly when its reader stops early', async () => {
    const child = spawn(process.execPath, [COMMAND, 'translate']);
    let stderr = '';
    child.stderr.on('data', (part) => (stderr += part));
    // Much more than a pipe holds; the child may stop reading before it has all.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${LINE}\n`.repeat(50_000));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((done) => child.once('exit', done));
    expect(stderr).not.toContain('EPIPE');
    expect(status).toBe(0);
  });
});
