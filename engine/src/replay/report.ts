import type { DesignResult } from './replay.ts';

/** A replay's results as text: for a program, for a spreadsheet, for a person. */

export const jsonReport = (trace: string, designs: readonly DesignResult[]): string =>
  `${JSON.stringify({ trace, designs }, null, 2)}\n`;

const COLUMNS = [
  'accesses',
  'tlb_l1_hits',
  'tlb_l2_hits',
  'tlb_misses',
  'walk_refs',
  'exits',
  'cycles',
] as const;

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** RFC 4180, but for the line ends; a header first. */
export function csvReport(trace: string, designs: readonly DesignResult[]): string {
  const rows = designs.map((design) => [
    quoted(trace),
    quoted(design.design),
    ...COLUMNS.map((column) => String(design[column])),
  ]);
  return [['trace', 'design', ...COLUMNS], ...rows].map((row) => `${row.join(',')}\n`).join('');
}

const HEADINGS: Record<(typeof COLUMNS)[number], string> = {
  accesses: 'accesses',
  tlb_l1_hits: 'L1 hits',
  tlb_l2_hits: 'L2 hits',
  tlb_misses: 'misses',
  walk_refs: 'walk refs',
  exits: 'exits',
  cycles: 'cycles',
};

/** 1234567 as 1,234,567, whatever the locale. */
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

export function tableReport(designs: readonly DesignResult[]): string {
  const rows = [
    ['design', ...COLUMNS.map((column) => HEADINGS[column])],
    ...designs.map((design) => [
      design.design,
      ...COLUMNS.map((column) => grouped(design[column])),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      );
      return `${cells.join('  ')}\n`;
    })
    .join('');
}
