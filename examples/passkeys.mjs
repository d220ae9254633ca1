// The back end of passkeys.html: serves the page, gives tickets to enrol with, and passes requests
// of users on to a node. docs/for-web-developers.md says how to start it.
//
// usage: node passkeys.mjs KEY [NODE] [PORT]
//
// KEY is a service key in PEM, of P-256, with scope enrol; NODE is http://127.0.0.1:4000 and PORT
// is 3000 if not given. Needs Node.js 20 and nothing else.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [keyFile, node = 'http://127.0.0.1:4000', port = '3000'] = process.argv.slice(2);
if (keyFile === undefined) {
  console.error('usage: node passkeys.mjs KEY [NODE] [PORT]');
  process.exit(2);
}
const secret = createPrivateKey(readFileSync(keyFile));
const page = readFileSync(new URL('passkeys.html', import.meta.url));

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hex = (data) => Buffer.from(data).toString('hex');

// The first 16 bytes of a hash name a key in a tenant: label, tenant, scheme, key.
const idOf = (label, tenant, scheme, key) =>
  sha256(label, Buffer.from(tenant, 'hex'), Buffer.of(scheme), key).subarray(0, 16);

const { x, y } = createPublicKey(secret).export({ format: 'jwk' });
const servicePoint = Buffer.concat([Buffer.of(2 + (Buffer.from(y, 'base64url')[31] & 1)), Buffer.from(x, 'base64url')]);

// Leave for one passkey to enrol under one name, for ten minutes. Who may have which name is for you
// to decide, here: after a mail was confirmed, or for the user who is logged in at your site. This
// example gives any name that nobody has yet.
async function ticketFor({ username, key }) {
  const { domain_id: domain } = await (await fetch(`${node}/v1/identity`)).json();
  const tenant = hex(sha256('coffer/tenant/1', Buffer.of(2), Buffer.from(domain, 'hex'), Buffer.of(7), 'default'));
  const now = Date.now();
  const passkey = idOf('coffer/auth/1', tenant, 5, Buffer.from(key, 'hex'));
  const text = ['CofferTicket/1', domain, tenant, username, hex(passkey), now, now + 600000, hex(randomBytes(16))]
    .join('\n');
  const proof = sign('sha256', Buffer.from(text), { key: secret, dsaEncoding: 'ieee-p1363' });
  const service = idOf('coffer/service/1', tenant, 1, servicePoint);
  const sigs = [[9, service.toString('base64url'), proof.toString('base64url')]];
  return { domain_id: domain, tenant, ticket: { text, sigs } };
}

// The routes that a page of users needs, and the headers that mean something there. A node takes no
// request with an Origin: that a page is yours is for this program to know, which serves it.
const ROUTES = /^\/v1\/(identity|statements|sessions(\/[0-9a-z-]+)?|starknet\/(accounts|sign))$/;
const HEADERS = /^(content-type|authorization|idempotency-key|coffer-pop-[a-z]+)$/;

async function passOn(request, body) {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => HEADERS.test(name)));
  headers['X-Forwarded-For'] = request.socket.remoteAddress;
  const { method } = request;
  const answer = await fetch(node + request.url, { method, headers, body: method === 'POST' ? body : undefined });
  const back = [...answer.headers].filter(([name]) => /^(content-type|retry-after|coffer-resp-[a-z]+)$/.test(name));
  return [answer.status, Object.fromEntries(back), Buffer.from(await answer.arrayBuffer())];
}

async function answerTo(request) {
  if (request.method === 'GET' && request.url === '/') {
    return [200, { 'Content-Type': 'text/html; charset=utf-8' }, page];
  }
  let body = '';
  for await (const part of request) {
    body += part;
    if (body.length > 65536) return [413, {}, ''];
  }
  if (request.method === 'POST' && request.url === '/ticket') {
    return [200, { 'Content-Type': 'application/json' }, JSON.stringify(await ticketFor(JSON.parse(body)))];
  }
  return ROUTES.test(request.url) ? passOn(request, body) : [404, {}, ''];
}

const server = createServer(async (request, response) => {
  let [status, headers, body] = [500, {}, ''];
  try {
    [status, headers, body] = await answerTo(request);
  } catch (error) {
    console.error(error);
  }
  response.writeHead(status, headers).end(body);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`open http://localhost:${server.address().port}`));
