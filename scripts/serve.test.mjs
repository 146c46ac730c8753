import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from './serve.mjs';

const DUMP = gzipSync('a dump');
let root;
let server;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'serve-'));
  mkdirSync(join(root, 'site', 'en'), { recursive: true });
  const files = {
    'secret.txt': 'not of the site',
    'site/index.html': '<p>home</p>',
    'site/en/index.html': '<p>in English</p>',
    'site/engine.wasm': 'wasm',
    'site/dump.json.gz': DUMP,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  server = await serve({ root: join(root, 'site'), base: '/some/path', port: 0 });
});

afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

/** An answer as it comes over the wire; `fetch` would unpack it and tidy its path. */
const get = (path, headers = {}, method = 'GET') =>
  new Promise((done, fail) => {
    const { port } = new URL(server.url);
    request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () =>
        done({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
    })
      .on('error', fail)
      .end();
  });

describe('the static server', () => {
  it('serves a folder below a sub-path, and nothing beside it', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/some\/path\/$/);
    expect((await get('/some/path/')).body.toString()).toBe('<p>home</p>');
    expect((await get('/')).status).toBe(404);
    expect((await get('/index.html')).status).toBe(404);
  });

  it('leads to a folder by its slash, and keeps the query', async () => {
    expect((await get('/some/path')).headers.location).toBe('/some/path/');
    const answer = await get('/some/path/en?theme=dark');
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe('/some/path/en/?theme=dark');
  });

  it('gives no file from outside of its folder', async () => {
    for (const path of ['../secret.txt', '%2e%2e/secret.txt', '..%2fsecret.txt', '%00']) {
      expect((await get(`/some/path/${path}`)).status, path).toBeGreaterThanOrEqual(400);
    }
  });

  it('names WebAssembly as browsers want it', async () => {
    const { headers } = await get('/some/path/engine.wasm');
    expect(headers['content-type']).toBe('application/wasm');
  });

  it('gives a .gz as the bytes that it is', async () => {
    const { headers, body } = await get('/some/path/dump.json.gz', { 'Accept-Encoding': 'gzip' });
    expect(headers['content-type']).toBe('application/gzip');
    expect(headers['content-encoding']).toBeUndefined();
    expect(body).toEqual(DUMP);
  });

  it('compresses text for who reads gzip, and for nobody else', async () => {
    const packed = await get('/some/path/', { 'Accept-Encoding': 'br, gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toBe('<p>home</p>');
    const refused = await get('/some/path/', { 'Accept-Encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('answers again only when something has changed, and HEAD without a body', async () => {
    const first = await get('/some/path/');
    const again = await get('/some/path/', { 'If-None-Match': first.headers.etag });
    expect(again.status).toBe(304);
    const head = await get('/some/path/', {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect((await get('/some/path/', {}, 'POST')).status).toBe(405);
  });
});
