/** What a call of libvirt failed with. `message` is all of what virsh prints after `error: `. */
export class LibvirtError extends Error {
  readonly code: ErrorCode;

  /** `text` stands in the template of its code; without a text the bare words of the code are said. */
  constructor(code: ErrorCode, text?: string) {
    const [bare, template] = TEMPLATES[code];
    super(text === undefined ? bare : template.replace('%', () => text));
    this.code = code;
  }
}

/** virerror.c, virErrorMsgStrings: what is said without and with a text. Names without VIR_ERR_. */
const TEMPLATES = {
  INTERNAL_ERROR: ['internal error', 'internal error: %'],
  NO_NAME: ['missing name information', 'missing name information in %'],
  NO_SUPPORT: [
    'this function is not supported by the connection driver',
    'this function is not supported by the connection driver: %',
  ],
  NO_CONNECT: ['no connection driver available', 'no connection driver available for %'],
  INVALID_ARG: ['invalid argument', 'invalid argument: %'],
  /** An argument that the library itself refuses (virReportInvalidArg): its text stands alone. */
  BAD_ARG: ['invalid argument', '%'],
  OPERATION_FAILED: ['operation failed', 'operation failed: %'],
  XML_ERROR: ['XML description is invalid or not well formed', 'XML error: %'],
  /** What libxml2 says, with its place (virxml.c, catchXMLError). */
  XML_DETAIL: ['XML description is invalid or not well formed', '%'],
  XML_INVALID_SCHEMA: [
    'XML document failed to validate against schema',
    'XML document failed to validate against schema: %',
  ],
  DOM_EXIST: ['this domain exists already', 'domain % exists already'],
  OPERATION_DENIED: ['operation forbidden', 'operation forbidden: %'],
  NO_DOMAIN: ['Domain not found', 'Domain not found: %'],
  OPERATION_INVALID: ['Requested operation is not valid', 'Requested operation is not valid: %'],
  CONFIG_UNSUPPORTED: ['unsupported configuration', 'unsupported configuration: %'],
  ARGUMENT_UNSUPPORTED: ['argument unsupported', 'argument unsupported: %'],
  OPERATION_UNSUPPORTED: ['Operation not supported', 'Operation not supported: %'],
  OPERATION_TIMEOUT: ['Timed out during operation', 'Timed out during operation: %'],
  NO_DOMAIN_SNAPSHOT: ['Domain snapshot not found', 'Domain snapshot not found: %'],
  NO_DOMAIN_METADATA: ['metadata not found', 'metadata not found: %'],
  AGENT_UNRESPONSIVE: ['Guest agent is not responding', 'Guest agent is not responding: %'],
  DEVICE_MISSING: ['device not found', 'device not found: %'],
  OVERFLOW: ['numerical overflow', 'numerical overflow: %'],
  NO_HOSTNAME: ['no hostname found', 'no hostname found: %'],
  NO_NETWORK: ['Network not found', 'Network not found: %'],
  NO_STORAGE_VOL: ['Storage volume not found', 'Storage volume not found: %'],
  /** A system call's error: its text stands alone, as "Failed to open file 'x': No such file or directory". */
  SYSTEM_ERROR: ['system error', '%'],
} as const satisfies Record<string, readonly [string, string]>;

/** Kinds of errors, named as libvirt's VIR_ERR_ constants. */
export type ErrorCode = keyof typeof TEMPLATES;

/** Throws a `LibvirtError`; an expression, so that it can stand after `??`. */
export function fail(code: ErrorCode, text?: string): never {
  throw new LibvirtError(code, text);
}
