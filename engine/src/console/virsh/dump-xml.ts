import { LibvirtError } from '../libvirt/errors.ts';
import { formatNode } from '../libvirt/xml/format.ts';
import { isElement } from '../libvirt/xml/node.ts';
import type { Element } from '../libvirt/xml/node.ts';
import { parseXml } from '../libvirt/xml/parse.ts';
import type { Call } from './call.ts';
import { escapeXml } from './text.ts';
import { selectNodes, XPathProblem } from './xpath.ts';
import type { XNode } from './xpath.ts';

/** The document without what only indents it (xmlKeepBlanksDefault(0)). */
function compact(node: Element): Element {
  const hasElements = node.children.some(isElement);
  return {
    ...node,
    children: node.children
      .filter((child) => isElement(child) || !hasElements || child.trim() !== '')
      .map((child) => (isElement(child) ? compact(child) : child)),
  };
}

function shown(node: XNode): string {
  if (node.element !== null) return formatNode(node.element, '"', '');
  return node.kind === 'attribute'
    ? ` ${node.name}="${node.value.replace(/[<>&"]/g, escapeXml)}"`
    : node.value.replace(/[<>&]/g, escapeXml);
}

/** virshDumpXML(): a document, or with --xpath what is found in it; `where` names it in errors. */
export function dumpXml(call: Call, xml: string, where: string): void {
  const expression = call.quietly('xpath');
  if (expression === null) {
    // An empty expression is an error of which nothing is said.
    call.print(xml);
    return;
  }
  let nodes: XNode[] | null;
  try {
    nodes = selectNodes(compact(parseXml(xml, where)), expression);
  } catch (problem) {
    if (!(problem instanceof XPathProblem)) throw problem;
    // libxml2 says it itself, and then there is nothing found.
    const place = ' '.repeat(problem.place);
    call.process.warn(`XPath error : Invalid expression\n${expression}\n${place}^\n`);
    nodes = [];
  }
  if (nodes === null) {
    throw new LibvirtError('INTERNAL_ERROR', `Incorrect xpath '${expression}'`);
  }
  if (!call.has('wrap')) {
    call.print(nodes.map((node) => `${shown(node)}\n`).join(''));
    return;
  }
  const around: Element = { name: 'nodes', attributes: {}, children: [] };
  for (const node of nodes) {
    if (node.kind === 'attribute') around.attributes[node.name] = node.value;
    else around.children.push(node.element ?? node.value);
  }
  call.print(`${formatNode(around, '"', '')}\n`);
}
