import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words on the picture of the four address spaces. */
const en = {
  gva: 'guest virtual (GVA)',
  gpa: 'guest physical (GPA)',
  hva: 'host virtual (HVA): QEMU’s memory',
  hpa: 'host physical (HPA): frames of the host',
  guest: (name: string, resident: number, frames: number) =>
    `guest ${name}: ${resident.toLocaleString('en-US')} of ${frames.toLocaleString('en-US')} pages resident`,
  numbers: 'Numbers in the cells are page numbers, in hexadecimal.',
  none: 'Nothing is mapped yet.',
  device: 'device',
  noFrame: 'no frame yet',
  chain: (process: string, gva: string, gpa: string, hpa: string | null, isMemory: boolean) =>
    `${process}: guest virtual ${gva}, guest physical ${gpa}, ${
      isMemory
        ? hpa === null
          ? 'no frame of the host yet'
          : `host physical ${hpa}`
        : 'no memory there, a device'
    }`,
};
export type SpacesMessages = typeof en;

const zh: SpacesMessages = {
  gva: '客户机虚拟(GVA)',
  gpa: '客户机物理(GPA)',
  hva: '宿主机虚拟(HVA)：QEMU 的内存',
  hpa: '宿主机物理(HPA)：宿主机的页框',
  guest: (name, resident, frames) =>
    `客户机 ${name}：${frames.toLocaleString('en-US')} 个页中有 ${resident.toLocaleString('en-US')} 个常驻`,
  numbers: '格子里是十六进制的页号。',
  none: '还没有映射。',
  device: '设备',
  noFrame: '还没有页框',
  chain: (process, gva, gpa, hpa, isMemory) =>
    `${process}：客户机虚拟 ${gva}，客户机物理 ${gpa}，${
      isMemory ? (hpa === null ? '宿主机还没有页框' : `宿主机物理 ${hpa}`) : '那里没有内存，是设备'
    }`,
};

export const spacesMessages = (locale: Locale): SpacesMessages => ({ en, zh })[locale];
