import type { Open } from './api.ts';
import { QemuConnection } from './connection.ts';
import type { Daemon } from './daemon.ts';
import { TestConnection } from './test-driver.ts';
import { DEFAULT_URI, driverOf } from './uri.ts';

/** Opens connections to this daemon, or to a make-believe host. */
export const opener =
  (daemon: Daemon): Open =>
  (uri, flags = {}) => {
    const name = uri === null || uri === '' ? DEFAULT_URI : uri;
    const readOnly = flags.readOnly === true;
    return driverOf(name) === 'qemu'
      ? new QemuConnection(daemon, name, readOnly)
      : new TestConnection(daemon.backend, name, readOnly);
  };
