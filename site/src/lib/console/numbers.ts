import type { QuantityName } from './quantities.ts';

/** Finds the numbers in what a command printed that count something known. */

export interface Found {
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
  /** As the output itself calls it. */
  readonly field: string;
  readonly quantity: QuantityName;
  /** The domain that is meant; null: the host. */
  readonly domain: string | null;
}

type Names = Readonly<Record<string, QuantityName>>;

const HOST_MEMINFO: Names = {
  MemTotal: 'total',
  MemFree: 'free',
  MemAvailable: 'usable',
  Buffers: 'cache',
  Cached: 'cache',
  AnonPages: 'anonymous',
  Slab: 'kernel',
  PageTables: 'tables',
  SecPageTables: 'kvmTables',
  SwapTotal: 'swapTotal',
  SwapFree: 'swapUsed',
  Hugetlb: 'hugeUsed',
  HugePages_Free: 'hugeFree',
  HugePages_Rsvd: 'hugeReserved',
};
const GUEST_MEMINFO: Names = {
  MemTotal: 'guestTotal',
  MemFree: 'guestFree',
  MemAvailable: 'guestUsable',
  Buffers: 'guestCache',
  Cached: 'guestCache',
  SwapTotal: 'guestSwap',
  SwapFree: 'guestSwap',
};
const HOST_FREE: Names = {
  'Mem total': 'total',
  'Mem used': 'used',
  'Mem free': 'free',
  'Mem buff/cache': 'cache',
  'Mem buffers': 'cache',
  'Mem cache': 'cache',
  'Mem available': 'usable',
  'Swap total': 'swapTotal',
  'Swap used': 'swapUsed',
  'Swap free': 'swapUsed',
};
const GUEST_FREE: Names = {
  'Mem total': 'guestTotal',
  'Mem used': 'rss',
  'Mem free': 'guestFree',
  'Mem buff/cache': 'guestCache',
  'Mem available': 'guestUsable',
  'Swap total': 'guestSwap',
  'Swap used': 'guestSwap',
  'Swap free': 'guestSwap',
};
const DOMMEMSTAT: Names = {
  actual: 'actual',
  available: 'guestTotal',
  unused: 'guestFree',
  usable: 'guestUsable',
  disk_caches: 'guestCache',
  rss: 'rss',
  swap_in: 'swapIn',
  swap_out: 'swapOut',
  major_fault: 'majorFaults',
  minor_fault: 'minorFaults',
};
const DOMINFO: Names = { 'Max memory': 'max', 'Used memory': 'actual' };
const SWAPON: Names = {
  SIZE: 'swapTotal',
  Size: 'swapTotal',
  USED: 'swapUsed',
  Used: 'swapUsed',
};

/** A value of its own on each line: name, then number. */
interface Lines {
  readonly command: RegExp;
  /** The name is the first group, the number the second. */
  readonly line: RegExp;
  readonly host: Names | null;
  readonly guest: Names | null;
}
/** A row of names, and below it rows of numbers in the same order. */
interface Columns {
  readonly command: RegExp;
  readonly head: RegExp;
  /** What a row is called, as a word before the column's name; '' for rows without. */
  readonly row: RegExp;
  readonly host: Names | null;
  readonly guest: Names | null;
}

const LINES: readonly Lines[] = [
  {
    command: /\bmeminfo\b/,
    line: /^([A-Z]\w+):\s+(\d+)(?: kB)?$/,
    host: HOST_MEMINFO,
    guest: GUEST_MEMINFO,
  },
  {
    command: /\bdommemstat\b/,
    line: /^(\w+) (\d+)$/,
    host: null,
    guest: DOMMEMSTAT,
  },
  {
    command: /\bdominfo\b/,
    line: /^(Max memory|Used memory):\s+(\d+) KiB$/,
    host: null,
    guest: DOMINFO,
  },
];
const COLUMNS: readonly Columns[] = [
  {
    command: /\bfree\b/,
    head: /^\s+total\s+used\s+free\b/,
    row: /^(Mem|Swap):/,
    host: HOST_FREE,
    guest: GUEST_FREE,
  },
  {
    command: /\bswapon\b|\/proc\/swaps/,
    head: /^(?:NAME|Filename)\s+(?:TYPE|Type)\s+(?:SIZE|Size)\s/,
    row: /^()\/\S+\s/,
    host: SWAPON,
    guest: null,
  },
];

/** The domain that a command of virsh is about. */
const domainOf = (command: string): string | null =>
  /\b(?:dommemstat|dominfo)\s+(?:--domain[ =])?([^\s;|&-][^\s;|&]*)/.exec(command)?.[1] ?? null;

/** Numbers that stand for amounts: 12345, 7.8Gi, 512M. */
const AMOUNT = /\d[\d.]*(?:[KMGT]i?)?B?(?=\s|$)/g;

/** `guest`: the domain at whose own console the command was typed; null on the host. */
export function numbersIn(command: string, text: string, guest: string | null): Found[] {
  const found: Found[] = [];
  const own = domainOf(command);
  const lines = LINES.filter((one) => one.command.test(command));
  const columns = COLUMNS.filter((one) => one.command.test(command));
  if (lines.length + columns.length === 0) return found;
  let head: readonly string[] = [];
  let at = 0;
  for (const line of text.split('\n')) {
    for (const matcher of lines) {
      const match = matcher.line.exec(line);
      // A command about a domain counts that domain, wherever it is typed.
      const domain = matcher.host === null ? own : guest;
      const names = domain === null ? matcher.host : matcher.guest;
      const quantity = names?.[match?.[1] ?? ''];
      if (match === null || quantity === undefined) continue;
      const start = at + line.indexOf(match[2]!, match[1]!.length);
      found.push({ start, end: start + match[2]!.length, field: match[1]!, quantity, domain });
    }
    for (const matcher of columns) {
      if (matcher.head.test(line)) head = line.trim().split(/\s+/);
      const match = matcher.row.exec(line);
      const names = guest === null ? matcher.host : matcher.guest;
      if (match === null || names === null) continue;
      for (const { field, start, end } of cellsOf(line, match, head)) {
        const quantity = names[field];
        if (quantity === undefined) continue;
        found.push({ start: at + start, end: at + end, field, quantity, domain: guest });
      }
    }
    at += line.length + 1;
  }
  return found;
}

/** The amounts of a row, each with the name of its column, after the row's own. */
function cellsOf(
  line: string,
  row: RegExpExecArray,
  head: readonly string[],
): { field: string; start: number; end: number }[] {
  const name = row[1] ?? '';
  // A row with a name has one column more than its head; without, as many.
  const first = name === '' ? head.findIndex((word) => /^size$/i.test(word)) : 0;
  return [...line.slice(row[0].length).matchAll(AMOUNT)].map((match, index) => {
    const start = row[0].length + match.index;
    const column = head[first + index] ?? '';
    return {
      field: name === '' ? column : `${name} ${column}`,
      start,
      end: start + match[0].length,
    };
  });
}
