/**
 * Checks that 200 training steps end with the same bits in Chromium: on one thread and on two in a page that is isolated
 * from others, and on one in a page that is not.
 *
 *   npx tsx test/bits/browser.ts [chromium]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hash } from './expected.ts';
import type { Report } from './page.ts';

const chromium = process.argv[2] ?? 'chromium';
const minutes = 2;
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const {
  outputFiles: [program],
} = await build({
  entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2022',
});

/** Serves the page, and resolves to what it sends. */
function serve(server: Server, headers: Record<string, string>): Promise<Report> {
  return new Promise(resolve => {
    server.on('request', async (request, response) => {
      const [type, body] =
        request.url === '/page.js'
          ? ['text/javascript', program!.text]
          : ['text/html', '<!doctype html><script type="module" src="page.js"></script>'];
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
      if (request.url === '/report') resolve(JSON.parse(await text(request)) as Report);
    });
  });
}

async function visit(headers: Record<string, string>): Promise<Report> {
  const server = createServer().listen(0, '127.0.0.1');
  const reported = serve(server, headers);
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), 'tinygrad-ts-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
  const browser = spawn(chromium, [...flags, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
  const failed = new Promise<Report>(resolve => {
    browser.once('error', error => resolve({ error: error.message }));
    browser.once('exit', code => resolve({ error: `${chromium} ended with ${code}` }));
    setTimeout(() => resolve({ error: `no report in ${minutes} minutes` }), minutes * 60_000).unref();
  });
  const report = await Promise.race([reported, failed]);
  if (browser.exitCode === null && browser.pid !== undefined) {
    const ended = new Promise(resolve => browser.once('exit', resolve));
    browser.kill();
    await ended;
  }
  server.closeAllConnections();
  server.close();
  // Its processes may write for a moment longer.
  rmSync(profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  return report;
}

for (const [page, headers, threads] of [
  ['isolated', isolation, [1, 2]],
  ['not isolated', {}, [1, 1]],
] as const) {
  const report = await visit(headers);
  const wanted = threads.map(count => ({ threads: count, hash }));
  if ('error' in report || JSON.stringify(report.runs) !== JSON.stringify(wanted)) {
    console.error(`In a page that is ${page}: expected ${JSON.stringify(wanted)}, got`, report);
    process.exit(1);
  }
  console.log(`A page that is ${page}, ${threads.join(' and ')} threads: the same bits. ${report.engine}`);
}
