/** How a simulated answer is held against a recorded one (../shared/transcripts/README.md, "Comparing"). */

export interface RecordedStep {
  cmd: string;
  stdout?: string;
  stderr?: string;
  tty?: string;
  exit: number;
  cut_off?: boolean;
  match?: 'exact' | 'shape' | 'exit';
  volatile?: { re: string; why: string }[];
}

export interface Answered {
  stdout?: string;
  stderr?: string;
  tty?: string;
  exit: number;
}

/** What differs, in a few words; null where nothing does. */
export function difference(step: RecordedStep, answer: Answered, family: string): string | null {
  if (step.cut_off !== true && step.exit !== answer.exit) {
    return `exit ${answer.exit}, recorded ${step.exit}`;
  }
  if (step.match === 'exit') return null;
  for (const stream of ['stdout', 'stderr', 'tty'] as const) {
    const expected = step[stream];
    if (expected === undefined) continue;
    const actual = answer[stream] ?? '';
    const [one, other] = [expected, actual].map((text) => {
      const plain = withoutVolatile(text, step.volatile ?? []);
      if (family === 'virsh-help') return withoutDescriptions(plain);
      return step.match === 'shape' ? shapeOf(plain) : plain;
    });
    if (one !== other) return `${stream}: ${firstDifference(one ?? '', other ?? '')}`;
  }
  return null;
}

/** Every match of every pattern in the text as it was; those that touch are one. */
function withoutVolatile(text: string, volatile: readonly { re: string }[]): string {
  const ranges = volatile
    .flatMap(({ re }) => [...text.matchAll(new RegExp(re, 'gm'))])
    .map((match): [number, number] => [match.index, match.index + match[0].length])
    .filter(([from, to]) => to > from)
    .sort(([a], [b]) => a - b);
  let out = '';
  let at = 0;
  for (const [from, to] of ranges) {
    if (to <= at) continue;
    if (from >= at) out += `${text.slice(at, from)}\u{fffd}`;
    at = to;
  }
  return out + text.slice(at);
}

/**
 * Headings, labels, the order of lines and units: numbers become `#`, and what follows a label is its host's
 * own. Lines that say the same but for their numbers count once.
 */
function shapeOf(text: string): string {
  const lines = text.split('\n').map((line) => {
    const label = /^\s*([A-Za-z][\w ()/.@-]*?)\s*[:=]/.exec(line);
    const first = label === null ? line : `${label[1] ?? ''}:`;
    return first
      .replace(/\b(0x)?[0-9a-f]{4,}\b/gi, '#')
      .replace(/[\d.]+/g, '#')
      .replace(/\s+/g, ' ')
      .trim();
  });
  return lines.filter((line, index) => line !== lines[index - 1]).join('\n');
}

/** Of help: names of commands and options, headings, the synopsis; not what is said of them. */
function withoutDescriptions(text: string): string {
  let inDescription = false;
  return text
    .split('\n')
    .map((line) => {
      const heading = /^ {2}[A-Z]+$/.test(line);
      if (heading) inDescription = line.trim() === 'DESCRIPTION';
      if (inDescription && !heading) return '';
      // What goes on over the line, or is not indented at all, is said of an option too.
      if (/^ {12,}\S/.test(line) || /^[a-z]/.test(line)) return '';
      // NAME - what it does; a command or option, then what it does.
      return line.replace(/^(\s+(?:\[?--?)?[\w<>[\]|.=-]+(?: <[^>]*>)?(?: -)?) {1,}\S.*$/, '$1');
    })
    .filter((line) => line !== '')
    .join('\n');
}

function firstDifference(expected: string, actual: string): string {
  const [one, other] = [expected.split('\n'), actual.split('\n')];
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    if (one[index] !== other[index]) {
      return `line ${index + 1} is ${JSON.stringify(other[index] ?? null)}, recorded ${JSON.stringify(one[index] ?? null)}`;
    }
  }
  return 'line ends differ';
}
