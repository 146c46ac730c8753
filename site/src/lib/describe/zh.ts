import type { PageSize } from '@pagewalk/engine';
import type { Words } from './words.ts';

const SIZE: Record<PageSize, string> = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' };
const KIND = { read: '读', write: '写', fetch: '取指' } as const;
const TABLE = { guest: '客户机', ept: 'EPT', npt: 'NPT' } as const;

const entry: Words['entry'] = (table, level, native = false) =>
  native ? `第 ${level} 级表项` : `${TABLE[table]}第 ${level} 级表项`;
const access = (kind: keyof typeof KIND, user: boolean, gva: string): string =>
  `${user ? '程序' : '内核'}${{ read: `读 ${gva}`, write: `写 ${gva}`, fetch: `从 ${gva} 取指` }[kind]}`;

export const zh: Words = {
  table: (table) => TABLE[table],
  entry,
  kind: KIND,
  page: (size) => SIZE[size],
  startNative: ({ gva, cr3, kind, user }) =>
    `${access(kind, user, gva)}。CR3 给出根表的位置：${cr3}。`,
  startNested: ({ gva, cr3, root, table, kind, user }) =>
    `${access(kind, user, gva)}。CR3 里是 ${cr3}，这是客户机物理地址：要读到客户机的第一个表项，得先由 ${TABLE[table]} 转换它，从根表 ${root} 开始。`,
  read: ({ number, table, level, bits, slot, translates, hpa, gpa }) =>
    table === 'guest' && gpa === null
      ? `第 ${number} 次读，第 ${level} 级：${translates} 的位 ${bits} 选中 ${slot} 号表项，位于 ${hpa}。`
      : table === 'guest'
        ? `第 ${number} 次读，客户机第 ${level} 级：${translates} 的位 ${bits} 选中 ${slot} 号表项，客户机物理地址 ${gpa ?? ''}，实际在宿主机物理地址 ${hpa}。`
        : `第 ${number} 次读，${TABLE[table]} 第 ${level} 级：客户机物理地址 ${translates} 的位 ${bits} 选中 ${slot} 号表项，位于宿主机物理地址 ${hpa}。`,
  pointsTo: ({ table, level, target, value, gpa }) =>
    `它的值是 ${value}，指向第 ${level - 1} 级表 ${target}${
      table === 'guest' && gpa !== null ? '。这又是客户机物理地址，接着就要转换它' : ''
    }。`,
  maps: ({ table, page, target, value, reached, gpa, row }) =>
    table === 'guest' && gpa !== null
      ? `它的值是 ${value}，映射客户机物理地址 ${target} 处的 ${SIZE[page ?? '4K']} 页。加上页内偏移得 ${reached}，这是最后一个要转换的地址。`
      : table === 'guest'
        ? `它的值是 ${value}，映射 ${target} 处的 ${SIZE[page ?? '4K']} 页。加上页内偏移得 ${reached}。`
        : `它的值是 ${value}，映射一个 ${SIZE[page ?? '4K']} 页：${
            row === 0 ? '数据' : `客户机第 ${row} 级表项`
          }位于宿主机物理地址 ${reached}。`,
  notPresent: ({ value }) => `它的值是 ${value}：不存在。遍历到此为止。`,
  reserved: ({ value }) => `它的值是 ${value}，有保留位为 1。遍历到此为止。`,
  misconfigured: ({ value }) => `它的值是 ${value}，EPT 表项不允许这样的值。遍历到此为止。`,
  store: ({ table, level, native, set, before, value, hpa }) =>
    `处理器在 ${hpa} 处的${entry(table, level, native)}中置${set.join('和')}：${before} 变为 ${value}。`,
  ok: ({ gva, hpa, reads, page, nested }) =>
    `${gva} 对应${nested ? '宿主机' : ''}物理地址 ${hpa}，共读内存 ${reads} 次。TLB 会把它记为一个 ${SIZE[page]} 页。`,
  pageFault: ({ code, cr2, why, reads, nested }) =>
    `缺页异常（#PF），错误码 ${code}，此前读了 ${reads} 次：${why}。CR2 为 ${cr2}。${
      nested ? '由客户机自己的处理程序接手，没有 VM 退出。' : ''
    }`,
  protection: ({ gva, levels }) =>
    `一般保护异常（#GP）：${gva} 不是规范地址，从位 ${levels === 5 ? 56 : 47} 往上不全相等。一张表也没有读。`,
  violation: ({ qualification, gpa, why }) =>
    `EPT 违例，引起 VM 退出，退出限定 ${qualification}：${why}。客户机物理地址 ${gpa}。`,
  misconfiguration: ({ gpa }) =>
    `EPT 配置错误，引起 VM 退出，客户机物理地址 ${gpa}。这里没有退出限定：错的是表项本身。`,
  nestedFault: ({ code, gpa, why }) =>
    `嵌套缺页（#NPF），引起 VM 退出，EXITINFO1 为 ${code}：${why}。客户机物理地址 ${gpa}。`,
  tooWide: ({ gpa }) => `客户机物理地址 ${gpa} 超过 48 位，四级嵌套页表无法转换。`,
  why: {
    notPresent: '有表项不存在',
    reserved: '有表项的保留位为 1',
    right: (kind) =>
      ({ read: '表项不允许这次读', write: '表项不允许这次写', fetch: '表项不允许这次取指' })[kind],
    tableWrite: '访问客户机页表按写计，而它所在的页不可写',
    update: '要在客户机表项中置访问位或脏位，而它所在的页不可写',
  },
  memoryType: (type) =>
    ({
      0: '不可缓存（UC）',
      1: '写合并（WC）',
      4: '直写（WT）',
      5: '写保护（WP）',
      6: '回写（WB）',
    })[type] ?? '没有这种类型',
  bit: {
    P: { name: '存在', set: '表项有效', clear: '这里没有映射，其他位无意义' },
    RW: { name: '读/写', set: '可写', clear: '只读' },
    US: { name: '用户/特权', set: '用户态可访问', clear: '仅特权态' },
    PWT: { name: '直写', set: '直写', clear: '回写' },
    PCD: { name: '禁用缓存', set: '不缓存', clear: '缓存' },
    A: { name: '访问位', set: '转换时用过', clear: '清除后未用过' },
    D: { name: '脏位', set: '页被写过', clear: '清除后未写过' },
    PS: { name: '页大小', set: '映射大页', clear: '指向下一级表' },
    PAT: { name: 'PAT', set: '内存类型第三位为 1', clear: '内存类型第三位为 0' },
    G: { name: '全局', set: '加载 CR3 后仍留在 TLB', clear: '只属于本地址空间' },
    XD: { name: '禁止执行', set: '不可取指', clear: '可取指' },
    protectionKey: { name: '保护键', set: '此处未用', clear: '此处未用' },
    R: { name: '读', set: '可读', clear: '不可读' },
    W: { name: '写', set: '可写', clear: '不可写' },
    X: { name: '执行', set: '可取指', clear: '不可取指' },
    memoryType: { name: '内存类型', set: '', clear: '' },
    ignorePat: { name: '忽略 PAT', set: '不看客户机的 PAT', clear: '与客户机的 PAT 合并' },
    large: { name: '大页', set: '映射大页', clear: '指向下一级表' },
    eptA: { name: '访问位', set: '转换时用过', clear: '清除后未用过' },
    eptD: { name: '脏位', set: '页被写过', clear: '清除后未写过' },
    address: { name: '地址', set: '', clear: '' },
    ignored: { name: '忽略', set: '供软件使用', clear: '供软件使用' },
    reserved: { name: '保留', set: '必须为 0，否则出错', clear: '必须为 0' },
  },
  code: {
    errorCode: [
      { bit: 0, name: 'P', set: '表项都存在', clear: '有表项不存在' },
      { bit: 1, name: 'W/R', set: '访问是写', clear: '访问不是写' },
      { bit: 2, name: 'U/S', set: '来自用户态', clear: '来自特权态' },
      { bit: 3, name: 'RSVD', set: '有保留位为 1', clear: '保留位都为 0' },
      { bit: 4, name: 'I/D', set: '访问是取指', clear: '不是取指' },
    ],
    qualification: [
      { bit: 0, name: 'read', set: '访问是读数据', clear: '不是读数据' },
      { bit: 1, name: 'write', set: '访问是写数据', clear: '不是写数据' },
      { bit: 2, name: 'fetch', set: '访问是取指', clear: '不是取指' },
      { bit: 3, name: 'R', set: '表项允许读', clear: '表项不允许读' },
      { bit: 4, name: 'W', set: '表项允许写', clear: '表项不允许写' },
      { bit: 5, name: 'X', set: '表项允许取指', clear: '表项不允许取指' },
      { bit: 7, name: 'linear', set: '涉及线性地址', clear: '不涉及线性地址' },
      { bit: 8, name: 'final', set: '在转换该地址本身时', clear: '在访问客户机页表时' },
    ],
    exitInfo: [
      { bit: 0, name: 'P', set: '嵌套表项都存在', clear: '有嵌套表项不存在' },
      { bit: 1, name: 'RW', set: '访问是写', clear: '访问不是写' },
      { bit: 2, name: 'US', set: '嵌套访问一律按用户态', clear: '' },
      { bit: 3, name: 'RSV', set: '有保留位为 1', clear: '保留位都为 0' },
      { bit: 4, name: 'ID', set: '访问是取指', clear: '不是取指' },
      { bit: 32, name: 'final', set: '在转换该地址本身时', clear: '不在最终转换中' },
      { bit: 33, name: 'table', set: '在访问客户机页表时', clear: '不在客户机页表处' },
    ],
  },
};
