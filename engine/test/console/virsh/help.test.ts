import { describe, expect, it } from 'vitest';
import { allGroups } from '../../../src/console/virsh/command.ts';
import { PAGES } from './pages.ts';
import { run } from './harness.ts';

/** What counts in a help page: synopsis, whether there is a description, how options are written. */
function layout(page: string): readonly string[] {
  const lines = page.split('\n');
  const synopsis = lines[lines.indexOf('  SYNOPSIS') + 1]?.trim() ?? '';
  const at = lines.indexOf('  OPTIONS');
  const options = (at < 0 ? [] : lines.slice(at + 1))
    .map((line) => /^ {4}(.{15,}?) {2}\S/.exec(line)?.[1]?.trim())
    .filter((option) => option !== undefined);
  return [synopsis, lines.includes('  DESCRIPTION') ? 'D' : '', ...options];
}

describe('help of virsh', () => {
  it('has the pages of virsh 9.0.0', () => {
    for (const page of PAGES) {
      const [synopsis] = page;
      const name = synopsis.split(' ')[0] ?? '';
      const { stdout, exit } = run(['help', name]);
      expect([...layout(stdout)]).toEqual([...page]);
      expect(exit).toBe(0);
      expect(stdout.startsWith(`  NAME\n    ${name} - `)).toBe(true);
      expect(stdout.endsWith('\n\n\n') || !stdout.includes('OPTIONS')).toBe(true);
    }
  });

  it('shows the same page for --help, and that of what an alias stands for', () => {
    expect(run(['start', '--help'])).toEqual(run(['help', 'start']));
    expect(run(['nodedev-dettach', '--help']).stdout).toContain('  NAME\n    nodedev-detach - ');
  });

  it('lists commands by groups', () => {
    const { stdout } = run(['help']);
    expect(
      stdout.startsWith(
        "Grouped commands:\n\n Domain Management (help keyword 'domain'):\n    attach-device  ",
      ),
    ).toBe(true);
    expect(stdout.match(/^ {4}\S/gm)).toHaveLength(PAGES.length - 2);
    expect(stdout.match(/^ \S.*:$/gm)).toHaveLength(allGroups().length);
    expect(stdout.endsWith('\n\n\n')).toBe(true);
    expect(stdout).not.toContain('self-test');
  });

  it('lists one group by its keyword or its title', () => {
    const byKeyword = run(['help', 'events']).stdout;
    expect(byKeyword).toMatch(
      /^ Domain Events \(help keyword 'events'\):\n {4}event {26}\S.*\n\n$/,
    );
    expect(run(['help', 'Domain Events']).stdout).toBe(byKeyword);
  });

  it('does not know other names', () => {
    expect(run(['help', 'nosuchgroup'])).toEqual({
      stdout: '\n',
      stderr: "error: command or command group 'nosuchgroup' doesn't exist\n",
      exit: 1,
    });
  });

  it('passes over what it does not understand', () => {
    expect(run(['help', '--bogus', 'quit', 'x', 'y'])).toEqual(run(['help', 'quit']));
  });

  it('is what virsh --help ends with', () => {
    const { stdout, exit } = run(['--help']);
    expect(exit).toBe(0);
    expect(stdout).toContain(
      '\nvirsh [options]... [<command_string>]\nvirsh [options]... <command> [args...]\n',
    );
    expect(stdout).toContain('    -c | --connect=URI  ');
    expect(stdout).toContain("\n Domain Management (help keyword 'domain')\n");
    expect(
      stdout.endsWith(
        '\n\n\n  (specify help <group> for details about the commands in the group)\n\n  (specify help <command> for details about the command)\n\n',
      ),
    ).toBe(true);
  });
});
