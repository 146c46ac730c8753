import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Failure, ROOT, isMain, main } from './project.mjs';

/**
 * A static file server, as plain as the hosts that the site is made for: no special headers, no
 * rewriting. `--base /some/path` serves the site below a sub-path, and nothing beside it.
 */

const FIRST_PORT = 4173;

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  // A dump is fetched as the bytes that it is: no Content-Encoding, the page unpacks it itself.
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml; charset=utf-8',
  '.zip': 'application/zip',
};

const COMPRESSIBLE = /^text\/|\+xml|\+json|^application\/(json|xml|wasm)/;

/** `/some/path` for any way of writing it; empty for the root. */
function normalBase(base) {
  const path = `/${base}/`.replace(/\/+/g, '/');
  return path.slice(0, -1);
}

/** The file for a path of the site; a string to redirect to; or nothing. */
function find(root, path) {
  const file = resolve(root, `.${path}`);
  if (file !== root && !file.startsWith(root + sep)) return {};
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    if (!path.endsWith('/')) return { redirect: `${path}/` };
    const index = join(file, 'index.html');
    return existsSync(index) ? { file: index } : {};
  }
  if (stats?.isFile() && !path.endsWith('/')) return { file };
  if (!path.endsWith('/') && existsSync(`${file}.html`)) return { file: `${file}.html` };
  return {};
}

/** Whether the client reads gzip, as `Accept-Encoding` says (`gzip;q=0` refuses it). */
const readsGzip = (header = '') =>
  header.split(',').some((part) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/.test(part));

function createHandler(root, base) {
  const compressed = new Map();

  function send(request, response, status, file) {
    const { mtimeMs, size } = statSync(file);
    const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
    const version = `${mtimeMs}-${size}`;
    const headers = {
      'Content-Type': type,
      'X-Content-Type-Options': 'nosniff',
      // Names below _app/immutable carry a hash of what is in them.
      'Cache-Control': file.includes(`${sep}immutable${sep}`)
        ? 'public, max-age=31536000, immutable'
        : 'no-cache',
      ETag: `W/"${version}"`,
    };
    const compress = COMPRESSIBLE.test(type);
    if (compress) headers.Vary = 'Accept-Encoding';
    if (status === 200 && request.headers['if-none-match'] === headers.ETag) {
      response.writeHead(304, headers).end();
      return;
    }
    if (compress && readsGzip(request.headers['accept-encoding'])) {
      const key = `${file}\0${version}`;
      let body = compressed.get(key);
      if (body === undefined) {
        body = gzipSync(readFileSync(file));
        compressed.set(key, body);
      }
      headers['Content-Encoding'] = 'gzip';
      headers['Content-Length'] = body.length;
      response.writeHead(status, headers);
      response.end(request.method === 'HEAD' ? undefined : body);
      return;
    }
    headers['Content-Length'] = size;
    response.writeHead(status, headers);
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  }

  function notFound(request, response, inSite) {
    const page = join(root, '404.html');
    if (inSite && existsSync(page)) {
      send(request, response, 404, page);
      return;
    }
    const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Not found</title>
<h1>Not found</h1><p>There is no such page here. The site begins at <a href="${base}/">${base}/</a>.</p></html>
`;
    response.writeHead(404, { 'Content-Type': TYPES['.html'] });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const [address, query] = request.url.split('?', 2);
    const search = query === undefined ? '' : `?${query}`;
    let path;
    try {
      path = decodeURIComponent(address);
    } catch {
      path = '\0';
    }
    if (path.includes('\0')) {
      response.writeHead(400).end();
      return;
    }
    if (base !== '' && path === base) {
      response.writeHead(302, { Location: `${base}/${search}` }).end();
      return;
    }
    if (!path.startsWith(`${base}/`)) {
      notFound(request, response, false);
      return;
    }
    const found = find(root, path.slice(base.length));
    if (found.redirect !== undefined) {
      const location = encodeURI(base + found.redirect).replace(/^\/+/, '/');
      response.writeHead(301, { Location: location + search }).end();
    } else if (found.file !== undefined) send(request, response, 200, found.file);
    else notFound(request, response, true);
  };
}

const listen = (server, port, host) =>
  new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.removeListener('error', fail);
      done(server.address().port);
    });
  });

/**
 * Serves a folder. With `port` there or not at all, without it at the first free one from 4173 up.
 * Resolves to its address and a function that ends it.
 */
export async function serve({ root, base = '', port, host = '127.0.0.1' }) {
  const folder = resolve(root);
  const prefix = normalBase(base);
  const server = createServer(createHandler(folder, prefix));
  const wanted =
    port === undefined ? Array.from({ length: 100 }, (_, index) => FIRST_PORT + index) : [port];
  for (const [index, candidate] of wanted.entries()) {
    try {
      const listening = await listen(server, candidate, host);
      return {
        url: `http://${host}:${listening}${prefix}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      };
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
      if (index === wanted.length - 1) throw new Failure(`port ${candidate} is taken`);
    }
  }
  throw new Failure('no free port');
}

/** A port as the command line gives it. */
export function portOf(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new Failure(`--port ${text}: want 0 to 65535`);
  return port;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        base: { type: 'string', default: '' },
        host: { type: 'string' },
        port: { type: 'string' },
      },
    });
    const root = positionals[0] ?? join(ROOT, 'site', 'build');
    if (!existsSync(root)) throw new Failure(`${root} is not there; npm run build makes it`);
    const { url } = await serve({
      root,
      base: values.base,
      port: portOf(values.port),
      ...(values.host === undefined ? {} : { host: values.host }),
    });
    console.log(url);
  });
}
