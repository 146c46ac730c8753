import type { Element, ElementContent, Root as HastRoot, RootContent } from 'hast';
import type { Heading, Nodes, Root as MdastRoot, PhrasingContent } from 'mdast';
import type { ContainerDirective, LeafDirective, TextDirective } from 'mdast-util-directive';
import rehypeSlug from 'rehype-slug';
import rehypeStringify from 'rehype-stringify';
import remarkDirective from 'remark-directive';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { parse as parseYaml } from 'yaml';
import { DIRECTIVES, type Directive, type DirectiveKind } from './registry.ts';

/**
 * Markdown with directives to the source of a Svelte component. It runs in Node when the site is
 * built; nothing of it reaches a browser.
 */

/** One directive as the prose has it: `uses` of a lesson tells what the engine must compute for it. */
export interface Use {
  name: string;
  line: number;
  attributes: Record<string, string>;
}

export interface Compiled {
  /** Source of a Svelte component. */
  code: string;
  metadata: Record<string, unknown>;
  /** Every directive, in order. */
  uses: Use[];
  /** Ids of the headings, in order. */
  headings: string[];
}

export interface CompileOptions {
  /** Named in errors. */
  file: string;
  /** The import specifier of a component. */
  component: (name: string) => string;
  registry?: Record<string, Directive>;
  /**
   * Ids for the headings in order, instead of ids made from their words: a translation takes those
   * of the source language, so that a link to a section holds in both.
   */
  headings?: readonly string[];
}

export class ContentError extends Error {
  override name = 'ContentError';
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.file = file;
    this.line = line;
  }
}

type AnyDirective = ContainerDirective | LeafDirective | TextDirective;

const KIND: Record<AnyDirective['type'], DirectiveKind> = {
  containerDirective: 'container',
  leafDirective: 'leaf',
  textDirective: 'text',
};
const COLONS: Record<DirectiveKind, string> = { container: ':::', leaf: '::', text: ':' };

const isDirective = (node: Nodes): node is AnyDirective => node.type in KIND;
const lineOf = (node: { position?: { start: { line: number } } | undefined }): number =>
  node.position?.start.line ?? 1;

function* walk(node: Nodes): Generator<Nodes> {
  yield node;
  if ('children' in node) for (const child of node.children) yield* walk(child);
}

/** Gives each directive the element that it becomes; an unknown one is an error. */
function transformDirectives(root: MdastRoot, options: CompileOptions): Use[] {
  const registry = options.registry ?? DIRECTIVES;
  const uses: Use[] = [];
  for (const node of walk(root)) {
    if (!isDirective(node)) continue;
    const line = lineOf(node);
    const kind = KIND[node.type];
    const fail = (message: string): never => {
      throw new ContentError(options.file, line, message);
    };
    const known = Object.hasOwn(registry, node.name) ? registry[node.name] : undefined;
    if (known === undefined) {
      return fail(
        `unknown directive "${node.name}"; known are ${Object.keys(registry).join(', ')}` +
          (kind === 'text' ? '. A colon that is only a colon is written \\:' : ''),
      );
    }
    if (known.kind !== kind) {
      return fail(
        `"${node.name}" is a ${known.kind} directive: write ${COLONS[known.kind]}${node.name}`,
      );
    }
    const attributes: Record<string, string> = {};
    for (const [name, value] of Object.entries(node.attributes ?? {})) {
      if (!known.required?.includes(name) && !known.optional?.includes(name)) {
        return fail(`"${node.name}" takes no attribute "${name}"`);
      }
      attributes[name] = value ?? '';
    }
    for (const name of known.required ?? []) {
      if (!attributes[name]) return fail(`"${node.name}" needs the attribute "${name}"`);
    }
    if (known.label !== undefined && node.children.length === 0) {
      (node as TextDirective).children = [{ type: 'text', value: known.label }];
    }
    uses.push({ name: node.name, line, attributes });
    const element = known.becomes;
    node.data = { ...node.data, ...hastOf(element, attributes) };
  }
  return uses;
}

/** `bits 47:39` is a range and no directive: names begin with a letter. */
function numbersAreText(root: MdastRoot): void {
  for (const node of walk(root)) {
    if (!('children' in node)) continue;
    node.children = node.children.map((child) =>
      child.type === 'textDirective' && /^\d/.test(child.name) && child.children.length === 0
        ? { type: 'text', value: `:${child.name}`, position: child.position }
        : child,
    ) as typeof node.children;
  }
}

/** Written as an element, because HTML is what is written; made a snippet afterwards. */
const SNIPPET = 'svelte-snippet-';
const toSnippets = (html: string): string =>
  html
    .replaceAll(new RegExp(`<${SNIPPET}(\\w+)>`, 'g'), '{#snippet $1()}')
    .replaceAll(new RegExp(`</${SNIPPET}\\w+>`, 'g'), '{/snippet}');

function hastOf(becomes: Directive['becomes'], attributes: Record<string, string>) {
  if ('component' in becomes) return { hName: becomes.component, hProperties: attributes };
  if ('snippet' in becomes) return { hName: SNIPPET + becomes.snippet };
  return { hName: becomes.element, hProperties: { ...attributes, className: [becomes.class] } };
}

/**
 * `- :choice{id=a} The words.`: a choice at the start of a paragraph takes the rest of it as its
 * label, so that the words can be pressed like the circle before them.
 */
function choicesTakeTheirWords(root: MdastRoot): void {
  for (const node of walk(root)) {
    if (node.type !== 'paragraph') continue;
    const [first, ...rest] = node.children;
    if (first?.type !== 'textDirective' || first.name !== 'choice') continue;
    first.children.push(...rest);
    node.children = [first];
  }
}

/** Where a container has a label (`:::break[Clear a bit]`), it becomes its `title`. */
function labelsToTitles(root: MdastRoot): void {
  for (const node of walk(root)) {
    if (node.type !== 'containerDirective') continue;
    const first = node.children[0];
    if (first?.type !== 'paragraph' || !first.data?.directiveLabel) continue;
    node.children.shift();
    node.attributes = { ...node.attributes, title: textOf(first.children) };
  }
}

const textOf = (nodes: readonly PhrasingContent[]): string =>
  nodes
    .map((node) => ('value' in node ? node.value : 'children' in node ? textOf(node.children) : ''))
    .join('');

/** Two private-use characters that stand for braces until the HTML is written and escaped. */
const OPEN = '\uE000';
const CLOSE = '\uE001';
const hideBraces = (text: string): string => text.replaceAll('{', OPEN).replaceAll('}', CLOSE);
const showBraces = (html: string): string =>
  html.replaceAll(OPEN, '&#123;').replaceAll(CLOSE, '&#125;');

function escapeBraces(node: HastRoot | RootContent | ElementContent): void {
  if (node.type === 'text') node.value = hideBraces(node.value);
  if (node.type === 'element') {
    for (const [name, value] of Object.entries(node.properties)) {
      if (typeof value === 'string') node.properties[name] = hideBraces(value);
      else if (Array.isArray(value)) {
        node.properties[name] = value.map((v) => (typeof v === 'string' ? hideBraces(v) : v));
      }
    }
  }
  if ('children' in node) for (const child of node.children) escapeBraces(child);
}

/** The component around each table; see there. */
const TABLE = 'Table';

/** Wraps the tables, and says whether there are any. An empty corner is no heading. */
function wrapTables(node: HastRoot | Element): boolean {
  let any = false;
  node.children = node.children.map((child) => {
    if (child.type !== 'element') return child;
    any = wrapTables(child) || any;
    if (child.tagName === 'th' && child.children.length === 0) child.tagName = 'td';
    if (child.tagName !== 'table') return child;
    any = true;
    return { type: 'element', tagName: TABLE, properties: {}, children: [child] };
  }) as typeof node.children;
  return any;
}

const parser = unified()
  .use(remarkParse)
  .use(remarkFrontmatter, ['yaml'])
  .use(remarkGfm)
  .use(remarkDirective);

const literal = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

export function compile(source: string, options: CompileOptions): Compiled {
  const { file } = options;
  const mdast = parser.parse(source);

  let metadata: Record<string, unknown> = {};
  const yaml = mdast.children.find((node) => node.type === 'yaml');
  if (yaml?.type === 'yaml') {
    try {
      metadata = (parseYaml(yaml.value) ?? {}) as Record<string, unknown>;
    } catch (error) {
      throw new ContentError(file, lineOf(yaml), `front matter: ${(error as Error).message}`);
    }
  }

  for (const node of walk(mdast)) {
    if (node.type === 'html') {
      throw new ContentError(file, lineOf(node), 'no HTML in prose; use Markdown or a directive');
    }
    if (node.type === 'heading' && node.depth === 1) {
      throw new ContentError(file, lineOf(node), 'the title is in the front matter; start at ##');
    }
  }

  numbersAreText(mdast);
  labelsToTitles(mdast);
  choicesTakeTheirWords(mdast);
  const uses = transformDirectives(mdast, options);

  if (options.headings) {
    const found = [...walk(mdast)].filter((node): node is Heading => node.type === 'heading');
    if (found.length !== options.headings.length) {
      throw new ContentError(
        file,
        lineOf(found.at(-1) ?? mdast),
        `${found.length} headings, where the source language has ${options.headings.length}`,
      );
    }
    found.forEach((node, at) => {
      node.data = { ...node.data, hProperties: { id: options.headings![at]! } };
    });
  }

  const toHast = unified().use(remarkRehype).use(rehypeSlug);
  const hast = toHast.runSync(mdast) as HastRoot;
  const headings: string[] = [];
  collectHeadings(hast, headings);
  const tables = wrapTables(hast);
  escapeBraces(hast);
  const html = toSnippets(showBraces(unified().use(rehypeStringify).stringify(hast)));

  const registry = options.registry ?? DIRECTIVES;
  const components = new Set<string>();
  for (const { name } of uses) {
    const { becomes } = registry[name]!;
    if ('component' in becomes) components.add(becomes.component);
  }
  if (tables) components.add(TABLE);
  const imports = [...components].map(
    (name) => `import ${name} from ${literal(options.component(name))};`,
  );

  const code = [
    '<script module lang="ts">',
    `export const metadata = ${literal(metadata)};`,
    `export const uses = ${literal(uses.filter(({ name }) => registry[name]?.collect))};`,
    '</script>',
    ...(imports.length > 0 ? ['<script lang="ts">', ...imports, '</script>'] : []),
    html,
  ].join('\n');
  return { code, metadata, uses, headings };
}

function collectHeadings(node: HastRoot | Element, into: string[]): void {
  for (const child of node.children) {
    if (child.type !== 'element') continue;
    if (/^h[2-6]$/.test(child.tagName)) into.push(String(child.properties.id));
    collectHeadings(child, into);
  }
}
