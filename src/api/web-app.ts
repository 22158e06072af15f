/**
 * The built web app: its hashed files for ever, its one page never cached without asking, and that page again for
 * every address that a browser opens and the API does not know, because the app routes in the URL.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from './security-headers.ts';

const year = 31_536_000;

export interface WebApp {
  /** Serves the files of the app below the prefix of `scope`. */
  register(scope: FastifyInstance): Promise<void>;
  /** Whether a browser asks for a page of the app, rather than a program for data. */
  isPage(request: FastifyRequest): boolean;
  sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply;
}

/** Reads the page in `folder` once; undefined when the app was not built. */
export async function openWebApp(folder: string, basePath: string): Promise<WebApp | undefined> {
  const file = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
  if (file === undefined) return undefined;
  // The app is built with relative addresses, so that one build serves under any base path and any depth of page.
  const base = `<base href="${basePath}/">`;
  const page = /<base\b/.test(file)
    ? file.replace(/<base\b[^>]*>/, base)
    : file.replace('<head>', `<head>${base}`);
  const policy = pagePolicy(page);
  const etag = `"${createHash('sha256').update(page).digest('base64url').slice(0, 22)}"`;

  const sendPage: WebApp['sendPage'] = (request, reply) => {
    reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache', etag });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.code(200).type('text/html; charset=utf-8').send(page);
  };

  return {
    sendPage,
    isPage: (request) =>
      (request.method === 'GET' || request.method === 'HEAD') &&
      (request.headers.accept ?? '').includes('text/html'),
    async register(scope) {
      // Standing headers say no-store, which is for answers of the API.
      scope.addHook('onRequest', async (_request, reply) => void reply.removeHeader('cache-control'));
      for (const url of ['/', '/index.html']) {
        scope.get(url, { schema: { hide: true } }, async (request, reply) => sendPage(request, reply));
      }
      await scope.register(fastifyStatic, {
        root: folder,
        index: false,
        cacheControl: false,
        // Files under assets/ carry a hash of their content in their names.
        setHeaders: (response, path) => {
          const lasting = path.includes('/assets/');
          response.setHeader('cache-control', lasting ? `public, max-age=${year}, immutable` : 'no-cache');
        },
      });
    },
  };
}
