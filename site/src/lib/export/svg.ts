/**
 * A picture on the page as one SVG of its own: shapes and text as they stand there, for slides and print. Nothing
 * of the page is needed to show it.
 */

export type Theme = 'light' | 'dark';

export interface Exported {
  svg: string;
  width: number;
  height: number;
}

interface About {
  title: string;
  /** What it shows, in a sentence. */
  description: string;
}

/** Room around the picture, in pixels. */
const MARGIN = 16;

/** What of the computed style of an SVG element its copy takes along. */
const PAINT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'letter-spacing',
  'vector-effect',
  'shape-rendering',
  'marker-start',
  'marker-end',
  'transform',
];
/** What these are unless somebody says otherwise; left out of the copy. */
const USUAL = new Set([
  'none',
  'normal',
  'auto',
  '1',
  'butt',
  'miter',
  '0% 0%',
  '0px 0px',
  'start',
]);
const ALWAYS = new Set(['fill', 'stroke']);

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
const number = (value: number): string => String(Math.round(value * 100) / 100);
const isClear = (colour: string): boolean =>
  colour === 'transparent' || /^rgba\(.*, 0\)$/.test(colour) || /\/ 0\)$/.test(colour);

class Drawing {
  readonly parts: string[] = [];
  readonly #left: number;
  readonly #top: number;
  readonly #measure: CanvasRenderingContext2D | null;

  constructor(left: number, top: number) {
    this.#left = left;
    this.#top = top;
    this.#measure = document.createElement('canvas').getContext('2d');
  }

  element(node: Element): void {
    const style = getComputedStyle(node);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
    // For screen readers only.
    if (node.classList.contains('sr-only')) return;
    if (node instanceof SVGSVGElement) {
      this.#svg(node);
      return;
    }
    if (node instanceof HTMLCanvasElement) {
      this.#canvas(node);
      return;
    }
    this.#box(node.getBoundingClientRect(), style);
    for (const child of node.childNodes) {
      if (child instanceof Element) this.element(child);
      else if (child instanceof Text) this.#text(child, style);
    }
  }

  #box(box: DOMRect, style: CSSStyleDeclaration): void {
    if (box.width === 0 || box.height === 0) return;
    const x = box.left - this.#left;
    const y = box.top - this.#top;
    const radius = Number.parseFloat(style.borderTopLeftRadius) || 0;
    const fill = style.backgroundColor;
    if (!isClear(fill)) {
      this.parts.push(
        `<rect x="${number(x)}" y="${number(y)}" width="${number(box.width)}" height="${number(box.height)}"${
          radius > 0 ? ` rx="${number(radius)}"` : ''
        } fill="${fill}"/>`,
      );
    }
    const sides = [
      ['Top', x, y, x + box.width, y, 0, 0.5],
      ['Bottom', x, y + box.height, x + box.width, y + box.height, 0, -0.5],
      ['Left', x, y, x, y + box.height, 0.5, 0],
      ['Right', x + box.width, y, x + box.width, y + box.height, -0.5, 0],
    ] as const;
    for (const [side, x1, y1, x2, y2, inX, inY] of sides) {
      const width = Number.parseFloat(style[`border${side}Width`]);
      const line = style[`border${side}Style`];
      const colour = style[`border${side}Color`];
      if (!(width > 0) || line === 'none' || isClear(colour)) continue;
      const dash = line === 'dashed' || line === 'dotted' ? ` stroke-dasharray="3 2"` : '';
      this.parts.push(
        `<line x1="${number(x1 + inX * width)}" y1="${number(y1 + inY * width)}" x2="${number(x2 + inX * width)}" y2="${number(y2 + inY * width)}" stroke="${colour}" stroke-width="${width}"${dash}/>`,
      );
    }
  }

  /** Text as it is broken into lines on the page; each keeps its width, whatever font shows it. */
  #text(node: Text, style: CSSStyleDeclaration): void {
    const range = document.createRange();
    const lines: { text: string; box: DOMRect }[] = [];
    for (const match of node.data.matchAll(/\S+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getBoundingClientRect();
      if (box.width === 0) continue;
      const last = lines.at(-1);
      if (last !== undefined && Math.abs(last.box.top - box.top) < box.height / 2) {
        last.text += ` ${match[0]}`;
        last.box = new DOMRect(last.box.x, last.box.y, box.right - last.box.x, last.box.height);
      } else lines.push({ text: match[0], box });
    }
    for (const { text, box } of lines) {
      this.parts.push(
        `<text x="${number(box.left - this.#left)}" y="${number(this.#baseline(box, style))}" textLength="${number(box.width)}" lengthAdjust="spacingAndGlyphs" font-family="${escape(style.fontFamily)}" font-size="${style.fontSize}" font-weight="${style.fontWeight}"${
          style.fontStyle === 'normal' ? '' : ` font-style="${style.fontStyle}"`
        } fill="${style.color}"${
          style.textDecorationLine === 'line-through' ? ' text-decoration="line-through"' : ''
        } xml:space="preserve">${escape(text)}</text>`,
      );
    }
  }

  #baseline(box: DOMRect, style: CSSStyleDeclaration): number {
    const size = Number.parseFloat(style.fontSize);
    let [above, below] = [size, size * 0.25];
    if (this.#measure !== null) {
      this.#measure.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const measured = this.#measure.measureText('x');
      [above, below] = [measured.fontBoundingBoxAscent, measured.fontBoundingBoxDescent];
    }
    return box.top - this.#top + (box.height - above - below) / 2 + above;
  }

  #svg(node: SVGSVGElement): void {
    const box = node.getBoundingClientRect();
    if (box.width === 0) return;
    const copy = node.cloneNode(true) as SVGSVGElement;
    const originals = [node, ...node.querySelectorAll('*')];
    const copies = [copy, ...copy.querySelectorAll('*')];
    originals.forEach((original, index) => this.#paint(original, copies[index], original === node));
    for (const each of copies) if (each.hasAttribute('data-gone')) each.remove();
    copy.setAttribute('x', number(box.left - this.#left));
    copy.setAttribute('y', number(box.top - this.#top));
    copy.setAttribute('width', number(box.width));
    copy.setAttribute('height', number(box.height));
    copy.setAttribute('overflow', getComputedStyle(node).overflow);
    this.parts.push(new XMLSerializer().serializeToString(copy));
  }

  #paint(original: Element, copy: Element | undefined, isRoot: boolean): void {
    if (copy === undefined) return;
    const style = getComputedStyle(original);
    if (!isRoot && (style.display === 'none' || style.visibility === 'hidden')) {
      // What is defined to be used elsewhere is not drawn where it stands.
      if (original.closest('defs') === null) copy.setAttribute('data-gone', '');
      return;
    }
    copy.removeAttribute('class');
    copy.removeAttribute('style');
    for (const { name } of [...copy.attributes]) {
      if (name.startsWith('aria-') || name === 'role' || name === 'tabindex')
        copy.removeAttribute(name);
    }
    // As attributes: a style of its own would be one that the page's policy forbids.
    for (const name of PAINT) {
      const value = style.getPropertyValue(name);
      const isUsual = value === '' || (USUAL.has(value) && !ALWAYS.has(name));
      if (isUsual) copy.removeAttribute(name);
      else copy.setAttribute(name, value.replaceAll('"', "'"));
    }
  }

  #canvas(node: HTMLCanvasElement): void {
    const box = node.getBoundingClientRect();
    this.parts.push(
      `<image x="${number(box.left - this.#left)}" y="${number(box.top - this.#top)}" width="${number(box.width)}" height="${number(box.height)}" href="${node.toDataURL()}"/>`,
    );
  }
}

/** The page in a theme, and nothing on its way from one colour to another, while `act` looks. */
function inTheme<Result>(theme: Theme, act: () => Result): Result {
  const root = document.documentElement;
  const before = root.getAttribute('data-theme');
  const still = new CSSStyleSheet();
  still.replaceSync(
    '*, ::before, ::after { transition: none !important; animation: none !important }',
  );
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  root.setAttribute('data-theme', theme);
  try {
    return act();
  } finally {
    if (before === null) root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', before);
    // Back in its own colours before anything moves again.
    void getComputedStyle(root).color;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
  }
}

/** Draws elements of the page, one picture of all of them. */
export function svgOf(elements: readonly Element[], theme: Theme, about: About): Exported {
  return inTheme(theme, () => {
    const boxes = elements.map((element) => element.getBoundingClientRect());
    const left = Math.min(...boxes.map((box) => box.left)) - MARGIN;
    const top = Math.min(...boxes.map((box) => box.top)) - MARGIN;
    const width = Math.ceil(Math.max(...boxes.map((box) => box.right)) + MARGIN - left);
    const height = Math.ceil(Math.max(...boxes.map((box) => box.bottom)) + MARGIN - top);
    const drawing = new Drawing(left, top);
    for (const element of elements) drawing.element(element);
    const paper = getComputedStyle(document.documentElement).backgroundColor;
    const svg = [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
      `<title>${escape(about.title)}</title>`,
      `<desc>${escape(about.description)}</desc>`,
      `<rect width="${width}" height="${height}" fill="${isClear(paper) ? '#fff' : paper}"/>`,
      ...drawing.parts,
      '</svg>',
    ].join('\n');
    return { svg, width, height };
  });
}
