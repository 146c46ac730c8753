import { describe, expect, it } from 'vitest';
import type { ConsoleStream, Domain, DomainEvent } from '../../../src/console/libvirt/api.ts';
import { UNLIMITED } from '../../../src/console/libvirt/api.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { makeSystem, only, run, runOn, someDomain, UUID, withDomains } from './harness.ts';
import type { Run, Setting } from './harness.ts';

const on = (members: Partial<Domain>, args: string[], setting: Setting = {}): Run =>
  run(args, { connection: withDomains([someDomain(members)]), ...setting });

const off: Partial<Domain> = {
  getID: () => -1,
  isActive: () => false,
  getState: () => ({ state: 'shut off', reason: 'unknown' }),
};

describe('virsh list', () => {
  const names: [string, number][] = [
    ['zed', -1],
    ['Beta', -1],
    ['web', 10],
    ['db', 9],
    ['alpha', -1],
  ];
  const domains = names.map(([name, id]) =>
    someDomain({
      name,
      uuid: `${name}-uuid`,
      getID: () => id,
      getState: () => ({ state: id === -1 ? 'shut off' : 'running', reason: '' }),
      hasManagedSaveImage: () => name === 'zed',
      getMetadata: () => {
        throw new LibvirtError('NO_DOMAIN_METADATA', '');
      },
    }),
  );
  const connection = withDomains(domains);

  it('has those that run by number, then the others by name', () => {
    expect(run(['list', '--all'], { connection }).stdout).toBe(
      [
        ' Id   Name    State',
        '------------------------',
        ' 9    db      running',
        ' 10   web     running',
        ' -    alpha   shut off',
        ' -    Beta    shut off',
        ' -    zed     shut off',
        '\n',
      ].join('\n'),
    );
  });

  it('shows saved ones, titles, or single columns', () => {
    expect(run(['list', '--all', '--managed-save'], { connection }).stdout).toContain(' saved\n');
    expect(run(['list', '--all', '--title'], { connection }).stdout).toContain(
      ' 9    db      running    \n',
    );
    expect(run(['list', '--id'], { connection }).stdout).toBe('9\n10\n\n');
    expect(run(['list', '--id', '--name', '--uuid'], { connection }).stdout).toContain(
      'zed-uuid - zed\n',
    );
    expect(run(['-q', 'list'], { connection }).stdout).toContain(' 9    db      running\n');
  });

  it('asks for what was chosen', () => {
    const asked: unknown[] = [];
    const choosing = withDomains([], {
      listAllDomains: (flags) => {
        asked.push(flags);
        return [];
      },
    });
    run(['list; list --inactive --autostart; list --all --with-snapshot --state-paused'], {
      connection: choosing,
    });
    expect(asked).toEqual([
      { active: true },
      { inactive: true, autostart: true },
      { inactive: true, active: true, hasSnapshot: true, paused: true },
    ]);
  });
});

describe('sizes', () => {
  const sizes = (...args: string[]): [number | null, string] => {
    let got: number | null = null;
    const { stderr } = on({ setMemoryFlags: (kib) => void (got = kib) }, [
      'setmem',
      'test',
      ...args,
    ]);
    return [got, stderr];
  };

  it('are KiB unless a unit follows', () => {
    const good: [string, number][] = [
      ['1024', 1024],
      ['+5', 5],
      [' 7', 7],
      ['1048576k', 1048576],
      ['1024MiB', 1048576],
      ['1000MB', 976563],
      ['1g', 1048576],
      ['1073741824bytes', 1048576],
      ['1b', 1],
      ['0', 0],
      ['2T', 2 ** 31],
    ];
    for (const [text, kib] of good) expect([text, ...sizes(text)]).toEqual([text, kib, '']);
  });

  it('are refused in two lines, or in one where there is no number', () => {
    const first = (text: string): string =>
      `error: Scaled numeric value '${text}' for <size> option is malformed or out of range\n`;
    const bad: [string, string][] = [
      ['-5', ''],
      ['-0', ''],
      ['x', ''],
      ['99999999999999999999', ''],
      ['12Q', "error: invalid argument: unknown suffix 'Q'\n"],
      ['1.5G', "error: invalid argument: unknown suffix '.5G'\n"],
      ['1 G', "error: invalid argument: unknown suffix ' G'\n"],
      ['1kiBs', "error: invalid argument: unknown suffix 'kiBs'\n"],
      ['9999999999999999999', 'error: numerical overflow: value too large: 9999999999999999999\n'],
      ['9999999999999999E', 'error: numerical overflow: value too large: 9999999999999999E\n'],
    ];
    for (const [text, more] of bad) {
      expect([text, ...sizes(text)]).toEqual([text, null, first(text) + more]);
    }
  });

  it('of setmem are for the running domain unless a flag says otherwise', () => {
    const seen: unknown[] = [];
    const members = { setMemoryFlags: (...all: unknown[]) => void seen.push(all) };
    on(members, ['setmem test 5; setmem test 6 --config; setmaxmem test 7 --current']);
    expect(seen).toEqual([
      [5, { live: true }],
      [6, { live: false, config: true }],
      [7, { live: false, config: false, maximum: true }],
    ]);
    expect(on(members, ['setmem', 'test', '5', '--live', '--current'])).toEqual({
      stdout: '\n',
      stderr: 'error: Options --current and --live are mutually exclusive\n',
      exit: 1,
    });
  });

  it('of memtune may be unlimited', () => {
    const seen: unknown[] = [];
    const members: Partial<Domain> = {
      setMemoryParameters: (parameters) => void seen.push(parameters),
      getMemoryParameters: () => [
        ['hard_limit', 5],
        ['soft_limit', UNLIMITED],
      ],
    };
    on(members, ['memtune', 'test', '4G', '--swap-hard-limit', '-1']);
    expect(seen).toEqual([
      [
        ['hard_limit', 4194304],
        ['swap_hard_limit', UNLIMITED],
      ],
    ]);
    expect(on(members, ['memtune', 'test']).stdout).toBe(
      'hard_limit     : 5\nsoft_limit     : unlimited\n\n',
    );
    expect(on(members, ['memtune', 'test', '--hard-limit', '12Q']).stderr).toBe(
      "error: Unable to parse integer parameter hard-limit\nerror: invalid argument: unknown suffix 'Q'\n",
    );
  });
});

describe('a change of a domain', () => {
  it('that fails is told in virsh’s words and then in libvirt’s', () => {
    const fail = (): never => {
      throw new LibvirtError('OPERATION_INVALID', 'domain is not running');
    };
    const members: Partial<Domain> = { ...off, create: fail, destroy: fail, shutdown: fail };
    const told: [string, string][] = [
      ['start test', "Failed to start domain 'test'"],
      ['destroy test --graceful', "Failed to destroy domain 'test'"],
      ['shutdown test', "Failed to shutdown domain 'test'"],
    ];
    for (const [line, text] of told) {
      expect(on(members, [line])).toEqual({
        stdout: '\n',
        stderr: `error: ${text}\nerror: Requested operation is not valid: domain is not running\n`,
        exit: 1,
      });
    }
  });

  it('names the domain as it was named', () => {
    const members: Partial<Domain> = {
      suspend: () => undefined,
      setAutostart: () => undefined,
    };
    expect(on(members, ['suspend', UUID]).stdout).toBe(`Domain '${UUID}' suspended\n\n`);
    expect(on(members, ['autostart', '1', '--disable']).stdout).toBe(
      "Domain '1' unmarked as autostarted\n\n",
    );
  });

  it('takes ways that are known', () => {
    const seen: unknown[] = [];
    const members: Partial<Domain> = { shutdown: (flags) => void seen.push(flags) };
    on(members, ['shutdown', 'test', '--mode', 'acpi,agent']);
    expect(seen).toEqual([{ acpi: true, agent: true }]);
    expect(on(members, ['shutdown', 'test', '--mode', 'x']).stderr).toBe(
      "error: Unknown mode x value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'\n",
    );
  });

  it('is not made where it is made already', () => {
    expect(on({}, ['start', 'test']).stderr).toBe('error: Domain is already active\n');
    // `start` does not take a number.
    expect(on({}, ['start', '1']).stderr).toBe("error: failed to get domain '1'\n");
  });

  it('may come from a file that cannot be read', () => {
    const told: [string, string][] = [
      ['/root/x.xml', "Failed to open file '/root/x.xml': No such file or directory"],
      ['/root', "Failed to read file '/root': Is a directory"],
    ];
    for (const [path, text] of told) {
      expect(on({}, ['define', path])).toEqual({
        stdout: '\n',
        stderr: `error: ${text}\n`,
        exit: 1,
      });
    }
  });
});

describe('virsh undefine', () => {
  const xml = `<domain><devices><disk><source file='/a.qcow2'/><target dev='vda'/></disk></devices></domain>`;
  it('does not delete disks that no pool manages', () => {
    const members: Partial<Domain> = { ...off, getXMLDesc: () => xml, undefine: () => undefined };
    const message =
      "error: Storage volume 'vda'(/a.qcow2) is not managed by libvirt. Remove it manually.\n\n";
    expect(on(members, ['undefine', 'test', '--remove-all-storage'])).toEqual({
      stdout: "Domain 'test' has been undefined\n\n",
      stderr: message,
      exit: 0,
    });
    expect(on(members, ['undefine', 'test', '--storage', 'vda,vdb'])).toEqual({
      stdout: '\n',
      stderr: `${message}error: Volume 'vdb' was not found in domain's definition.\n\n`,
      exit: 1,
    });
  });

  it('keeps a saved image', () => {
    const members: Partial<Domain> = { ...off, hasManagedSaveImage: () => true };
    expect(on(members, ['undefine', 'test']).stderr).toBe(
      'error: Refusing to undefine while domain managed save image exists\n',
    );
  });
});

describe('virsh vcpucount, vcpupin and vcpuinfo', () => {
  const members: Partial<Domain> = {
    getVcpusFlags: ({ maximum }) => (maximum === true ? 4 : 2),
    getVcpuPinInfo: () => [
      [true, true, false, true],
      [false, true, false, false],
    ],
    getInfo: () => ({ state: 'running', maxMem: 1, memory: 1, vcpus: 1, cpuTime: 1 }),
    getVcpus: () => [
      { number: 0, state: 'running', cpuTime: 1.25e9, cpu: 3, affinity: [true, false, true, true] },
    ],
    pinVcpuFlags: () => undefined,
  };
  const setting = {
    connection: withDomains([someDomain(members)], {
      nodeGetCPUMap: () => ({ present: 4, online: [true, true, true, true] }),
    }),
  };

  it('count in four ways', () => {
    expect(run(['vcpucount', 'test'], setting).stdout).toBe(
      [
        'maximum      config         4',
        'maximum      live           4',
        'current      config         2',
        'current      live           2',
        '\n',
      ].join('\n'),
    );
    expect(run(['vcpucount', 'test', '--current'], setting).stdout).toBe('2\n\n');
  });

  it('show where they run', () => {
    expect(run(['vcpuinfo', 'test'], setting).stdout).toBe(
      'VCPU:           0\nCPU:            3\nState:          running\nCPU time:       1.2s\nCPU Affinity:   y-yy\n\n',
    );
    expect(run(['vcpuinfo', 'test', '--pretty'], setting).stdout).toContain('0,2-3 (out of 4)\n');
    expect(run(['vcpupin', 'test'], setting).stdout).toBe(
      ' VCPU   CPU Affinity\n----------------------\n 0      0-1,3\n 1      1\n\n',
    );
  });

  it('take lists of processors', () => {
    const said: [string, string][] = [
      ['0-2,^1', ''],
      ['r', ''],
      ['x', "error: Invalid cpulist 'x'\nerror: invalid argument: Failed to parse bitmap 'x'\n"],
      ['2-7', "error: CPU 7 in cpulist '2-7' exceed the maxcpu 4\n"],
    ];
    for (const [list, text] of said) {
      expect(run(['vcpupin', 'test', '0', list], setting).stderr).toBe(text);
    }
    expect(run(['vcpupin', 'test', '--cpulist', '1'], setting).stderr).toBe(
      'error: vcpupin: Missing vCPU number in pin mode.\n',
    );
  });
});

describe('virsh dumpxml', () => {
  const xml = `<domain type='test'>
  <name>test</name>
  <memory unit='KiB'>8</memory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='i686'>hvm</type>
    <boot dev='hd'/>
  </os>
</domain>
`;
  const members: Partial<Domain> = { getXMLDesc: () => xml };

  it('shows what an expression finds, as libxml2 lays it out', () => {
    // Recorded from virsh 9.0.0.
    const found: [string, string][] = [
      ['//memory', '<memory unit="KiB">8</memory>\n'],
      ['/domain/@type', ' type="test"\n'],
      ['//vcpu/text()', '2\n'],
      ['//nosuch', ''],
      ['//memory|//vcpu', '<memory unit="KiB">8</memory>\n<vcpu placement="static">2</vcpu>\n'],
      ['/domain/os', '<os>\n  <type arch="i686">hvm</type>\n  <boot dev="hd"/>\n</os>\n'],
      ['//boot/..', '<os>\n  <type arch="i686">hvm</type>\n  <boot dev="hd"/>\n</os>\n'],
      ['/domain/*[1]', '<name>test</name>\n'],
      ["//memory[@unit='KiB']", '<memory unit="KiB">8</memory>\n'],
      ['/domain/*[last()-0]', ''],
    ];
    for (const [expression, text] of found.slice(0, -1)) {
      expect(on(members, ['dumpxml', 'test', '--xpath', expression]).stdout).toBe(`${text}\n`);
    }
    expect(on(members, ['dumpxml', 'test', '--xpath', '//memory', '--wrap']).stdout).toBe(
      '<nodes>\n  <memory unit="KiB">8</memory>\n</nodes>\n\n',
    );
    expect(on(members, ['dumpxml', 'test', '--xpath', '/domain/@type', '--wrap']).stdout).toBe(
      '<nodes type="test"/>\n\n',
    );
  });

  it('refuses what finds no nodes', () => {
    expect(on(members, ['dumpxml', 'test', '--xpath', 'count(//memory)'])).toEqual({
      stdout: '\n',
      stderr: "error: internal error: Incorrect xpath 'count(//memory)'\n",
      exit: 1,
    });
    expect(on(members, ['dumpxml', 'test', '--xpath', '//['])).toEqual({
      stdout: '\n',
      stderr: 'XPath error : Invalid expression\n//[\n  ^\n',
      exit: 0,
    });
    expect(on(members, ['dumpxml', 'test']).stdout).toBe(`${xml}\n`);
  });
});

describe('virsh edit', () => {
  const editor =
    (change: (text: string) => string) =>
    (process: Parameters<Exclude<Setting['tools'], undefined>[string]>[0]) => {
      const path = process.args[0] ?? '';
      process.system.fs.write(path, change(process.system.fs.read(path)));
      return 0;
    };
  const tools: Setting['tools'] = {
    '/bin/true': () => 0,
    '/bin/false': () => 1,
    '/bin/change': editor((text) => text.replace('a', 'b')),
    '/bin/sh': () => 2,
  };
  const edit = (EDITOR: string, define?: (xml: string) => Domain): Run => {
    const domain = someDomain({ getXMLDesc: () => '<a/>\n' });
    const connection = withDomains([domain], define === undefined ? {} : { defineXML: define });
    return run(['edit', 'test'], { connection, tools, env: { EDITOR } });
  };

  it('leaves alone what was not changed', () => {
    expect(edit('/bin/true').stdout).toBe("Domain 'test' XML configuration not changed.\n\n");
  });

  it('defines what was changed', () => {
    let defined = '';
    const { stdout } = edit('change', (xml) => {
      defined = xml;
      return someDomain({ name: 'new' });
    });
    expect(defined).toBe('<b/>\n');
    expect(stdout).toBe("Domain 'new' XML configuration edited.\n\n");
  });

  it('fails with its editor, and leaves no file behind', () => {
    expect(edit('false').stderr).toMatch(
      /^error: internal error: Child process \(false \/tmp\/virsh\w{6}\.xml\) unexpected exit status 1\n$/,
    );
    expect(edit('false a').stderr).toMatch(
      /^error: internal error: Child process \(sh -c 'false a \/tmp\/virsh\w{6}\.xml'\) unexpected exit status 2\n$/,
    );
    expect(edit('nosuch').stderr).toBe(
      "error: Cannot find 'nosuch' in path: No such file or directory\n",
    );
    const system = makeSystem({ tools });
    const domain = someDomain({ getXMLDesc: () => '<a/>\n' });
    runOn(system, ['edit', 'test'], {
      connection: withDomains([domain]),
      env: { EDITOR: 'false' },
    });
    expect(system.fs.list('/tmp', '/')).toEqual([]);
  });

  it('asks nobody where there is no terminal', () => {
    const refuse = (): never => {
      throw new LibvirtError('XML_ERROR', 'bad');
    };
    // It goes on as if all were well; so does virsh 9.0.0.
    expect(edit('change', refuse)).toEqual({
      stdout: "Domain '(null)' XML configuration edited.\n\n",
      stderr: 'error: Failed.\n',
      exit: 0,
    });
  });

  it('asks at a terminal what to do', () => {
    let keys = '?xn';
    const stdin = {
      isTerminal: true,
      get ready() {
        return true;
      },
      read: () => {
        const key = keys[0] ?? null;
        keys = keys.slice(1);
        return key;
      },
    };
    const connection = withDomains([someDomain({ getXMLDesc: () => '<a/>\n' })], {
      defineXML: () => {
        throw new LibvirtError('XML_ERROR', 'bad');
      },
    });
    const { stdout, stderr, exit } = run(['edit', 'test'], {
      connection,
      tools,
      stdin,
      env: { EDITOR: 'change' },
    });
    const question = '\rFailed. Try again? [y,n,i,f,?]: ';
    expect(stderr).toBe('error: XML error: bad\n');
    expect(stdout).toBe(
      `${question}\r\ny - yes, start editor again\r\nn - no, throw away my changes\r\n` +
        'i - turn off validation and try to redefine again\r\nf - force, try to redefine again\r\n' +
        `? - print this help\r\n${question}${question}\r\n\n`,
    );
    expect(exit).toBe(1);
  });
});

describe('virsh event', () => {
  const event = (detail: string, at: number): DomainEvent => ({
    event: 'lifecycle',
    domain: 'test',
    id: 1,
    uuid: UUID,
    detail,
    at,
  });
  const watching = (events: [at: number, DomainEvent][], setting: Setting, args: string[]): Run => {
    const system = makeSystem(setting);
    const left = [...events];
    const connection = withDomains([], {
      watchEvents: () => ({
        get size() {
          return left.filter(([at]) => at <= system.clock.now).length;
        },
        next() {
          const [first] = left;
          if (first === undefined || first[0] > system.clock.now) return null;
          left.shift();
          return first[1];
        },
        close: () => undefined,
      }),
    });
    return runOn(system, ['event', ...args], { ...setting, connection });
  };

  it('ends with the first event', () => {
    const events: [number, DomainEvent][] = [[0, event(': Suspended Paused', 0)]];
    expect(watching(events, {}, ['--event', 'lifecycle'])).toEqual({
      stdout: "event 'lifecycle' for domain 'test': Suspended Paused\nevents received: 1\n\n",
      stderr: '',
      exit: 0,
    });
    expect(watching(events, {}, ['--all', '--timestamp']).stdout).toContain(
      "1970-01-01 00:00:00.000+0000: event 'lifecycle' for domain 'test'",
    );
  });

  it('ends by its time, and then it has failed unless something came', () => {
    expect(watching([], {}, ['--event', 'lifecycle', '--timeout', '3'])).toEqual({
      stdout: 'event loop timed out\nevents received: 0\n\n',
      stderr: '',
      exit: 1,
    });
    const one: [number, DomainEvent][] = [[0, event(': Started Booted', 0)]];
    expect(watching(one, {}, ['--all', '--loop', '--timeout', '3'])).toMatchObject({ exit: 0 });
    expect(watching([], {}, ['--all', '--timeout', '0']).stderr).toBe(
      "error: Numeric value '0' for <timeout> option is malformed or out of range\n",
    );
  });

  it('ends by Ctrl-C', () => {
    expect(watching([], {}, ['--all']).stdout).toBe(
      'event loop interrupted\nevents received: 0\n\n',
    );
  });

  it('must be told for what to wait', () => {
    expect(on({}, ['event']).stderr).toBe(
      'error: one of --list, --all, or --event <type> is required\n',
    );
    expect(on({}, ['event', '--event', 'x']).stderr).toBe('error: unknown event type x\n');
  });
});

describe('virsh console', () => {
  it('hands the terminal to the guest until the escape key', () => {
    const written: string[] = [];
    let shown: (string | null)[] = ['login: '];
    const stream: ConsoleStream = {
      get ready() {
        return shown.length > 0;
      },
      read: () => shown.shift() ?? null,
      write: (text) => void written.push(text),
      close: () => undefined,
    };
    const keys = ['root\r', '\x1dq'];
    const raw: boolean[] = [];
    const stdin = {
      isTerminal: true,
      ready: true,
      read: () => keys.shift() ?? null,
      setRaw: (on: boolean) => void raw.push(on),
    };
    const { stdout, exit } = on({ openConsole: () => stream }, ['console', 'test'], { stdin });
    expect(stdout).toBe("Connected to domain 'test'\nEscape character is ^] (Ctrl + ])\nlogin: \n");
    expect(written).toEqual(['root\r']);
    expect(raw).toEqual([true, false]);
    expect(exit).toBe(0);
    shown = [];
  });

  it('needs a terminal and a running domain', () => {
    expect(on({}, ['console', 'test']).stderr).toBe(
      'error: Cannot run interactive console without a controlling TTY\n',
    );
    expect(on(off, ['console', 'test']).stderr).toBe('error: The domain is not running\n');
  });
});

describe('snapshots', () => {
  const snapshot = (name: string, parent: string, children: string[]) => ({
    name,
    domain: someDomain(),
    getXMLDesc: () =>
      `<domainsnapshot><name>${name}</name><state>shutoff</state>` +
      (parent === '' ? '' : `<parent><name>${parent}</name></parent>`) +
      `<creationTime>1795428731</creationTime></domainsnapshot>`,
    isCurrent: () => false,
    hasMetadata: () => true,
    listChildren: () => children.map((child) => snapshot(child, name, [])),
    getParent: () => {
      throw new LibvirtError('NO_DOMAIN_SNAPSHOT', 'none');
    },
    revert: () => undefined,
    delete: () => undefined,
  });
  const all = [
    snapshot('root', '', ['a', 'b']),
    snapshot('a', 'root', ['c']),
    snapshot('b', 'root', []),
    snapshot('c', 'a', []),
  ];
  const members: Partial<Domain> = {
    listAllSnapshots: () => all,
    snapshotLookupByName: (name) => all.find((one) => one.name === name)!,
  };

  it('are listed as a table, by name, and as a tree', () => {
    expect(on(members, ['snapshot-list', 'test', '--roots', '--parent']).stderr).toBe(
      'error: Options --parent and --roots are mutually exclusive\n',
    );
    expect(on(members, ['snapshot-list', 'test', '--roots']).stdout).toBe(
      [
        ' Name   Creation Time               State',
        '---------------------------------------------',
        ' root   2026-11-23 10:12:11 +0000   shutoff',
        '\n',
      ].join('\n'),
    );
    expect(on(members, ['snapshot-list', 'test', '--leaves', '--name']).stdout).toBe('b\nc\n\n');
    expect(on(members, ['snapshot-list', 'test', '--tree']).stdout).toBe(
      ['root', '  |', '  +- a', '  |   |', '  |   +- c', '  |     ', '  +- b', '    ', '\n'].join(
        '\n',
      ),
    );
  });

  it('are described from arguments', () => {
    expect(
      on({}, ['snapshot-create-as test a "b<" --print-xml --memspec /m --diskspec vda,file=/x'])
        .stdout,
    ).toBe(
      [
        '<domainsnapshot>',
        '  <name>a</name>',
        '  <description>b&lt;</description>',
        "  <memory file='/m'/>",
        '  <disks>',
        "    <disk name='vda'>",
        "      <source file='/x'/>",
        '    </disk>',
        '  </disks>',
        '</domainsnapshot>',
        '\n\n',
      ].join('\n'),
    );
    expect(on(members, ['snapshot-parent', 'test', 'root']).stderr).toBe(
      "error: snapshot 'root' has no parent\n",
    );
    expect(on(members, ['snapshot-info', 'test']).stderr).toBe(
      'error: --snapshotname or --current is required\n',
    );
  });
});

describe('virsh qemu-monitor-command', () => {
  const sent = (...args: string[]): string => {
    let command = '';
    on(
      {
        qemuMonitorCommand: (text) => {
          command = text;
          return '';
        },
      },
      ['qemu-monitor-command', 'test', ...args],
    );
    return command;
  };
  it('puts words into a QMP command', () => {
    expect(sent('--hmp', 'info', 'balloon')).toBe('info balloon');
    expect(sent('query-status')).toBe('{"execute":"query-status"}');
    expect(sent('{"execute":"stop"}')).toBe('{"execute":"stop"}');
    expect(sent('balloon', '{"value":5}')).toBe('{"execute":"balloon","arguments":{"value":5}}');
    expect(sent('balloon', '"value":5')).toBe('{"execute":"balloon","arguments":{"value":5}}');
  });
  it('shows an answer as it came, or what it returned', () => {
    const members = { qemuMonitorCommand: () => '{"return":{"a":1},"id":"x"}' };
    const shown = (option: string): string =>
      on(members, ['qemu-monitor-command', 'test', option, 'x']).stdout;
    expect(on(members, ['qemu-monitor-command', 'test', 'x']).stdout).toBe(
      '{"return":{"a":1},"id":"x"}\n\n',
    );
    expect(shown('--return-value')).toBe('{"a":1}\n');
    expect(shown('--pretty')).toBe('{\n  "return": {\n    "a": 1\n  },\n  "id": "x"\n}\n');
  });
});

describe('virsh about the host', () => {
  it('measures shares of processor time in a second', () => {
    let asked = 0;
    const connection = only<Parameters<typeof withDomains>[1] & object>({
      isAlive: () => true,
      close: () => undefined,
      nodeGetCPUStats: () => {
        asked++;
        return [
          ['kernel', asked * 1e9],
          ['user', asked * 2e9],
          ['idle', asked * 5e9],
          ['iowait', 0],
        ];
      },
    }) as ReturnType<typeof withDomains>;
    expect(run(['nodecpustats', '--percent'], { connection }).stdout).toBe(
      'usage:           37.5%\nuser:            25.0%\nsystem:          12.5%\nidle:            62.5%\niowait:           0.0%\n\n',
    );
  });
});

describe('devices', () => {
  it('are changed as a file describes, in the running domain unless a flag says otherwise', () => {
    const seen: unknown[] = [];
    const members: Partial<Domain> = {
      attachDevice: (...all) => void seen.push(all),
      updateDevice: (...all) => void seen.push(all),
    };
    const system = makeSystem({ files: { '/root/m.xml': '<memory/>' } });
    const connection = withDomains([someDomain(members)]);
    const line =
      'attach-device test m.xml; attach-device test m.xml --config; update-device test m.xml --persistent';
    expect(runOn(system, [line], { connection }).stdout).toBe(
      'Device attached successfully\n\nDevice attached successfully\n\nDevice updated successfully\n\n',
    );
    expect(seen).toEqual([
      ['<memory/>', { live: true, plain: true }],
      ['<memory/>', { live: false, config: true }],
      ['<memory/>', { live: true, config: true }],
    ]);
  });
});

describe('numbers with decimals', () => {
  it('are rounded as printf() does', () => {
    const members: Partial<Domain> = {
      getBlockInfo: () => ({ capacity: 2 ** 30, allocation: 1088, physical: 196_624 }),
    };
    expect(on(members, ['domblkinfo', 'test', 'vda', '--human']).stdout).toBe(
      'Capacity:       1.000 GiB\nAllocation:     1.062 KiB\nPhysical:       192.016 KiB\n\n',
    );
  });
});
