import { describe, expect, it } from 'vitest';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { textSource } from '../../../src/console/os/stream.ts';
import { run, someDomain, withDomains } from './harness.ts';

const connection = withDomains([someDomain()]);

describe('virsh', () => {
  it('refuses options of its own as getopt does', () => {
    const refused: [string[], string][] = [
      [['-d', 'x'], 'option -d takes a numeric argument'],
      [['--debug=x'], 'option --debug takes a numeric argument'],
      [['--deb'], "option '-d'/'--debug' requires an argument"],
      [['--bogus'], "unsupported option '--bogus'. See --help."],
      [['-x'], "unsupported option '-x'. See --help."],
      [['-c'], "option '-c'/'--connect' requires an argument"],
      [['--quiet=3'], "unsupported option '-q'. See --help."],
      [['-e', '^1'], "Invalid string '^1' for escape sequence"],
      [['-k', '-1'], 'option -k requires a positive integer argument'],
      [['-k', 'z'], 'Invalid value for option -k'],
      [['--log'], "option '-l'/'--log' requires an argument"],
      [['--'], ''],
    ];
    for (const [args, message] of refused.slice(0, -1)) {
      expect(run(args)).toEqual({ stdout: '', stderr: `error: ${message}\n`, exit: 1 });
    }
  });

  it('tells its version', () => {
    for (const args of [['-v'], ['--version'], ['--version=short'], ['-qv']]) {
      expect(run(args)).toEqual({ stdout: '9.0.0\n', stderr: '', exit: 0 });
    }
    for (const args of [['-V'], ['--versio=long']]) {
      expect(run(args).stdout.split('\n')[0]).toBe('Virsh command line tool of libvirt 9.0.0');
    }
    expect(run(['-d', '7', '-v']).stderr).toBe(
      'error: ignoring debug level 7 out of range [0-4]\n',
    );
  });

  it('runs several commands of one line, and ends as the last did', () => {
    expect(run(['domid test; domid nosuch; domname 1'], { connection })).toEqual({
      stdout: '1\n\n\ntest\n\n',
      stderr: "error: failed to get domain 'nosuch'\n",
      exit: 0,
    });
    expect(run(['domid test; quit; domid test'], { connection }).stdout).toBe('1\n\n');
  });

  it('leaves blank lines out when it is quiet, and shows times instead', () => {
    expect(run(['-q', 'domid', 'test'], { connection }).stdout).toBe('1\n');
    expect(run(['-t', 'domid', 'test'], { connection }).stdout).toBe('1\n\n(Time: 0.000 ms)\n\n');
  });

  it('says where it cannot connect', () => {
    const stderr =
      'error: failed to connect to the hypervisor\nerror: no connection driver available for bogus:///x\n';
    expect(run(['-c', 'bogus:///x', 'list'])).toEqual({ stdout: '', stderr, exit: 1 });
    // A default address is tried only when it is needed.
    const env = { LIBVIRT_DEFAULT_URI: 'bogus:///x' };
    expect(run(['list'], { env })).toEqual({ stdout: '\n', stderr, exit: 1 });
    expect(run(['pwd'], { env })).toEqual({ stdout: '/root\n\n', stderr: '', exit: 0 });
  });

  it('connects read only, and anew', () => {
    const opened: unknown[] = [];
    const open = (uri: string | null, flags?: { readOnly?: boolean }) => {
      opened.push([uri, flags?.readOnly]);
      if (uri === 'bogus:///') throw new LibvirtError('NO_CONNECT', uri);
      return connection;
    };
    run(['-r', 'domid test; connect; connect qemu:///session; connect bogus:///; domid test'], {
      open,
    });
    expect(opened).toEqual([
      [null, true],
      [null, true],
      ['qemu:///session', false],
      ['bogus:///', false],
      ['qemu:///session', false],
    ]);
  });

  it('talks at a prompt of its own, and shows what it reads from a pipe', () => {
    const lines = [
      'cd /nosuch',
      'cd /',
      'pwd',
      'cd',
      'pwd; pwd;',
      '',
      'domid test ; domid test',
      'echo a\\',
      'nosuch',
      '"abc',
      'domid test; quit; domid test',
      'domid test',
    ];
    const { stdout, stderr, exit } = run([], { connection, stdin: textSource(lines.join('\n')) });
    expect(exit).toBe(0);
    expect(stdout).toBe(`Welcome to virsh, the virtualization interactive terminal.

Type:  'help' for help with commands
       'quit' to quit

virsh # cd /nosuch

virsh # cd /

virsh # pwd
/

virsh # cd

virsh # pwd; pwd;
/root

/root

virsh #${' '}
virsh # domid test ; domid test
1

1

virsh # echo a\\
virsh # nosuch
virsh # "abc
virsh # domid test; quit; domid test
1


`);
    expect(stderr).toBe(
      [
        'error: cd: No such file or directory: /nosuch',
        'error: dangling \\',
        "error: unknown command: 'nosuch'",
        'error: missing "',
        '',
      ].join('\n'),
    );
  });

  it('has another prompt where it may only look, and ends with its input', () => {
    expect(run(['-r', '-q'], { connection }).stdout).toBe('virsh > \n');
  });

  it('knows commands that are not simulated, with their options', () => {
    expect(run(['migrate', 'test', 'qemu:///x'], { connection })).toEqual({
      stdout: '\n',
      stderr: 'error: this command is not simulated here\n',
      exit: 1,
    });
    expect(run(['migrate'], { connection }).stderr).toBe(
      "error: command 'migrate' requires <domain> option\nerror: command 'migrate' requires <desturi> option\n",
    );
  });

  it('echoes words as they are, or quoted', () => {
    const echoed: [string, string][] = [
      ["echo --shell 'a b' \"it's\" ~x '' a%b a=b {", "'a b' 'it'\\''s' '~x' '' a%b a=b '{'"],
      ['echo --xml "<a&>"', '&lt;a&amp;&gt;'],
      ['echo --split a,b,,c d', 'a\nb,c\n d\n'],
      ['echo', ''],
    ];
    for (const [line, text] of echoed) expect(run([line]).stdout).toBe(`${text}\n`);
    expect(run(['echo --err x'])).toEqual({ stdout: '\n', stderr: 'error: x\n', exit: 0 });
    expect(run(['echo --xml --shell x']).stderr).toBe(
      'error: Options --shell and --xml are mutually exclusive\n',
    );
  });

  it('writes what it complains of to a log', () => {
    const args = ['-l', '/root/log', 'domid', 'nosuch'];
    const { stderr } = run([...args], { connection });
    expect(stderr).toBe("error: failed to get domain 'nosuch'\n");
    expect(run(['-l', '/nosuch/log', 'list'], { connection }).stderr).toBe(
      'error: failed to open the log file. check the log file path\n',
    );
  });
});
