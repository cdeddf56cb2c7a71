/**
 * Checks that 200 training steps end with the same bits in Chromium: on one thread and on two in a page that is isolated
 * from others, and on one in a page that is not. Pages whose policy forbids workers, or WebAssembly, do without, with a
 * notice.
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

interface Page {
  readonly title: string;
  readonly headers: Record<string, string>;
  readonly threads: readonly [number, number];
  readonly trains?: false;
  /** What the notice of the second run says, by its option. */
  readonly notice?: readonly [option: string, text: RegExp];
}

const withPolicy = (policy: string) => ({ ...isolation, 'Content-Security-Policy': policy });
const pages: readonly Page[] = [
  { title: 'isolated', headers: isolation, threads: [1, 2] },
  { title: 'not isolated', headers: {}, threads: [1, 1], notice: ['threads', /Cross-Origin-Opener-Policy/] },
  {
    title: 'without blob: in its policy',
    headers: withPolicy("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"),
    threads: [1, 1],
    notice: ['threads', /workers cannot be started: .* must have blob: in worker-src/],
  },
  {
    title: "without 'wasm-unsafe-eval' in its policy",
    headers: withPolicy("default-src 'self'; worker-src blob:"),
    threads: [1, 1],
    trains: false,
    notice: ['backend', /plain TypeScript loops .* must have 'wasm-unsafe-eval' in script-src/],
  },
];

/** Whether a page reported what it should. */
function isRight({ threads, trains, notice }: Page, report: Report): boolean {
  if ('error' in report) return false;
  const { notices } = report.runs[1]!;
  return (
    report.runs.every(
      (run, i) => run.threads === threads[i] && run.hash === (trains === false ? '' : hash),
    ) &&
    String(Object.keys(notices)) === String(notice?.[0] ?? []) &&
    (!notice || notice[1].test(notices[notice[0]]!))
  );
}

for (const page of pages) {
  const report = await visit(page.headers);
  if (!isRight(page, report)) {
    console.error(`In a page that is ${page.title}: expected`, page, 'got', JSON.stringify(report, null, 1));
    process.exit(1);
  }
  const threads = `${page.threads.join(' and ')} threads`;
  const outcome = page.trains === false ? 'plain loops, and a notice' : `${threads}: the same bits`;
  console.log(`A page that is ${page.title}, ${outcome}. ${'engine' in report ? report.engine : ''}`);
}
