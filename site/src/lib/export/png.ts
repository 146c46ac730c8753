import type { Exported } from './svg.ts';

/** A drawn picture as pixels, twice as fine as on the page. */

const SCALE = 2;

const base64 = (bytes: ArrayBuffer): string => {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
};

/** The page's own fonts as part of a picture: an image may load nothing. */
async function fontsOf(svg: string): Promise<string> {
  const rules = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .filter((rule) => svg.includes(rule.style.getPropertyValue('font-family').replaceAll('"', '')));
  const made = await Promise.all(
    rules.map(async (rule) => {
      const [, path] = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue('src')) ?? [];
      if (path === undefined) return '';
      const url = new URL(path, rule.parentStyleSheet?.href ?? location.href);
      const response = await fetch(url);
      if (!response.ok) return '';
      const data = `url("data:font/woff2;base64,${base64(await response.arrayBuffer())}")`;
      return rule.cssText.replace(/url\("?[^")]+"?\)/, data);
    }),
  );
  return made.join('\n');
}

export async function pngOf({ svg, width, height }: Exported): Promise<Blob> {
  const fonts = await fontsOf(svg);
  const whole = svg.replace('</desc>', `</desc>\n<style>${fonts}</style>`);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(whole)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser draws no pictures');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => {
      if (blob === null) fail(new Error('the picture is too large for this browser'));
      else done(blob);
    }, 'image/png');
  });
}
