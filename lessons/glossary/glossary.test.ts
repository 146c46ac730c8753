import { describe, expect, it } from 'vitest';
import en from './en.ts';
import type { GlossaryEntry } from './en.ts';
import zh from './zh.ts';

/** The translations that the curriculum fixes, of the terms that are here. */
const FIXED: [keyof typeof en, string, string][] = [
  ['gva', 'guest virtual address (GVA)', '客户机虚拟地址'],
  ['gpa', 'guest physical address (GPA)', '客户机物理地址'],
  ['hva', 'host virtual address (HVA)', '宿主机虚拟地址'],
  ['hpa', 'host physical address (HPA)', '宿主机物理地址'],
  ['shadow', 'shadow page table', '影子页表'],
  ['ept', 'extended page tables (EPT)', '扩展页表(EPT)'],
  ['npt', 'nested paging (NPT)', '嵌套页表(NPT)'],
  ['walk2d', 'two-dimensional page walk', '二维页表遍历'],
  ['tlb', 'translation lookaside buffer (TLB)', '旁路转换缓冲(TLB)'],
  ['vpid', 'virtual processor identifier (VPID)', '虚拟处理器标识(VPID)'],
  ['exit', 'VM exit / VM entry', 'VM 退出 / VM 进入'],
  ['hugepage', 'huge page', '大页'],
  ['pagefault', 'page fault', '缺页异常'],
  ['ad', 'dirty / accessed bit', '脏位 / 访问位'],
];

describe('the glossary', () => {
  it.each(FIXED)('has %s as the curriculum fixes it', (id, english, chinese) => {
    expect(en[id].term).toBe(english);
    expect(zh[id].term).toBe(chinese);
  });

  it('says each term in at most 25 words, and in one line of Chinese', () => {
    for (const [id, { short }] of Object.entries<GlossaryEntry>(en)) {
      expect(short.split(/\s+/).length, id).toBeLessThanOrEqual(25);
    }
    for (const [id, { short }] of Object.entries<GlossaryEntry>(zh)) {
      expect([...short].length, id).toBeLessThanOrEqual(60);
      expect(short, id).toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it('has the same terms in both languages, with sources for the same', () => {
    const [english, chinese]: Record<string, GlossaryEntry>[] = [en, zh];
    expect(Object.keys(chinese ?? {})).toEqual(Object.keys(english ?? {}));
    for (const [id, { source }] of Object.entries(english ?? {})) {
      expect(chinese?.[id]?.source === undefined, id).toBe(source === undefined);
    }
  });
});
