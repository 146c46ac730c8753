import { tableName } from './words.ts';
import type { BitChange, Words } from './words.ts';

const SIZES = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' } as const;

const BITS: Record<BitChange['bits'], string> = {
  P: 'P',
  'R/W': 'R/W',
  'U/S': 'U/S',
  XD: 'XD(第 63 位)',
  R: 'R',
  W: 'W',
  X: 'X',
  RWX: 'R、W、X',
  A: 'A',
  D: 'D',
  'A+D': 'A 和 D',
  '51': '第 51 位',
};

const ACCESSES = {
  read: (at: string) => `读 ${at}`,
  write: (at: string) => `写 ${at}`,
  fetch: (at: string) => `从 ${at} 取指令`,
} as const;

const MEANINGS = {
  'not-present': '不存在',
  reserved: '置了保留位',
  misconfigured: '存在，但不合法',
} as const;

export const zh: Words = {
  unit: '次',
  table: (table) => (table === 'guest' ? '客户机' : tableName(table)),
  size: (page) => SIZES[page],
  results: {
    ok: '没有异常：访问成功',
    'page-fault': '缺页异常(#PF)，交给客户机',
    'ept-violation': 'EPT 违例，交给虚拟机监控器',
    'ept-misconfiguration': 'EPT 配置错误，交给虚拟机监控器',
    'nested-page-fault': '嵌套缺页(#NPF)，交给虚拟机监控器',
  },

  machine: (machine) => {
    const guest = `${machine.levels} 级分页，${SIZES[machine.guestPage]} 页面`;
    if (machine.mode === 'native') return `裸机：${guest}。所有缓存都是空的。`;
    const host = `${machine.hostLevels} 级，${SIZES[machine.hostPage]} 页面`;
    const bits = machine.mode === 'ept' ? `，访问位和脏位${machine.ad ? '打开' : '关闭'}` : '';
    return `客户机：${guest}。${tableName(machine.mode)}：${host}${bits}。所有缓存都是空的。`;
  },
  access: ({ gva, kind, cpl }) =>
    `${cpl === 3 ? '程序(CPL 3)' : '内核(CPL 0)'}${ACCESSES[kind](`\`0x${gva.toString(16)}\``)}。`,
  page: (page) =>
    `这个页面的叶表项${page.writable ? '可写' : '只读'}、${page.executable ? '可执行' : '不可执行'}、` +
    `${page.user ? '对用户态开放' : '只供内核态使用'}；它上面的各级表项什么都允许。各级表项的 A 都是 1，D 是 0。WP 和 NXE 打开，SMEP 和 SMAP 关闭。`,
  entry: ({ table, level, row }, native) => {
    if (table === 'guest') return native ? `第 ${level} 级表项` : `客户机的第 ${level} 级表项`;
    const goal = row === 0 ? '页面本身' : `客户机第 ${row} 级表项`;
    return `为${goal}而读的 ${tableName(table)} 第 ${level} 级表项`;
  },
  change: (entry, { bits, to }, native) =>
    `但在${zh.entry(entry, native)}里，${BITS[bits]} ${bits === 'RWX' || bits === 'A+D' ? '都是' : '是'} ${to}。` +
    (bits === '51' ? '物理地址为 46 位。' : ''),

  askCount: '整个遍历要多少次访存？访问数据的那一次不算在内。',
  askOrdinal: (entry) => `遍历中的访存从 1 开始编号。第几次读的是${entry}？`,
  askSlotOfGuest: (level, address, native) =>
    `地址 \`${address}\` 选中${native ? '' : '客户机'}第 ${level} 级页表的哪一项(0 到 511)？`,
  askSlotOfNested: (level, table, address) =>
    `客户机物理地址 \`${address}\` 选中 ${table} 第 ${level} 级页表的哪一项(0 到 511)？`,
  askTranslateNative: (root, address) =>
    `CR3 的值是 \`${root}\`。内存里有下列表项；高于第 1 级的叶表项，第 7 位为 1。\`${address}\` 转换为哪个物理地址？`,
  askTranslateNested: (root, table, levels, address) =>
    `${table} 共 ${levels} 级，根在 \`${root}\`。内存里有下列表项；高于第 1 级的叶表项，第 7 位为 1。客户机物理地址 \`${address}\` 转换为哪个宿主机物理地址？`,
  askResult: '这次转换如何结束？',
  askCode: {
    'page-fault': '结果是缺页异常。错误码是多少？',
    'ept-violation': '结果是 EPT 违例。退出限定信息是多少？',
    'nested-page-fault': '结果是嵌套缺页。EXITINFO1 是多少？',
  },
  askTlb: '遍历成功。由它得到的 TLB 表项覆盖多大的页面？',
  askAfter: (entry, value) => `遍历之前，${entry}是 \`${value}\`。遍历之后是多少？`,
  entriesHeader: ['地址', '表项'],

  rowTitle: (row) => (row === 0 ? '为页面本身' : `为客户机第 ${row} 级表项`),
  countRow: (row, table, nested, guest) =>
    `${zh.rowTitle(row)}：${table} ${nested} 次${guest > 0 ? `，然后客户机 ${guest} 次` : ''}`,
  countNative: (references) => `从根到叶，每级一次：${references}`,
  countSum: (sum) => `合计 ${sum}。`,
  numberRow: (row, numbers) => `${zh.rowTitle(row)}：${numbers.join('，')}`,
  ordinal: (before, entry, number) => `${entry}之前有 ${before} 次访存，所以它是第 ${number} 次。`,
  slot: (hi, lo, address, binary, slot) =>
    `\`${address}\` 的第 ${hi}:${lo} 位，二进制是 \`${binary}\`，即 ${slot}。`,
  stepTable: (level, hi, lo, slot, at, value, next) =>
    `第 ${level} 级：第 ${hi}:${lo} 位选中第 ${slot} 项。\`${at}\` 处的表项是 \`${value}\`，下一级页表在 \`${next}\`。`,
  stepPage: (level, hi, lo, slot, at, value, page) =>
    `第 ${level} 级：第 ${hi}:${lo} 位选中第 ${slot} 项。\`${at}\` 处的表项是 \`${value}\`，它是叶表项，页面在 \`${page}\`。`,
  stepOffset: (bits, offset, hpa) => `地址的低 ${bits} 位 \`${offset}\` 是页内偏移：\`${hpa}\`。`,
  madeReferences: (count) => `遍历共 ${count} 次访存。`,
  endedAt: (entry, value, meaning) => `它止于${entry}：\`${value}\` ${MEANINGS[meaning]}。`,
  refusedGuest: '客户机的表项都读完了，合起来不允许这次访问。',
  refusedNested: (gpa) =>
    `客户机物理地址 \`${gpa}\` 的转换走到了叶表项，但各级表项合起来不允许这次访问。`,
  refusedUpdate: (entry) =>
    `客户机的表项都读完了，也允许这次访问。接着要写${entry}，给它置访问位或脏位，可它所在的页面在 EPT 里不可写。`,
  tablesAreWritten: '在这里，对客户机页表的访问算写。',
  unhindered: '改动的表项没有拿走这次访问所需的东西。',
  reached: (hpa) => `它走到了终点：\`${hpa}\`。`,
  resultIs: (result) => `结果：${result}。`,
  codeBits: (code, bits) => `\`${code}\` 中为 1 的位：${bits.join('；')}。`,
  bitOf: {
    'page-fault': {
      0: '第 0 位，表项存在',
      1: '第 1 位，写',
      2: '第 2 位，用户态访问',
      3: '第 3 位，保留位',
      4: '第 4 位，取指令',
    },
    'ept-violation': {
      0: '第 0 位，读数据',
      1: '第 1 位，写数据',
      2: '第 2 位，取指令',
      3: '第 3 位，各级表项都允许 R',
      4: '第 4 位，各级表项都允许 W',
      5: '第 5 位，各级表项都允许 X',
      7: '第 7 位，来自线性地址',
      8: '第 8 位，最终的页面',
    },
    'nested-page-fault': {
      0: '第 0 位，表项存在',
      1: '第 1 位，写；对客户机页表的访问都算写',
      2: '第 2 位，总是 1：用户访问',
      3: '第 3 位，保留位',
      4: '第 4 位，取指令',
      32: '第 32 位，最终的页面',
      33: '第 33 位，客户机页表的表项',
    },
  },
  tlb: (guest, host, page) =>
    `客户机的页面是 ${guest}，宿主机的页面是 ${host}。TLB 表项取较小的：${page}。`,
  ruleGuest: '用到的每个客户机表项都置 A；访问是写时，叶表项再置 D。',
  ruleEptOn:
    'EPT 的位打开后，用到的每个 EPT 表项都置 A(第 8 位)，被写页面的叶表项再置 D(第 9 位)。对客户机页表的访问算写。',
  ruleEptOff: 'EPT 的位关闭时，处理器不改动任何 EPT 表项。',
  ruleNpt: '用到的每个嵌套表项都置 A，被写页面的叶表项再置 D。对客户机页表的访问算写。',
  stored: (before, value) => `\`${before}\` 变为 \`${value}\`。`,
  notStored: (value) => `这个表项没有什么要置的，仍是 \`${value}\`。`,
};
