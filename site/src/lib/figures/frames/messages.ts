import { hex } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { FRAME_BYTES } from './source.ts';
import type { FrameInfo, FrameKind } from './source.ts';

/** The words of the map of memory and its legend. */
const en = {
  map: (frames: string, size: string) => `Map of ${size} of host memory, ${frames} frames`,
  role: 'map of memory',
  keys: 'Arrow keys move from cell to cell, with Shift ten at a time; plus and minus zoom, Home shows all.',
  hint: 'Point at a cell, or tap it. Wheel or pinch zooms, dragging moves.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  all: 'Show all',
  tools: 'Zoom',
  cell: (size: string, frames: number, count: string) =>
    frames === 1 ? 'a cell is a frame, 4 KiB' : `a cell is ${count} frames, ${size}`,
  overview: 'Where this is in the whole',
  kinds: {
    free: 'Free',
    reserved: 'Reserved at boot',
    kernel: 'Kernel’s own',
    table: 'Page tables',
    'kvm-table': 'KVM’s tables',
    anonymous: 'Host processes',
    file: 'Page cache',
    'hugetlb-free': 'Huge pages, free',
    'hugetlb-reserved': 'Huge pages, reserved',
    'hugetlb-used': 'Huge pages, used',
    ksm: 'Merged by KSM',
    'swap-cache': 'Swap cache',
    balloon: 'In the balloon',
  } satisfies Record<FrameKind, string>,
  /** A kind that belongs to a guest, without its name. */
  ofGuest: {
    anonymous: 'Guest memory',
    'hugetlb-used': 'Huge pages',
  } as Partial<Record<FrameKind, string>>,
  kindOf: (kind: string, owner: string) => `${kind}, ${owner}`,
  frame: (number: string) => `Frame ${number}`,
  frames: (first: string, last: string) => `Frames ${first} to ${last}`,
  mostly: (kind: string) =>
    `mostly ${kind.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())}`,
  inUse: (percent: string) => `${percent} % in use`,
  /** What is said of a frame, or of a cell of many. */
  sentence: (place: string, address: string, what: string, more: string) =>
    `${place}, ${address}: ${what}${more === '' ? '' : `; ${more}`}.`,
  join: ', ',
  detail: {
    gpa: 'guest-physical',
    hva: 'host-virtual',
    maps: 'mappings',
    order: 'block of 2^n frames, n =',
    level: 'level',
    page: 'page size',
    slot: 'swap slot',
    sharing: 'pages that share it',
    process: 'process',
    file: 'file',
    index: 'page in the file',
  } as Record<string, string>,
  legend: 'What the frames hold, and the lines of /proc/meminfo that count them',
  legendHint: 'Point at a row to find its frames; press it to keep them marked.',
  kib: (count: string) => `${count} KiB`,
  noLine: 'no line',
};

export type FrameMessages = typeof en;

const zh: FrameMessages = {
  map: (frames, size) => `宿主机内存图，${size}，共 ${frames} 个页框`,
  role: '内存图',
  keys: '方向键逐格移动，按住 Shift 一次十格；加号和减号缩放，Home 显示全部。',
  hint: '指向或点按一格可查看。滚轮或双指缩放，拖动平移。',
  zoomIn: '放大',
  zoomOut: '缩小',
  all: '显示全部',
  tools: '缩放',
  cell: (size, frames, count) =>
    frames === 1 ? '每格一个页框，4 KiB' : `每格 ${count} 个页框，${size}`,
  overview: '在整个内存中的位置',
  kinds: {
    free: '空闲',
    reserved: '启动时保留',
    kernel: '内核自用',
    table: '页表',
    'kvm-table': 'KVM 的页表',
    anonymous: '宿主机进程',
    file: '页缓存',
    'hugetlb-free': '大页，空闲',
    'hugetlb-reserved': '大页，已预留',
    'hugetlb-used': '大页，已使用',
    ksm: 'KSM 合并页',
    'swap-cache': '交换缓存',
    balloon: '气球占用',
  },
  ofGuest: {
    anonymous: '客户机内存',
    'hugetlb-used': '大页',
  },
  kindOf: (kind, owner) => `${kind}，${owner}`,
  frame: (number) => `页框 ${number}`,
  frames: (first, last) => `页框 ${first} 至 ${last}`,
  mostly: (kind) => `主要是${kind}`,
  inUse: (percent) => `已用 ${percent} %`,
  sentence: (place, address, what, more) =>
    `${place}，地址 ${address}：${what}${more === '' ? '' : `；${more}`}。`,
  join: '，',
  detail: {
    gpa: '客户机物理地址',
    hva: '宿主机虚拟地址',
    maps: '映射数',
    order: '所在块的阶',
    level: '级',
    page: '页大小',
    slot: '交换槽',
    sharing: '共享它的页数',
    process: '进程',
    file: '文件',
    index: '文件中的页号',
  },
  legend: '页框里是什么，由 /proc/meminfo 的哪一行计数',
  legendHint: '指向一行，图中标出它的页框；按下则一直标着。',
  kib: (count) => `${count} KiB`,
  noLine: '没有对应的行',
};

export const frameMessages = (locale: Locale): FrameMessages => (locale === 'zh' ? zh : en);

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** A size in the largest unit that leaves it at least one: 1.5 GiB. */
export function formatSize(locale: Locale, bytes: number): string {
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatNumber(locale, Math.round(value * 100) / 100)} ${UNITS[unit] ?? ''}`;
}

/** A kind's name, as it is called when a guest owns the frame. */
export function kindName(locale: Locale, kind: FrameKind, owner: string | null): string {
  const t = frameMessages(locale);
  return owner === null ? t.kinds[kind] : t.kindOf(t.ofGuest[kind] ?? t.kinds[kind], owner);
}

/** The physical address of a frame. */
export const addressOf = (frame: number): bigint => BigInt(frame) * BigInt(FRAME_BYTES);

/** What a cell of many frames is, of which only the most frequent kind is known. */
export interface CellInfo {
  first: number;
  count: number;
  kind: FrameKind;
  owner: string | null;
  /** 0 to 1. */
  fill: number;
}

/** A detail's name and value. */
export const detailsOf = (locale: Locale, info: FrameInfo): [name: string, value: string][] =>
  Object.entries(info.detail).map(([name, value]) => [
    frameMessages(locale).detail[name] ?? name,
    typeof value === 'number' ? formatNumber(locale, value) : value,
  ]);

/** One frame in a sentence. */
export function frameSentence(locale: Locale, frame: number, info: FrameInfo): string {
  const t = frameMessages(locale);
  return t.sentence(
    t.frame(formatNumber(locale, frame)),
    hex(addressOf(frame)),
    kindName(locale, info.kind, info.owner),
    detailsOf(locale, info)
      .map(([name, value]) => `${name} ${value}`)
      .join(t.join),
  );
}

/** Per cent that do not round to none or all, where some are and some are not. */
export const percentOf = (fill: number): string =>
  String(fill > 0 && fill < 1 ? Math.max(1, Math.min(99, Math.round(fill * 100))) : fill * 100);

/** Many frames in a sentence. */
export function cellSentence(locale: Locale, cell: CellInfo): string {
  const t = frameMessages(locale);
  const name = kindName(locale, cell.kind, cell.owner);
  return t.sentence(
    t.frames(formatNumber(locale, cell.first), formatNumber(locale, cell.first + cell.count - 1)),
    hex(addressOf(cell.first)),
    cell.fill === 0 ? name : t.mostly(name),
    cell.fill === 0 ? '' : t.inUse(percentOf(cell.fill)),
  );
}
