/** What a table of domains needs to know of a definition, read without the rest of libvirt. */
export interface Outline {
  name: string;
  /** KiB. */
  memory: number;
  /** The most that it may get, KiB. */
  maxMem: number;
  vcpus: number;
}

/** Powers of 1024 by the first letter of a unit; the files that libvirt writes have KiB alone. */
const UNITS = 'kmgtpe';

/** Null where the text has no name or no memory: then it is no definition, and libvirt will say why. */
export function outlineOf(xml: string): Outline | null {
  const text = xml.replace(/<!--[\s\S]*?-->/g, '');
  const name = /<name>\s*([^<]*?)\s*<\/name>/.exec(text)?.[1];
  const kib = (tag: string): number | null => {
    const found = new RegExp(`<${tag}(?:\\s+unit=["'](\\w)\\w*["'])?[^>]*>\\s*(\\d+)`).exec(text);
    if (found === null) return null;
    return Number(found[2]) * 1024 ** UNITS.indexOf((found[1] ?? 'k').toLowerCase());
  };
  const maxMem = kib('memory');
  if (name === undefined || maxMem === null) return null;
  const vcpu = /<vcpu(?:[^>]*?current=["'](\d+)["'])?[^>]*>\s*(\d+)/.exec(text);
  return {
    name,
    memory: kib('currentMemory') ?? maxMem,
    maxMem,
    vcpus: Number(vcpu?.[1] ?? vcpu?.[2] ?? 1),
  };
}
