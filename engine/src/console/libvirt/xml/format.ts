import { isElement } from './node.ts';
import type { Element } from './node.ts';

/** virBufferEscapeString: what may not stand in XML is left out or replaced. */
const escape = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- as libvirt, which leaves them out
    .replace(/[\0-\x08\x0B\x0C\x0E-\x1F]/g, '')
    .replace(/[<>&"']/g, (letter) => ESCAPES[letter] ?? letter);
const ESCAPES: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

const attributesOf = (node: Element, quote: string): string =>
  Object.entries(node.attributes)
    .map(([key, value]) => {
      const text =
        quote === "'"
          ? escape(value)
          : value.replace(/[<>&"]/g, (letter) => ESCAPES[letter] ?? letter);
      return ` ${key}=${quote}${text}${quote}`;
    })
    .join('');

/**
 * As libvirt prints: two spaces a level, single quotes, text on its element's line. What stands in `metadata`
 * is kept as it was written.
 */
export function formatXml(node: Element, indent = ''): string {
  const open = `${indent}<${node.name}${attributesOf(node, "'")}`;
  if (node.children.length === 0) return `${open}/>\n`;
  if (node.name === 'metadata') return `${indent}${formatNode(node, '"', indent)}\n`;
  const inner = node.children.filter(isElement);
  if (inner.length === 0) {
    return `${open}>${node.children.map((child) => escape(String(child))).join('')}</${node.name}>\n`;
  }
  const body = inner.map((child) => formatXml(child, `${indent}  `)).join('');
  return `${open}>\n${body}${indent}</${node.name}>\n`;
}

/**
 * As xmlNodeDump() of libxml2: what is between elements as it is, double quotes. With `indent` other than null
 * elements are laid out anew, as it does where no text stands between them.
 */
export function formatNode(node: Element, quote = '"', indent: string | null = null): string {
  const open = `<${node.name}${attributesOf(node, quote)}`;
  if (node.children.length === 0) return `${open}/>`;
  const laid = indent !== null && node.children.every((child) => isElement(child));
  const body = node.children
    .map((child) => {
      if (!isElement(child)) return child.replace(/[<>&]/g, (letter) => ESCAPES[letter] ?? letter);
      const text = formatNode(child, quote, indent === null ? null : `${indent}  `);
      return laid ? `\n${indent}  ${text}` : text;
    })
    .join('');
  return `${open}>${body}${laid ? `\n${indent}` : ''}</${node.name}>`;
}
