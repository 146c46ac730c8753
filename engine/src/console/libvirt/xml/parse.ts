import { byteLength } from '../../fs/content.ts';
import { fail } from '../errors.ts';
import type { Element } from './node.ts';

/**
 * Reads XML 1.0 and fails as libxml2 2.9.14 does (parser.c): its first fatal error, with the place and the line
 * as libvirt prints them (virxml.c, catchXMLError).
 */

/** xmlParserMaxDepth. */
const DEPTH_MOST = 256;
/** Characters of a document; libvirt's messages carry no more than 4 MiB of a string (VIR_NET_MESSAGE_STRING_MAX). */
const LENGTH_MOST = 4 * 2 ** 20;
/** Characters that an entity of the document may stand for. */
const ENTITY_MOST = 1000;

const NAME_START =
  /[:A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]/uy;
const NAME =
  /[-:.\w\u{B7}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{37D}\u{37F}-\u{1FFF}\u{203F}\u{2040}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]*/uy;
const BLANK = /\s/;
const BLANKS = /[ \t\r\n]*/y;
/** Characters that no document may have. */
const BAD = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const PREDEFINED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** `where` names the document in errors: `(domain_definition)`. */
export function parseXml(text: string, where: string): Element {
  if (text.length > LENGTH_MOST) fail('INTERNAL_ERROR', 'XML document is too long');
  const entities = new Map(Object.entries(PREDEFINED));
  let at = 0;

  /** Fails at the place where the reader stands, or at `place`. */
  const bad = (message: string, place = at, counted = place): never => {
    // The place may be a line's end: the line before it is meant then.
    let from = place;
    while (from > 0 && /[\r\n]/.test(text[from] ?? '')) from--;
    while (from > 0 && !/[\r\n]/.test(text[from] ?? '')) from--;
    if (/[\r\n]/.test(text[from] ?? '')) from++;
    const line = /^[^\r\n]*/.exec(text.slice(from))?.[0] ?? '';
    const dashes = '-'.repeat(Math.max(0, byteLength(text.slice(from, place))));
    const number = text.slice(0, counted).split('\n').length;
    return fail(
      'XML_DETAIL',
      `${where}:${number}: ${message}\n${line === '' ? '(null)' : line}\n${dashes}^`,
    );
  };
  const looking = (what: string): boolean => text.startsWith(what, at);
  const skip = (what: RegExp): string => {
    what.lastIndex = at;
    const found = what.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const name = (): string => {
    NAME_START.lastIndex = at;
    return NAME_START.test(text) ? skip(NAME) : '';
  };
  /** Checks characters of a piece before it is taken. */
  const check = (piece: string, message: (code: number) => string): void => {
    const found = BAD.exec(piece);
    if (found === null) return;
    const code = found[0].charCodeAt(0);
    const place = at + found.index;
    if (code >= 0xdc80 && code <= 0xdcff) {
      const bytes = new Uint8Array(4);
      const after = text.slice(place, place + 4);
      for (let index = 0; index < 4; index++) bytes[index] = after.charCodeAt(index) || 0;
      const list = [...bytes].map(
        (byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      );
      bad(`Input is not proper UTF-8, indicate encoding !\nBytes: ${list.join(' ')}`, place);
    }
    bad(message(code), place);
  };

  /** A reference; what it stands for. */
  const reference = (): string => {
    const digits = /&#(x?)([0-9a-fA-F]*)/y;
    digits.lastIndex = at;
    const found = digits.exec(text);
    if (found !== null) {
      const hex = found[1] === 'x';
      const number = (hex ? /^[0-9a-fA-F]*/ : /^\d*/).exec(found[2] ?? '')?.[0] ?? '';
      at += 2 + (hex ? 1 : 0) + number.length;
      if (text[at] !== ';') {
        bad(`CharRef: invalid ${hex ? 'hexadecimal' : 'decimal'} value`);
      }
      at++;
      const code = Number.parseInt(number || '0', hex ? 16 : 10);
      const valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      if (!valid || BAD.test(String.fromCodePoint(code))) {
        bad(`xmlParseCharRef: invalid xmlChar value ${code > 0x7fffffff ? 0 : code}`);
      }
      return String.fromCodePoint(code);
    }
    at++;
    const entity = name();
    if (entity === '') bad('xmlParseEntityRef: no name');
    if (text[at] !== ';') bad("EntityRef: expecting ';'");
    at++;
    return entities.get(entity) ?? bad(`Entity '${entity}' not defined`);
  };

  const attributeValue = (): string => {
    const quote = text[at];
    if (quote !== '"' && quote !== "'") bad('AttValue: " or \' expected');
    at++;
    const plain = quote === '"' ? /[^"&<]*/y : /[^'&<]*/y;
    let value = '';
    for (;;) {
      plain.lastIndex = at;
      check(plain.exec(text)?.[0] ?? '', () => 'invalid character in attribute value');
      value += skip(plain).replace(/\r\n?|[\t\n]/g, ' ');
      if (text[at] === quote) break;
      if (text[at] === '<') bad("Unescaped '<' not allowed in attributes values");
      if (at >= text.length) bad("AttValue: ' expected");
      value += reference();
    }
    at++;
    return value;
  };

  const comment = (): void => {
    const from = at + 4;
    const end = text.indexOf('--', from);
    if (end < 0) {
      at = text.length;
      bad('Comment not terminated');
    }
    if (text[end + 2] !== '>') {
      bad(`Double hyphen within comment: <!--${text.slice(from, end).slice(0, 50)}`, end);
    }
    at = end + 3;
  };
  const instruction = (): void => {
    at += 2;
    const target = name();
    if (target === '') bad('xmlParsePI : no target name');
    if (target === 'xml') bad('XML declaration allowed only at the start of the document');
    if (!looking('?>') && skip(BLANKS) === '') bad(`ParsePI: PI ${target} space expected`);
    const end = text.indexOf('?>', at);
    at = end < 0 ? text.length : end;
    if (end < 0) bad(`ParsePI: PI ${target} never end ...`);
    at += 2;
  };
  const misc = (): void => {
    for (;;) {
      skip(BLANKS);
      if (looking('<!--')) comment();
      else if (looking('<?')) instruction();
      else return;
    }
  };
  /** Entities of the document itself are kept where they are short text; the rest is passed over. */
  const docType = (): void => {
    const whole =
      /<!DOCTYPE(?:[^>['"]|"[^"]*"|'[^']*')*(?:\[((?:[^\]"']|"[^"]*"|'[^']*')*)\]\s*)?>/y;
    whole.lastIndex = at;
    const found = whole.exec(text);
    if (found === null) {
      at = text.length;
      bad('DOCTYPE improperly terminated');
    }
    at += found?.[0].length ?? 0;
    const inner = found?.[1] ?? '';
    for (const [, key, one, two] of inner.matchAll(
      /<!ENTITY\s+([\w.:-]+)\s+(?:"([^"<&%]*)"|'([^'<&%]*)')\s*>/g,
    )) {
      if (key !== undefined && !entities.has(key)) {
        entities.set(key, (one ?? two ?? '').slice(0, ENTITY_MOST));
      }
    }
  };

  /** A start tag, from its `<`; whether the element is empty. */
  const startTag = (): { element: Element; empty: boolean; line: number } => {
    const line = text.slice(0, at).split('\n').length;
    at++;
    const tag = name();
    if (tag === '') bad('StartTag: invalid element name');
    const attributes: Record<string, string> = {};
    let twice = '';
    skip(BLANKS);
    while (at < text.length && text[at] !== '>' && !looking('/>')) {
      const key = name();
      if (key === '') bad('error parsing attribute name');
      skip(BLANKS);
      if (text[at] !== '=') bad(`Specification mandates value for attribute ${key}`);
      at++;
      skip(BLANKS);
      const value = attributeValue();
      if (Object.hasOwn(attributes, key)) twice ||= key;
      else
        Object.defineProperty(attributes, key, {
          value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      if (text[at] === '>' || looking('/>')) break;
      if (skip(BLANKS) === '') bad('attributes construct error');
    }
    if (twice !== '') bad(`Attribute ${twice} redefined`);
    const empty = looking('/>');
    if (!empty && text[at] !== '>') bad(`Couldn't find end of Start Tag ${tag} line ${line}`);
    at += empty ? 2 : 1;
    return { element: { name: tag, attributes, children: [] }, empty, line };
  };

  const content = (): Element => {
    const root = startTag();
    const open = root.empty ? [] : [root];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { children } = top.element;
      const add = (piece: string): void => {
        const last = children.length - 1;
        if (typeof children[last] === 'string') children[last] += piece;
        else if (piece !== '') children.push(piece);
      };
      if (at >= text.length) {
        bad(`Premature end of data in tag ${top.element.name} line ${top.line}`);
      } else if (looking('</')) {
        at += 2;
        const tag = name();
        skip(BLANKS);
        if (text[at] !== '>') bad("expected '>'");
        at++;
        if (tag !== top.element.name) {
          bad(
            `Opening and ending tag mismatch: ${top.element.name} line ${top.line} and ${tag || 'unparsable'}`,
          );
        }
        open.pop();
      } else if (looking('<![CDATA[')) {
        const end = text.indexOf(']]>', at);
        const from = at + 9;
        if (end < 0) {
          at = text.length;
          bad(`CData section not finished\n${text.slice(from, -2).slice(0, 50)}`);
        }
        add(text.slice(from, end));
        at = end + 3;
      } else if (looking('<!--')) comment();
      else if (looking('<?')) instruction();
      else if (text[at] === '<') {
        if (open.length > DEPTH_MOST) {
          bad(`Excessive depth in document: ${DEPTH_MOST} use XML_PARSE_HUGE option`);
        }
        const next = startTag();
        children.push(next.element);
        if (!next.empty) open.push(next);
      } else if (text[at] === '&') add(reference());
      else {
        const piece = /[^<&]*/y;
        piece.lastIndex = at;
        const data = piece.exec(text)?.[0] ?? '';
        check(data, (code) => `PCDATA invalid Char value ${code}`);
        const end = data.indexOf(']]>');
        if (end >= 0) bad("Sequence ']]>' not allowed in content", at, at + end);
        add(data.replace(/\r\n?/g, '\n'));
        at += data.length;
      }
    }
    return root.element;
  };

  if (text === '') bad('Document is empty');
  const declaration = /<\?xml\s+version\s*=\s*(?:"[^"]*"|'[^']*')[^?>]*\?>/y;
  if (/^<\?xml\s/.test(text)) {
    const found = declaration.exec(text);
    if (found === null) {
      const start = /^<\?xml\s+version\s*=\s*(?:"[^"]*"|'[^']*')/.exec(text)?.[0];
      at = start?.length ?? 6;
      if (start === undefined) bad('Malformed declaration expecting version');
      bad(
        BLANK.test(text[at] ?? '') ? "parsing XML declaration: '?>' expected" : 'Blank needed here',
      );
    }
    at = found?.[0].length ?? 0;
  }
  misc();
  if (looking('<!DOCTYPE')) {
    docType();
    misc();
  }
  if (text[at] !== '<') bad("Start tag expected, '<' not found");
  const root = content();
  misc();
  if (at < text.length) bad('Extra content at the end of the document');
  return root;
}
