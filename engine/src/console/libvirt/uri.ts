import { fail } from './errors.ts';

export const DEFAULT_URI = 'qemu:///system';

/** What a connection leads to. */
export type Driver = 'qemu' | 'test';

/** virConnectOpenInternal(): which driver a URI means. Its errors are those of libvirt without any server far away. */
export function driverOf(uri: string): Driver {
  const found = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri);
  if (found === null) {
    // Without a colon it is taken for a path.
    return fail('NO_CONNECT', `URI '${uri}' does not include a driver name`);
  }
  const [, scheme = '', server = '', path = ''] = found;
  const [driver = '', transport] = scheme.toLowerCase().split('+');
  if (transport !== undefined || server !== '') {
    if (transport !== undefined && !/^(unix|ssh|tls|tcp|ext|libssh2?)$/.test(transport)) {
      fail(
        'INVALID_ARG',
        `remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)`,
      );
    }
    if (transport !== 'unix') {
      const name = server === '' ? 'localhost' : server.replace(/^.*@/, '').replace(/:\d*$/, '');
      fail(
        'SYSTEM_ERROR',
        `unable to connect to server at '${name}:${transport === 'tcp' ? 16509 : 16514}': Connection refused`,
      );
    }
  }
  if (driver === 'test') {
    if (path === '' || path === '/') {
      fail('INVALID_ARG', 'testOpen: supply a path or use test:///default');
    }
    if (path !== '/default') {
      fail('SYSTEM_ERROR', `Failed to open file '${path}': No such file or directory`);
    }
    return 'test';
  }
  if (driver === 'qemu') {
    if (path === '/system' || path === '/embed') return 'qemu';
    if (path === '/session') {
      fail(
        'SYSTEM_ERROR',
        "Failed to connect socket to '/run/user/0/libvirt/libvirt-sock': No such file or directory",
      );
    }
    fail(
      'INTERNAL_ERROR',
      path === ''
        ? `no QEMU URI path given, try ${DEFAULT_URI}`
        : `unexpected qemu URI path '${path}', try ${DEFAULT_URI}`,
    );
  }
  return fail('NO_CONNECT', uri);
}
