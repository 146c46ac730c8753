import type { Ledgers } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { FrameChoice } from '#lib/figures/frames/source.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import type { ConsoleSession } from './console.svelte.ts';
import { cardMessages } from './card-messages.ts';
import type { Domain } from './model.ts';
import type { Found } from './numbers.ts';
import { QUANTITIES } from './quantities.ts';
import type { Account, Books, Quantity } from './quantities.ts';

/** One quantity in three ledgers. */
export interface Card {
  title: string;
  rows: { side: string; name: string | null; value: string }[];
  why: string;
  /** The frames that are counted; null where none are. */
  frames: FrameChoice | null;
}

/** A domain by what a command calls it: its name or number. */
const named = (domains: readonly Domain[], name: string): Domain | undefined =>
  domains.find((one) => one.name === name || String(one.id) === name);

const isOf = (domain: Domain, ledgers: Ledgers | null): [Domain, Ledgers][] =>
  ledgers === null ? [] : [[domain, ledgers]];

/** What is said of a number that a command printed; null where the domain is gone. */
export function cardOf(session: ConsoleSession, locale: Locale, found: Found): Card | null {
  const { model, memory, domains } = session;
  const t = cardMessages(locale);
  if (model === null || memory === null) return null;
  const meant = found.domain === null ? null : named(domains, found.domain);
  if (meant === undefined) return null;
  const running = (meant === null ? domains : [meant]).flatMap((domain) =>
    isOf(domain, model.ledgers(domain.name)),
  );
  const books: Books = {
    host: memory.meminfo,
    domains: running.map(([, ledgers]) => ledgers),
    promised: (meant === null ? running.map(([domain]) => domain) : [meant]).reduce(
      (sum, { maxKiB }) => sum + maxKiB,
      0,
    ),
  };
  const quantity: Quantity = QUANTITIES[found.quantity];
  const valueOf = (account: Account | null, isLive: boolean): string => {
    if (account === null) return '';
    if (!isLive) return t.card.off;
    const value = account.of(books);
    if (quantity.unit === 'count') return formatNumber(locale, value);
    return t.card.mib(formatNumber(locale, Math.round(value / 1024)), formatNumber(locale, value));
  };
  // libvirt knows what it promised to a domain that does not run, too.
  const isLive = meant === null || running.length > 0;
  const sides = ['guest', 'libvirt', 'host'] as const;
  const whose = meant === null ? null : meant.name;
  return {
    title: whose === null ? found.field : t.card.title(found.field, whose),
    rows: sides.map((side) => ({
      side: side === 'guest' && whose === null ? t.card.guests : t.card.sides[side],
      name: quantity[side]?.name ?? null,
      value: valueOf(quantity[side], isLive || found.quantity === 'max'),
    })),
    why: t.why[found.quantity],
    frames: framesOf(quantity, whose, running[0]?.[1] ?? null),
  };
}

function framesOf(
  { frames }: Quantity,
  domain: string | null,
  ledgers: Ledgers | null,
): FrameChoice | null {
  if (frames === null) return null;
  if (frames !== 'own') return { kind: frames };
  if (domain === null || ledgers === null) return null;
  // A guest on huge pages has none of the ordinary ones.
  return { kind: ledgers.host.HugetlbPages > 0 ? 'hugetlb-used' : 'anonymous', owner: domain };
}
