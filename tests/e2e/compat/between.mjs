// A host between an app of the seed document and its node: it ends TLS, records what passes, and sends
// what it has in place of what comes, under the fresh proof of a request that it holds back.
// Written from: the description of the protocol's texts and headers, which say what is signed and what
// is not; the client is judged first, in nova.mjs. usage: between.mjs FILE KEY CERTIFICATE, FILE as of
// nova.mjs. A line for each check: ok or FAILED.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { NovaClient, Refused, point } from '../interop/nova_client.mjs';

const [file, key, certificate] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file));
const target = new URL(given.node.url);
const passed = []; // {method, path, body, answer}, in their order
let instead = null; // (request) => request; of the next that has a proof

function check(what, good, detail = '') {
  console.log(`${good ? 'ok   ' : 'FAILED '}${what} ${good ? '' : JSON.stringify(detail)}`);
}

const all = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

const pass = ({ method, path, headers, body }) => new Promise((resolve, reject) => {
  const link = http.request({ host: target.hostname, port: target.port, method, path,
    headers: { ...headers, host: target.host, 'content-length': body.length } }, (answer) => {
    all(answer).then((text) => resolve({ status: answer.statusCode, headers: answer.headers, text }));
  });
  link.on('error', reject);
  link.end(body);
});

const proxy = https.createServer({ key: readFileSync(key), cert: readFileSync(certificate) },
  async (incoming, outgoing) => {
    let request = { method: incoming.method, path: incoming.url, headers: incoming.headers,
      body: await all(incoming) };
    if (instead !== null && request.headers['x-app-signature'] !== undefined) {
      request = instead(request);
      instead = null;
    }
    const answer = await pass(request);
    passed.push({ ...request, answer });
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.text);
  });
await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });

const at = (url) => ({ url, wallet: given.node.wallet, point: point(given.node.tee_pubkey) });
const app = new NovaClient(at(`https://127.0.0.1:${proxy.address().port}`), given.wallet, given.tee);
const honest = new NovaClient(at(given.node.url), given.wallet, given.tee);
const value = async () => (await honest.get('cfg')).toString();
const last = () => passed[passed.length - 1];

// Let the app ask for the nonce and more; the host sends something else with its proof.
async function swapped(change, call = () => app.derive('bait')) {
  instead = change;
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Error)) throw error;
  }
  return last().answer.status;
}

// --- as it should be ---

await app.put('cfg', 'old');
check('through the host', (await app.get('cfg')).toString() === 'old' && last().path === '/kms/data/cfg');
await app.derive('m/1');
await app.list();
await app.put('cfg', 'new');
await app.put('other', 'x');
await app.delete('other');
const seen = passed.filter((entry) => entry.path.startsWith('/kms/'));
check('the host has seen them', seen.length === 7 && seen.every((entry) => entry.answer.status === 200));

// --- answers that come back as requests, under whatever names ---

const ROUTES = [['PUT', '/kms/data'], ['DELETE', '/kms/data'], ['POST', '/kms/derive']];
for (const { method, path, answer } of seen) {
  for (const [to, where] of ROUTES) {
    const body = { ...JSON.parse(answer.text), sender_tee_pubkey: app.spki };
    const status = await swapped((fresh) => ({ method: to, path: where,
      headers: { ...fresh.headers, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)) }));
    check(`the answer of ${method} ${path} is no ${to}`, status >= 400, last().answer.text.toString());
    check('nothing has changed', await value() === 'new');
  }
}

// --- requests that come twice, and those that become others ---

for (const entry of seen.filter(({ body }) => body.length > 0)) {
  const status = await swapped((fresh) => ({ ...fresh, method: entry.method, path: entry.path,
    body: entry.body }));
  check(`${entry.method} ${entry.path} again, under a fresh proof`, status >= 400);
  const stale = await swapped(() => ({ ...entry }));
  check(`${entry.method} ${entry.path} again, as it was`, stale >= 400);
  check('nothing has changed by it', await value() === 'new');
}
const calls = { PUT: () => app.put('cfg', 'evil'), DELETE: () => app.delete('cfg'),
  POST: () => app.derive('cfg') };
for (const [from, call] of Object.entries(calls)) {
  for (const [to, where] of ROUTES.filter(([method]) => method !== from)) {
    const status = await swapped((fresh) => ({ ...fresh, method: to, path: where }), call);
    check(`a ${from} in flight does not become a ${to}`, status >= 400 && await value() === 'new',
      [status, last().answer.text.toString()]);
  }
}

// --- what nobody signed ---

for (const text of ['on', 'off', 'on']) {
  instead = (fresh) => ({ ...fresh, headers: { ...fresh.headers, 'idempotency-key': 'mine' } });
  await app.put('switch', text);
  const now = (await honest.get('switch')).toString();
  check(`a key that the host adds does not keep "${text}" from being written`, now === text, now);
}
for (const name of ['x-tee-wallet', 'x-app-id', 'x-forwarded-for', 'x-http-method-override', 'accept',
  'if-match', 'x-request-id']) {
  instead = (fresh) => ({ ...fresh, headers: { ...fresh.headers, [name]: 'DELETE' } });
  await app.put('cfg', name);
  check(`${name} changes nothing`, await value() === name && last().answer.status === 200);
}
for (const query of ['?key=other', '?ttl_ms=1', '?prefix=c', '?app_id=8']) {
  const status = await swapped((fresh) => ({ ...fresh, path: fresh.path + query }),
    () => app.put('cfg', query));
  const now = await value();
  check(`${query} is refused or changes nothing`, status >= 400 ? now !== query : now === query, [status, now]);
}
proxy.close();
proxy.closeAllConnections();
