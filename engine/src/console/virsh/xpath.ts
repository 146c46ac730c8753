import { isElement, textOf } from '../libvirt/xml/node.ts';
import type { Element } from '../libvirt/xml/node.ts';

/** What an XPath expression may find. */
export interface XNode {
  kind: 'root' | 'element' | 'attribute' | 'text';
  name: string;
  /** Its text. */
  value: string;
  /** Of an element: the element. */
  element: Element | null;
  parent: XNode | null;
  /** In the order of the document. */
  children: XNode[];
  attributes: XNode[];
  /** Its place in the document. */
  order: number;
}

/** An expression that does not parse; `place` is where. */
export class XPathProblem extends Error {
  readonly place: number;
  constructor(place: number) {
    super('invalid expression');
    this.place = place;
  }
}

type Value = XNode[] | string | number | boolean;

interface Context {
  node: XNode;
  position: number;
  size: number;
}
type Evaluate = (context: Context) => Value;

function grow(root: Element): XNode {
  let order = 0;
  const make = (
    kind: XNode['kind'],
    name: string,
    value: string,
    element: Element | null,
    parent: XNode | null,
  ): XNode => ({
    kind,
    name,
    value,
    element,
    parent,
    children: [],
    attributes: [],
    order: order++,
  });
  const add = (element: Element, parent: XNode): XNode => {
    const node = make('element', element.name, textOf(element), element, parent);
    for (const [name, value] of Object.entries(element.attributes)) {
      node.attributes.push(make('attribute', name, value, null, node));
    }
    for (const child of element.children) {
      node.children.push(isElement(child) ? add(child, node) : make('text', '', child, null, node));
    }
    return node;
  };
  const document = make('root', '', textOf(root), null, null);
  document.element = root;
  document.children.push(add(root, document));
  return document;
}

const descendants = (node: XNode): XNode[] =>
  node.children.flatMap((child) => [child, ...descendants(child)]);
const ancestors = (node: XNode): XNode[] =>
  node.parent === null ? [] : [node.parent, ...ancestors(node.parent)];
const AXES: Readonly<Record<string, (node: XNode) => XNode[]>> = {
  child: (node) => node.children,
  descendant: descendants,
  'descendant-or-self': (node) => [node, ...descendants(node)],
  self: (node) => [node],
  parent: (node) => (node.parent === null ? [] : [node.parent]),
  ancestor: ancestors,
  attribute: (node) => node.attributes,
};

const inOrder = (nodes: XNode[]): XNode[] =>
  [...new Set(nodes)].sort((one, other) => one.order - other.order);

const text = (value: Value): string =>
  Array.isArray(value) ? (value[0]?.value ?? '') : String(value);
const number = (value: Value): number => {
  if (typeof value === 'boolean') return Number(value);
  const plain = text(value).trim();
  return plain === '' ? Number.NaN : Number(plain);
};
const truth = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** Of a set of nodes it is enough that one of them compares so. */
function compare(operator: string, left: Value, right: Value): boolean {
  if (Array.isArray(left)) return left.some((node) => compare(operator, node.value, right));
  if (Array.isArray(right)) return right.some((node) => compare(operator, left, node.value));
  if (operator === '=' || operator === '!=') {
    const same =
      typeof left === 'boolean' || typeof right === 'boolean'
        ? truth(left) === truth(right)
        : typeof left === 'number' || typeof right === 'number'
          ? number(left) === number(right)
          : left === right;
    return same === (operator === '=');
  }
  const [a, b] = [number(left), number(right)];
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}

const FUNCTIONS: Readonly<Record<string, (context: Context, given: Value[]) => Value>> = {
  position: ({ position }) => position,
  last: ({ size }) => size,
  count: (_, [set = []]) => (Array.isArray(set) ? set.length : 0),
  not: (_, [value = false]) => !truth(value),
  string: ({ node }, [value = [node]]) => text(value),
  name: ({ node }, [set = [node]]) => (Array.isArray(set) ? (set[0]?.name ?? '') : ''),
  contains: (_, [whole = '', part = '']) => text(whole).includes(text(part)),
  'starts-with': (_, [whole = '', part = '']) => text(whole).startsWith(text(part)),
};

/** Operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!='],
  ['<=', '>=', '<', '>'],
];

/** Reads an expression of XPath 1.0: what virsh's users write, without arithmetic, variables and namespaces. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(expression: string) {
    this.#text = expression;
  }

  read(): Evaluate {
    const all = this.#level(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail();
    return all;
  }

  #fail(): never {
    throw new XPathProblem(this.#at);
  }
  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
  #looking(word: string): boolean {
    this.#skip();
    return this.#text.startsWith(word, this.#at);
  }
  #take(word: string): boolean {
    if (!this.#looking(word)) return false;
    this.#at += word.length;
    return true;
  }
  #need(word: string): void {
    if (!this.#take(word)) this.#fail();
  }
  #match(pattern: RegExp): string | null {
    this.#skip();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #level(level: number): Evaluate {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#union();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = operators.find((word) =>
        /\w/.test(word)
          ? this.#looking(word) && !/[\w-]/.test(this.#text[this.#at + word.length] ?? '')
          : this.#looking(word),
      );
      if (operator === undefined) return left;
      this.#take(operator);
      const [one, other] = [left, this.#level(level + 1)];
      left = (context) =>
        operate(
          operator,
          () => one(context),
          () => other(context),
        );
    }
  }

  #union(): Evaluate {
    let left = this.#path();
    while (this.#take('|')) {
      const [one, other] = [left, this.#path()];
      left = (context) => {
        const [a, b] = [one(context), other(context)];
        return Array.isArray(a) && Array.isArray(b) ? inOrder([...a, ...b]) : [];
      };
    }
    return left;
  }

  #path(): Evaluate {
    const literal = this.#match(/"[^"]*"|'[^']*'/y);
    if (literal !== null) return () => literal.slice(1, -1);
    const digits = this.#match(/\d+(\.\d*)?|\.\d+/y);
    if (digits !== null) return () => Number(digits);
    let start: Evaluate;
    if (this.#take('(')) {
      start = this.#level(0);
      this.#need(')');
      return this.#steps(this.#predicates(start), true);
    }
    const call = this.#match(/(?!text\b|node\b)[a-z][a-z-]*(?=\s*\()/y);
    if (call !== null) {
      const run = FUNCTIONS[call];
      if (run === undefined) this.#fail();
      this.#need('(');
      const given: Evaluate[] = [];
      while (!this.#looking(')')) {
        given.push(this.#level(0));
        if (!this.#take(',')) break;
      }
      this.#need(')');
      start = (context) =>
        run(
          context,
          given.map((argument) => argument(context)),
        );
      return this.#steps(this.#predicates(start), true);
    }
    if (this.#looking('/')) {
      start = ({ node }) => [ancestors(node).at(-1) ?? node];
      if (!this.#looking('//')) {
        this.#take('/');
        if (!/[\w.@*]/.test(this.#text[this.#at] ?? '')) return start;
        start = this.#step(start);
      }
      return this.#steps(start, true);
    }
    return this.#steps(
      this.#step(({ node }) => [node]),
      true,
    );
  }

  #steps(start: Evaluate, more: boolean): Evaluate {
    let path = start;
    while (more) {
      if (this.#take('//')) {
        path = this.#step(along(path, (node) => [node, ...descendants(node)]));
      } else if (this.#take('/')) path = this.#step(path);
      else break;
    }
    return path;
  }

  #step(before: Evaluate): Evaluate {
    if (this.#take('..'))
      return along(before, (node) => (node.parent === null ? [] : [node.parent]));
    if (this.#take('.')) return before;
    let axis = 'child';
    if (this.#take('@')) axis = 'attribute';
    else axis = this.#match(/[a-z-]+(?=\s*::)/y) ?? axis;
    this.#take('::');
    const walk = AXES[axis];
    if (walk === undefined) return this.#fail();
    const test = this.#test(axis === 'attribute' ? 'attribute' : 'element');
    const predicates: Evaluate[] = [];
    while (this.#take('[')) {
      predicates.push(this.#level(0));
      this.#need(']');
    }
    return along(before, (node) => predicates.reduce(chosen, walk(node).filter(test)));
  }

  #test(kind: XNode['kind']): (node: XNode) => boolean {
    const type = this.#match(/(text|node)\s*\(\s*\)/y);
    if (type !== null) return (node) => type.startsWith('node') || node.kind === 'text';
    const name = this.#match(/\*|[A-Za-z_][\w.:-]*/y);
    if (name === null) return this.#fail();
    return (node) => node.kind === kind && (name === '*' || node.name === name);
  }

  #predicates(start: Evaluate): Evaluate {
    let path = start;
    while (this.#take('[')) {
      const [before, predicate] = [path, this.#level(0)];
      this.#need(']');
      path = (context) => {
        const value = before(context);
        return Array.isArray(value) ? chosen(value, predicate) : value;
      };
    }
    return path;
  }
}

function operate(operator: string, left: () => Value, right: () => Value): Value {
  switch (operator) {
    case 'or':
      return truth(left()) || truth(right());
    case 'and':
      return truth(left()) && truth(right());
    default:
      return compare(operator, left(), right());
  }
}

const along =
  (before: Evaluate, walk: (node: XNode) => XNode[]): Evaluate =>
  (context) => {
    const value = before(context);
    return Array.isArray(value) ? inOrder(value.flatMap(walk)) : [];
  };

/** Those for which a predicate holds; a number is a place. */
function chosen(nodes: XNode[], predicate: Evaluate): XNode[] {
  return nodes.filter((node, at) => {
    const value = predicate({ node, position: at + 1, size: nodes.length });
    return typeof value === 'number' ? value === at + 1 : truth(value);
  });
}

/** The nodes that an expression finds; null where it gives something else. Throws an `XPathProblem`. */
export function selectNodes(root: Element, expression: string): XNode[] | null {
  const evaluate = new Reader(expression).read();
  const document = grow(root);
  const [node = document] = document.children;
  const value = evaluate({ node, position: 1, size: 1 });
  return Array.isArray(value) ? value : null;
}
