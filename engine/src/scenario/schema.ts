import * as z from 'zod/mini';
import { APPETITES } from '../linux/linux.ts';
import { GEOMETRY_NAMES } from '../tlb/geometries.ts';

/**
 * A scenario: a machine and what is done on it, as plain JSON. This is its one definition: the types,
 * the check and the published JSON Schema all come from here.
 */

function described<T extends z.ZodMiniType>(type: T, description: string): T {
  z.globalRegistry.add(type, { description });
  return type;
}

const size = (description: string) =>
  described(z.string().check(z.regex(/^\d{1,12}[KMGT]?$/)), description);
const name = described(
  z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,31}$/)),
  'a name of at most 32 letters, digits, "_", "." and "-", a letter first',
);
const address = (description: string) =>
  described(z.string().check(z.regex(/^0x[0-9A-Fa-f]{1,16}$/)), description);
const count = (description: string, most: number) =>
  described(z.int().check(z.minimum(1), z.maximum(most)), description);

const PAGES_MOST = 1 << 20;
const pages = z._default(count('number of pages', PAGES_MOST), 1);
const atOnce = z.optional(
  described(z.boolean(), 'all pages are one step; what happened in it is only counted'),
);
const pageSize = z.enum(['4K', '2M', '1G']);
const flags = described(
  z.string().check(z.regex(/^(?!.*(.).*\1)[rwxugad]*$/)),
  'rights and marks of the entry: r present, w writable, x executable, u user, g global, a accessed, d dirty',
);

const host = z.strictObject({
  memory: z._default(size('memory of the host, like "64M"'), '4G'),
  swap: z._default(size('size of the host’s swap area; "0" for none'), '0'),
  hugepages: z._default(
    described(
      z.strictObject({
        '2M': z._default(z.int().check(z.minimum(0), z.maximum(1 << 20)), 0),
        '1G': z._default(z.int().check(z.minimum(0), z.maximum(1 << 10)), 0),
      }),
      'pages in the pools of huge pages; 0 for as many as the guests need',
    ),
    { '2M': 0, '1G': 0 },
  ),
  thp: z._default(
    described(z.enum(['never', 'madvise', 'always']), 'transparent huge pages'),
    'never',
  ),
  ksm: z._default(
    described(
      z.boolean(),
      'kernel same-page merging: ksmd goes through the guests’ pages as time passes; the action "ksm" has it do so in any case',
    ),
    false,
  ),
  swappiness: z._default(
    described(
      z.int().check(z.minimum(0), z.maximum(200)),
      'vm.swappiness: what swapping costs beside reading files again',
    ),
    60,
  ),
  cpus: z._default(
    count(
      'processors, each with a TLB of its own, on which the virtual CPUs run in turn; bare metal has one for each of its vcpus',
      64,
    ),
    1,
  ),
});

const mmu = z.strictObject({
  mode: described(z.enum(['shadow', 'ept', 'npt', 'native']), 'who translates for the guests'),
  levels: z._default(
    described(z.union([z.literal(4), z.literal(5)]), "levels of the guests' tables"),
    4,
  ),
  nestedLevels: z.optional(
    described(
      z.union([z.literal(4), z.literal(5)]),
      'levels of the nested tables; those of the guests’ when it is not given',
    ),
  ),
  vpid: z._default(
    described(z.boolean(), 'each virtual CPU tags its translations (VPID; ASID on AMD)'),
    true,
  ),
  pcid: z._default(described(z.boolean(), 'each process tags its translations (PCID)'), false),
  writeProtect: z.optional(
    described(
      z.boolean(),
      'under shadow: KVM write-protects the guests’ page tables, as it must; false shows what becomes of a guest where it does not',
    ),
  ),
});

const workload = {
  kind: described(
    z.enum(APPETITES),
    'idle: next to nothing; cache: reads a file of `memory`, some parts more than others; growing: takes more until it has `memory`; bursty: takes it and gives it back; diurnal: works on much by day and little by night',
  ),
  memory: z._default(size('memory of the application at its most'), '64M'),
  rate: z._default(
    described(
      z.int().check(z.minimum(0), z.maximum(10_000_000)),
      'pages that it touches in a second when nothing makes it wait',
    ),
    20_000,
  ),
  period: z._default(
    described(
      z.int().check(z.minimum(1), z.maximum(100_000_000)),
      'of bursts, of growing, of a day; in milliseconds',
    ),
    20_000,
  ),
  writes: z._default(
    described(
      z.int().check(z.minimum(0), z.maximum(100)),
      'of a hundred touches, how many are writes',
    ),
    30,
  ),
};

const linux = z.strictObject({
  image: z._default(
    described(
      z.int().check(z.minimum(1), z.maximum(1 << 20)),
      'number of the image that it boots from; equal images have equal files',
    ),
    1,
  ),
  seed: z._default(described(z.int().check(z.minimum(1)), 'of all that it does at random'), 1),
  swap: z._default(size('size of its own swap area; "0" for none'), '0'),
  deflateOnOom: z._default(z.boolean(), false),
  freePageReporting: z._default(z.boolean(), false),
  workload: z._default(z.strictObject(workload), {
    kind: 'idle',
    memory: '64M',
    rate: 20_000,
    period: 20_000,
    writes: 30,
  }),
});

const guest = z.strictObject({
  name,
  memory: size('memory of the guest, from 8M up'),
  backing: z._default(
    described(z.enum(['4K', '2M', '1G', 'thp']), 'what the host backs its memory with'),
    '4K',
  ),
  vcpus: z._default(count('virtual CPUs; on bare metal, processors', 16), 1),
  linux: z.optional(
    described(
      linux,
      'the guest runs a Linux of its own, which lives as time passes (the action "wait")',
    ),
  ),
});

const machine = z.strictObject({
  host: z.prefault(host, {}),
  mmu,
  tlb: z._default(
    described(
      z.union([z.string(), z.looseObject({})]),
      `a TLB by name (${GEOMETRY_NAMES.join(', ')}, none) or by its arrays`,
    ),
    'reference',
  ),
  costs: z._default(
    described(z.record(z.string(), z.int().check(z.minimum(0))), 'cycles by kind of event'),
    {},
  ),
  guests: z.array(guest).check(z.minLength(1), z.maxLength(64)),
});

const where = { guest: name, process: name };
const vcpu = z._default(z.int().check(z.minimum(0), z.maximum(15)), 0);
const gva = address('guest-virtual address');
const gpa = z.optional(address('guest-physical address; the next free guest frames without it'));

const actions = [
  z.strictObject({ do: z.literal('process'), guest: name, name, vcpu }),
  z.strictObject({ do: z.literal('fork'), ...where, name, vcpu }),
  z.strictObject({
    do: z.literal('map'),
    ...where,
    gva,
    pages,
    page: z._default(pageSize, '4K'),
    flags,
    gpa,
    atOnce,
    vcpu,
  }),
  z.strictObject({ do: z.literal('unmap'), ...where, gva, pages, vcpu }),
  z.strictObject({ do: z.literal('remap'), ...where, gva, pages, gpa, vcpu }),
  z.strictObject({ do: z.literal('protect'), ...where, gva, pages, flags, vcpu }),
  z.strictObject({
    do: z.literal('access'),
    ...where,
    gva,
    pages,
    page: z._default(pageSize, '4K'),
    kind: z.enum(['read', 'write', 'fetch']),
    user: z._default(z.boolean(), true),
    content: z.optional(
      described(
        z.int().check(z.minimum(0)),
        'what a written page holds afterwards; equal numbers are equal pages',
      ),
    ),
    atOnce,
    vcpu,
  }),
  z.strictObject({
    do: z.literal('work'),
    ...where,
    gva,
    area: described(
      z.int().check(z.minimum(1), z.maximum(PAGES_MOST)),
      'pages of 4 KiB from gva on that it works in; mapped before',
    ),
    accesses: count('accesses, each to a page drawn at random', 100_000),
    hot: z._default(
      described(
        z.int().check(z.minimum(0), z.maximum(100)),
        'of a hundred accesses, how many go to the first tenth of the pages; 10 is everywhere alike',
      ),
      10,
    ),
    writes: z._default(
      described(
        z.int().check(z.minimum(0), z.maximum(100)),
        'of a hundred accesses, how many are writes',
      ),
      30,
    ),
    updates: z._default(
      described(
        z.int().check(z.minimum(0), z.maximum(1000)),
        'of a thousand accesses, how many are followed by a change of a page-table entry of `scratch`: it is pointed at another frame, invalidated, and its page read',
      ),
      0,
    ),
    scratch: z.optional(
      described(
        z.strictObject({
          gva,
          gpa: address('guest-physical address of its frames, twice as many as pages'),
          pages: count('pages of 4 KiB, mapped before', 512),
        }),
        'the area whose entries change',
      ),
    ),
    seed: z._default(described(z.int().check(z.minimum(1)), 'of what is drawn at random'), 1),
    vcpu,
  }),
  z.strictObject({ do: z.literal('switch'), ...where, vcpu }),
  z.strictObject({ do: z.literal('invlpg'), ...where, gva, pages, vcpu }),
  z.strictObject({
    do: z.literal('discard'),
    guest: name,
    gpa: address('guest-physical address'),
    pages,
  }),
  z.strictObject({
    do: z.literal('balloon'),
    guest: name,
    target: size('memory that is left to the guest, like "512M"'),
  }),
  z.strictObject({
    do: z.literal('ksm'),
    passes: z._default(count('passes of ksmd over all mergeable pages', 1000), 1),
  }),
  z.strictObject({
    do: z.literal('wait'),
    ms: described(
      z.int().check(z.minimum(10), z.maximum(3_600_000), z.multipleOf(10)),
      'milliseconds that pass, in tens',
    ),
  }),
  z.strictObject({ do: z.literal('workload'), guest: name, ...workload }),
  z.strictObject({
    do: z.literal('host'),
    ksm: z.optional(
      z.strictObject({
        run: z.optional(z.int().check(z.minimum(0), z.maximum(2))),
        pages_to_scan: z.optional(z.int().check(z.minimum(0), z.maximum(10_000_000))),
        sleep_millisecs: z.optional(z.int().check(z.minimum(0), z.maximum(1_000_000))),
        max_page_sharing: z.optional(z.int().check(z.minimum(2), z.maximum(1_000_000))),
        use_zero_pages: z.optional(z.int().check(z.minimum(0), z.maximum(1))),
      }),
    ),
    swappiness: z.optional(z.int().check(z.minimum(0), z.maximum(200))),
    hugepages: z.optional(
      z.strictObject({
        '2M': z.optional(z.int().check(z.minimum(0), z.maximum(1 << 20))),
        '1G': z.optional(z.int().check(z.minimum(0), z.maximum(1 << 10))),
      }),
    ),
  }),
  z.strictObject({ do: z.literal('mark'), name: z.string().check(z.maxLength(64)) }),
] as const;

const action = z.discriminatedUnion('do', actions);

export const scenarioSchema = z.strictObject({
  $schema: z.optional(z.string()),
  machine,
  actions: z._default(z.array(action), []),
});

/** A scenario as written: what has a default may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
/** A scenario with everything said. */
export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioMachine = Scenario['machine'];
export type Action = Scenario['actions'][number];
export type ActionInput = NonNullable<ScenarioInput['actions']>[number];

/** Names of the actions. */
export const ACTION_NAMES = actions.map((each) => each.def.shape.do.def.values[0]);

/** The JSON Schema of a scenario as people write it (draft 2020-12). */
export function scenarioJsonSchema(): object {
  return {
    ...z.toJSONSchema(scenarioSchema, { io: 'input' }),
    title: 'A Pagewalk scenario',
    description: 'A machine with its guests, and what is done on it, in order.',
  };
}
