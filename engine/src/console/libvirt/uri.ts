import { fail } from './errors.ts';

export const DEFAULT_URI = 'qemu:///system';

/** What a connection leads to. */
export type Driver = 'qemu' | 'test';

/** virConnectOpenInternal(): which driver a URI means. Its errors are those of libvirt without any server far away. */
export function driverOf(uri: string): Driver {
  const found = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri);
  if (found === null) {
    if (/\s/.test(uri)) fail('INTERNAL_ERROR', `Unable to parse URI ${uri}`);
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
    if (transport !== 'unix') far(server === '' ? 'localhost' : server, transport ?? 'tls');
  }
  if (driver === 'test') {
    if (path === '' || path === '/') {
      fail('INVALID_ARG', 'testOpen: supply a path or use test:///default');
    }
    if (path !== '/default') {
      fail('XML_ERROR', `failed to parse xml document '${path}'`);
    }
    return 'test';
  }
  if (driver === 'qemu') {
    const socket = /[?&]socket=([^&#]+)/.exec(uri)?.[1];
    if (socket !== undefined && !/\/libvirt-sock(-ro)?$/.test(socket)) {
      fail('SYSTEM_ERROR', `Failed to connect socket to '${socket}': No such file or directory`);
    }
    if (path === '/embed') fail('INVALID_ARG', "Missing URI parameter 'root'");
    if (path === '/system') return 'qemu';
    if (path === '/session') {
      fail(
        'SYSTEM_ERROR',
        "Failed to connect socket to '/run/user/0/libvirt/libvirt-sock': No such file or directory",
      );
    }
    fail('INTERNAL_ERROR', `unexpected qemu URI path '${path}', try ${DEFAULT_URI}`);
  }
  return fail('NO_CONNECT', uri);
}

/** Other hosts cannot be reached from here: the way over the network fails as it does without them. */
function far(server: string, transport: string): never {
  const name = server.replace(/^.*@/, '').replace(/:\d*$/, '');
  if (transport === 'tcp') {
    if (/^(localhost|[\d.]+)$/.test(name)) {
      fail('SYSTEM_ERROR', `unable to connect to server at '${name}:16509': Connection refused`);
    }
    fail(
      'SYSTEM_ERROR',
      `Unable to resolve address '${name}' service '16509': Name or service not known`,
    );
  }
  if (transport === 'tls') {
    const file = '/etc/pki/CA/cacert.pem';
    fail('SYSTEM_ERROR', `Cannot read CA certificate '${file}': No such file or directory`);
  }
  const words = `ssh: connect to host ${name} port 22: Connection refused`;
  return fail('SYSTEM_ERROR', `Cannot recv data: ${words}: Connection reset by peer`);
}
