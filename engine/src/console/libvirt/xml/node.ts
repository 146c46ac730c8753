/** An element of an XML document: plain data. Comments and processing instructions are not kept. */
export interface Element {
  name: string;
  /** In the order of the document. */
  attributes: Record<string, string>;
  children: Node[];
}
export type Node = Element | string;

/** Makes an element; attributes that are undefined or empty are left out. */
export function element(
  name: string,
  attributes: Record<string, string | number | undefined> = {},
  ...children: (Node | undefined)[]
): Element {
  const out: Element = { name, attributes: {}, children: [] };
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== '') out.attributes[key] = String(value);
  }
  for (const child of children) if (child !== undefined) out.children.push(child);
  return out;
}

export const isElement = (node: Node): node is Element => typeof node !== 'string';

/** Child elements, those of one name only where it is given. */
export const elements = (parent: Element | undefined, name?: string): Element[] =>
  (parent?.children ?? [])
    .filter(isElement)
    .filter((child) => name === undefined || child.name === name);

/** The first element at a path of names, `devices/memballoon`. */
export function first(parent: Element | undefined, path: string): Element | undefined {
  let at = parent;
  for (const name of path.split('/')) at = elements(at, name)[0];
  return at;
}

/** All text in an element. */
export const textOf = (node: Node | undefined): string =>
  node === undefined
    ? ''
    : typeof node === 'string'
      ? node
      : node.children.map((child) => textOf(child)).join('');
