// How keys of issuers are fetched, and what tokens then show.
//
// Written from: formats for users, sections 14 and 15; OpenID Connect Core 1.0. TLS is that of node and of
// openssl's s_server, certificates are openssl's, tokens jose's. Nothing here waits for the clock of the
// reader: it goes ahead as told.
// usage: node judge.mjs OIDC-WATCH COFFER-NODE, from tests/e2e/oidc/run
import crypto from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import zlib from 'node:zlib';
import * as jose from 'jose';
import { Authorities, DAY, OTHER_NAMES, Watch, closeAll, pause, pipe, proxy, serve, serveOpenssl,
  startNode } from './world.mjs';

const [program, node] = process.argv.slice(2);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMIT = 64 * 1024;
let passed = 0;
let failed = 0;

function check(name, found, wanted = true) {
  if (JSON.stringify(found) === JSON.stringify(wanted)) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`FAILED ${name}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }
}

// --- certificates and keys ---

const made = new Authorities();
made.authority('root', 'root');
made.authority('stranger', 'stranger');
made.authority('middle', 'root');
made.server('good', 'middle');
made.server('renewed', 'middle');
made.server('below-root', 'root');
made.server('strange', 'stranger');
made.server('over', 'middle', { from: -2 * DAY, to: -DAY });
made.server('not-yet', 'middle', { from: DAY, to: 2 * DAY });
made.server('soon-over', 'middle', { to: HOUR });
made.server('just-begun', 'middle', { from: -HOUR });
made.server('elsewhere', 'middle', { names: OTHER_NAMES });
made.server('alone', 'alone');
made.make('alone-authority', 'alone-authority',
  { extensions: 'basicConstraints=critical,CA:TRUE\nsubjectAltName=IP:127.0.0.1\n' });
const full = made.chain('good', 'middle', 'root');
const short = made.chain('good', 'middle');
const ROOTS = [made.root('root')];

async function keyPair(kid, alg, more = {}) {
  const pair = await jose.generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  return { kid, alg, ...pair, jwk: { ...await jose.exportJWK(pair.publicKey), kid, alg, use: 'sig', ...more } };
}

const one = await keyPair('one', 'RS256');
const two = await keyPair('two', 'ES256');
const three = await keyPair('three', 'EdDSA');
const stolen = await keyPair('one', 'RS256');
const set = (...pairs) => JSON.stringify({ keys: pairs.map((pair) => pair.jwk) });
const answer = (body, head = {}) => (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', ...head });
  response.end(body);
};

const issuer = (iss, jwks_uri, more = {}) => ({ iss, jwks_uri, roots: ROOTS,
  algs: ['RS256', 'ES256', 'EdDSA'], auds: ['client-1'], sub: 'public', ...more });
const address = (port) => `https://127.0.0.1:${port}/keys`;

// --- servers that are right, and wrong ---

const slowly = (request, response) => {
  response.writeHead(200);
  const drip = setInterval(() => response.write(' '), 500);
  response.on('close', () => clearInterval(drip));
};

const cut = (request, response) => {
  response.writeHead(200, { 'Content-Length': 4000 });
  response.write(set(one));
  setTimeout(() => response.socket.destroy(), 50);
};

const padded = (size) => set(one) + ' '.repeat(size - set(one).length);

async function plain() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${set(one).length}\r\n\r\n${set(one)}`);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  server.unref();
  return server.address().port;
}

async function nobody() {
  const { server, port } = await serve(full, answer(''));
  await new Promise((done) => { server.close(done); });
  return port;
}

const good = await serve(full, answer(set(one)));
made.put('file.json', `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${set(one)}`);
const on = async (chain, talk) => address((await serve(chain, talk)).port);
const keys = answer(set(one));
const servers = [
  ['the whole chain', 'ok', await on(full, keys)],
  ['a root that is at hand', 'ok', await on(short, keys)],
  ['right below the root', 'ok', await on(made.chain('below-root', 'root'), keys)],
  ['by its name', 'ok', (await on(full, keys)).replace('127.0.0.1', 'localhost')],
  ['one of two roots', 'ok', await on(full, keys), { roots: [made.root('stranger'), ...ROOTS] }],
  ['the middle as the root', 'ok', await on(short, keys), { roots: [made.root('middle')] }],
  ['openssl s_server', 'ok', await serveOpenssl(made, ['good', 'middle', 'root'], 'file.json')],
  ['TLS 1.2', 'ok', await on({ ...full, options: { maxVersion: 'TLSv1.2' } }, keys)],
  ['as text', 'ok', await on(full, answer(set(one), { 'Content-Type': 'text/plain' }))],
  ['as large as may be', 'ok', await on(full, answer(padded(LIMIT)))],

  ['another root', 'root', await on(made.chain('strange', 'stranger'), keys)],
  ['another root, and the right one behind it', 'root', await on(made.chain('strange', 'stranger', 'root'), keys)],
  ['a root at hand that is not listed', 'root', await on(made.chain('strange'), keys)],
  ['no middle', 'root', await on(made.chain('good', 'root'), keys)],
  ['signed by itself', 'root', await on(made.chain('alone'), keys), { roots: [made.root('alone')] }],
  ['its own authority', 'root', await on(made.chain('alone-authority'), keys), { roots: [made.root('alone-authority')] }],
  ['the key of the server is listed', 'root', await on(full, keys), { roots: [made.root('good')] }],
  ['over', 'time', await on(made.chain('over', 'middle', 'root'), keys)],
  ['not yet', 'time', await on(made.chain('not-yet', 'middle', 'root'), keys)],
  ['another name', 'name', await on(made.chain('elsewhere', 'middle', 'root'), keys)],
  ['a redirect to the right place', 'answer', await on(full, (request, response) => {
    response.writeHead(302, { Location: address(good.port) });
    response.end(set(one));
  })],
  ['not found', 'answer', await on(full, (request, response) => {
    response.writeHead(404);
    response.end(set(one));
  })],
  ['no content', 'answer', await on(full, (request, response) => {
    response.writeHead(204);
    response.end();
  })],
  ['larger', 'large', await on(full, answer(padded(LIMIT + 1)))],
  ['larger, in pieces', 'large', await on(full, (request, response) => {
    response.writeHead(200);
    for (let i = 0; i < 70; i++) response.write(' '.repeat(1024));
    response.end(set(one));
  })],
  ['an empty answer', 'keys', await on(full, answer(''))],
  ['no keys', 'keys', await on(full, answer(set()))],
  ['a page', 'keys', await on(full, answer('<html>', { 'Content-Type': 'text/html' }))],
  ['two keys of one name', 'keys', await on(full, answer(set(one, stolen)))],
  ['compressed', 'keys', await on(full, answer(zlib.gzipSync(set(one)), { 'Content-Encoding': 'gzip' }))],
  ['something behind it', 'keys', await on(full, answer(`${set(one)}{}`))],
  ['half of it', 'keys', await on(full, answer(set(one).slice(0, -2)))],
  ['cut off', 'broken', await on(full, cut)],
  ['no TLS', 'broken', address(await plain())],
  ['TLS 1.1', 'broken', await on({ ...full, options: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0' } }, keys)],
  ['closed', 'away', address(await nobody())],
  ['no answer', 'late', await on(full, () => {})],
  ['a little now and then', 'late', await on(full, slowly)],
];

async function judgeServers() {
  const rows = servers.map(([, , uri, more], i) => issuer(`https://issuer.test/${i}`, uri, more));
  const tenants = [];
  for (let i = 0; i < rows.length; i += 8) tenants.push(rows.slice(i, i + 8));
  const watch = await Watch.start(program, tenants, made, { pool: ['stranger', 'root', 'middle'] });
  check('the reader starts', watch.started, { code: 'OK', where: '' });
  let facts = await watch.until((all) => all.every((row) => row.last !== ''));
  // On a machine that has much to do an answer may be late: it is asked for once more.
  const isLate = (row, i) => row.last === 'late' && servers[i][1] !== 'late';
  for (let i = 0; i < 3 && facts.some(isLate); i++) {
    await watch.ask('later', 31_000);
    facts = await watch.until((all) => !all.some(isLate), 15);
  }
  servers.forEach(([name, outcome], i) => {
    check(name, [facts[i].last, facts[i].state], [outcome, outcome === 'ok' ? 'fresh' : 'none']);
  });
  const metrics = await watch.ask('metrics');
  check('metrics', /^coffer_oidc_fetches_total{tenant="default",issuer="1",outcome="ok"} \d+$/m.test(metrics));
  check('metrics of another tenant',
    /^coffer_oidc_fetches_total{tenant="tenant-1",issuer="2",outcome="root"} \d+$/m.test(metrics));
  check('a log line', /WARN.*keys of an issuer.*tenant="?tenant-1.*outcome="?root/i.test(watch.log));
  check('a reader of many ends well', await watch.stop(), 0);
}

// What node's TLS says of the same servers by the same roots: it takes none that ours refuses for its certificate.
async function judgePeer() {
  const peers = servers.filter(([, outcome]) => ['ok', 'root', 'time', 'name'].includes(outcome))
    .filter(([, , , more]) => more === undefined);
  for (const [name, outcome, uri] of peers) {
    const { hostname, port } = new URL(uri);
    const taken = await new Promise((done) => {
      const socket = tls.connect({ host: hostname, port, ca: made.pem('root'), servername: net.isIP(hostname) ? '' : hostname });
      socket.on('secureConnect', () => { done(socket.authorized); socket.destroy(); });
      socket.on('error', () => done(false));
    });
    check(`node's TLS about ${name}`, taken, outcome === 'ok');
  }
}

// --- time ---

async function judgeBounds() {
  const soon = await on(made.chain('soon-over', 'middle', 'root'), keys);
  const begun = await on(made.chain('just-begun', 'middle', 'root'), keys);
  const watch = await Watch.start(program, [[issuer('https://soon.test', soon), issuer('https://begun.test', begun)]], made);
  await watch.until((all) => all.every((row) => row.last === 'ok'));
  const at = async () => {
    await watch.ask('later', 15 * MINUTE);
    const facts = await watch.until((all) => all.every((row) => row.age_ms < MINUTE || row.last !== 'ok'));
    return facts.map((row) => [row.last, row.state]);
  };
  check('while both are valid at both ends', await at(), [['ok', 'fresh'], ['ok', 'fresh']]);
  await watch.ask('wide', 2 * HOUR);
  check('over at the latest, not begun at the earliest', await at(), [['time', 'old'], ['time', 'old']]);
  check('ends', await watch.stop(), 0);
}

// --- tokens ---

const P = crypto.createHash('sha256').update('judge').digest();
const iss = 'https://issuer.test';

async function token(pair, claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new jose.SignJWT({ iss, aud: 'client-1', sub: 'user-1', iat: now, exp: now + 300,
    nonce: P.toString('base64url'), ...claims })
    .setProtectedHeader({ alg: pair.alg, kid: pair.kid, ...header }).sign(pair.privateKey);
}

const counted = (text) => Buffer.concat([Buffer.of(text.length >> 8, text.length & 255), Buffer.from(text)]);
const keyOf = (...texts) => Buffer.concat(texts.map(counted)).toString('hex');

function unsigned(head, claims, sign = () => '') {
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(text)}`;
}

async function judgeTokens() {
  let sent = set(one, two);
  const { port, seen } = await serve(full, (request, response) => answer(sent)(request, response));
  const pairwise = issuer('https://pairwise.test', address(port), { sub: 'pairwise' });
  const pinned = { iss: 'https://pinned.test', algs: ['EdDSA'], auds: ['client-1'], sub: 'public', keys: set(three) };
  const watch = await Watch.start(program, [[issuer(iss, address(port)), pairwise, pinned], [pinned], []], made);
  const prove = (text, tenant = 0, proof = P.toString('hex')) => watch.ask('prove', tenant, proof, text);
  const code = async (...words) => (await prove(...words)).code;
  const shown = { code: 'OK', waits: false, key: keyOf(iss, '', 'user-1') };

  const first = await prove(await token(one));
  check('a token, as soon as the keys are there', { ...first, waited: undefined }, { ...shown, waited: undefined });
  await watch.until((all) => all[0].last === 'ok' && all[1].last === 'ok');
  check('another algorithm', (await prove(await token(two))).key, shown.key);
  check('of a pairwise issuer', (await prove(await token(one, { iss: 'https://pairwise.test' }))).key,
    keyOf('https://pairwise.test', 'client-1', 'user-1'));
  check('pinned keys', (await prove(await token(three, { iss: 'https://pinned.test' }))).key,
    keyOf('https://pinned.test', '', 'user-1'));
  check('the same of another tenant', await code(await token(three, { iss: 'https://pinned.test' }), 1), 'OK');

  check('an issuer of another tenant', await code(await token(one), 1), 'OIDC_ISSUER');
  check('a tenant without issuers', await code(await token(one), 2), 'OIDC_ISSUER');
  check('a tenant that is none', await code(await token(one), 9), 'OIDC_ISSUER');
  check('another issuer', await code(await token(one, { iss: `${iss}/` })), 'OIDC_ISSUER');
  check('a key of another issuer', await code(await token(three, { iss: 'https://pinned.test' }, { kid: 'one' })), 'AUTH_FAILED');
  check('another text', await code(await token(one), 0, crypto.randomBytes(32).toString('hex')), 'OIDC_NONCE');
  check('another audience', await code(await token(one, { aud: 'client-2' })), 'OIDC_AUDIENCE');
  check('too old', await code(await token(one, { exp: Math.floor(Date.now() / 1000) - 1 })), 'OIDC_EXPIRED');
  check('another key of the same name', await code(await token(stolen)), 'AUTH_FAILED');
  check('another key under its name', await code(await token(two, {}, { kid: 'one' })), 'OIDC_ALG');

  const claims = jose.decodeJwt(await token(one));
  const secret = (key) => (text) => crypto.createHmac('sha256', key).update(text).digest('base64url');
  const spki = await jose.exportSPKI(one.publicKey);
  check('alg none', await code(unsigned({ alg: 'none' }, claims)), 'OIDC_ALG');
  check('alg none with a kid', await code(unsigned({ alg: 'none', kid: 'one' }, claims)), 'OIDC_ALG');
  check('alg NONE', await code(unsigned({ alg: 'NONE', kid: 'one' }, claims)), 'OIDC_ALG');
  check('no signature', await code(unsigned({ alg: 'RS256', kid: 'one' }, claims)), 'AUTH_FAILED');
  for (const key of [spki, JSON.stringify(one.jwk), one.jwk.n, Buffer.from(one.jwk.n, 'base64url'), '']) {
    check('a public key as a secret', await code(unsigned({ alg: 'HS256', kid: 'one' }, claims, secret(key))), 'OIDC_ALG');
  }
  const own = await jose.exportJWK(stolen.publicKey);
  check('a key in the token', await code(await token(stolen, {}, { jwk: own })), 'OIDC_ALG');
  check('an address in the token', await code(await token(stolen, {}, { jku: address(port) })), 'OIDC_ALG');
  check('no kid', await code(await token(one, {}, { kid: undefined })), 'OIDC_ALG');

  const fetched = seen.requests;
  await watch.ask('later', 31_000);
  sent = set(two, { ...three, jwk: { ...three.jwk, kid: 'four' } });
  const four = { ...three, kid: 'four' };
  check('a kid that is not there is not there at once', await watch.ask('ask', 0, P.toString('hex'), await token(four)),
    { code: 'OIDC_KEYS_STALE', waits: true, waited: false, key: '' });
  check('and then it is', (await prove(await token(four))).code, 'OK');
  check('by one fetch', seen.requests - fetched, 1);
  check('what was there before is gone', await code(await token(one)), 'AUTH_FAILED');
  for (let i = 0; i < 20; i++) {
    check('more that are not there', (await prove(await token({ ...one, kid: `none-${i}` }))).code, 'AUTH_FAILED');
  }
  check('ask for nothing', seen.requests - fetched, 1);
  check('each fetch has its connection', seen.connections, seen.requests);
  check('and its TLS session', seen.resumed, 0);
  check('ends', await watch.stop(), 0);
}

// --- keys that grow old ---

async function judgeAge() {
  let sent = set(one, two);
  const { server, port, seen } = await serve(full, (request, response) => answer(sent)(request, response));
  const watch = await Watch.start(program, [[issuer(iss, address(port))]], made);
  const code = async (pair) => (await watch.ask('prove', 0, P.toString('hex'), await token(pair,
    { iat: Math.floor(Date.now() / 1000), exp: Math.floor((Date.now() + 2 * DAY) / 1000) }))).code;
  await watch.until((all) => all[0].last === 'ok');
  server.setSecureContext(made.chain('renewed', 'middle', 'root'));
  sent = set(two);
  check('a key that was taken away, before it is known', await code(one), 'OK');
  await watch.ask('later', 15 * MINUTE);
  await watch.until((all) => seen.requests === 2 && all[0].age_ms < MINUTE);
  check('another certificate under the same root', (await watch.ask('facts'))[0].last, 'ok');
  check('a key that was taken away', await code(one), 'AUTH_FAILED');
  check('a key that stays', await code(two), 'OK');

  server.setSecureContext(made.chain('strange', 'stranger'));
  sent = set(stolen);
  await watch.ask('later', 15 * MINUTE);
  let facts = await watch.until((all) => all[0].last === 'root');
  check('another certificate under another root', [facts[0].last, facts[0].state], ['root', 'old']);
  check('brings no key', await code(stolen), 'OIDC_KEYS_STALE');
  check('and what there was stays', await code(two), 'OK');
  await watch.ask('later', 6 * HOUR - 16 * MINUTE);
  check('nearly as long as it counts', await code(two), 'OK');
  await watch.ask('later', MINUTE);
  check('and no longer', await code(two), 'OIDC_KEYS_STALE');
  facts = await watch.until((all) => all[0].state === 'dead');
  check('which is told', [facts[0].last, facts[0].state, facts[0].age_ms >= 6 * HOUR], ['root', 'dead', true]);
  await watch.until(() => /ERROR.*keys of an issuer.*dead/i.test(watch.log));
  check('and logged', /ERROR.*keys of an issuer.*dead/i.test(watch.log));
  server.setSecureContext(full);
  sent = set(two);
  await watch.ask('later', MINUTE);
  await watch.until((all) => all[0].last === 'ok');
  check('until they come again', await code(two), 'OK');
  check('ends', await watch.stop(), 0);
}

// --- who carries the bytes ---

async function judgeCarrier() {
  const { port, seen } = await serve(full, keys);
  const strange = await serve(made.chain('strange', 'stranger'), keys);
  let talk = (socket) => pipe(socket, port);
  let asked = '';
  const through = await proxy((socket, target) => { asked = target; talk(socket); });
  const watch = await Watch.start(program, [[issuer(iss, 'https://issuer.test/keys')]], made, { through });
  const last = async (now, seconds) => {
    talk = now;
    await watch.ask('later', 15 * MINUTE);
    const before = (await watch.ask('metrics')).match(/_fetches_total.* \d+/g).join();
    await watch.until(() => false, 0);
    for (const end = Date.now() + (seconds ?? 40) * 1000; Date.now() < end;) {
      if ((await watch.ask('metrics')).match(/_fetches_total.* \d+/g).join() !== before) break;
      await pause(20);
    }
    return (await watch.ask('facts'))[0];
  };
  const recorded = [];
  const first = await watch.until((all) => all[0].last !== '');
  check('through a proxy', [first[0].last, asked], ['ok', 'issuer.test:443']);
  check('recorded', (await last((socket) => pipe(socket, port, { onServer: (data, pass) => { recorded.push(data); pass(data); } }))).last, 'ok');
  check('sent again', (await last((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.once('data', () => recorded.forEach((data) => socket.write(data)));
  })).last, 'broken');
  check('led elsewhere', (await last((socket) => pipe(socket, strange.port))).last, 'root');
  check('refused', (await last((socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))).last, 'away');
  check('an answer of the proxy itself', (await last((socket) => socket.end(
    `HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${set(stolen).length}\r\n\r\n${set(stolen)}`))).last, 'broken');
  const requests = seen.requests;
  check('a byte changed', (await last((socket) => pipe(socket, port, { onServer: (data, pass) => {
    if (seen.requests > requests) data[data.length - 1] ^= 1;
    pass(data);
  } }))).last, 'broken');
  const held = await last((socket) => pipe(socket, port, { onServer: (data, pass) => setTimeout(() => pass(data), 1500) }));
  check('held back, it is as old as the question', [held.last, held.age_ms >= 3000], ['ok', true]);
  check('withheld', (await last((socket) => pipe(socket, port, { onServer: () => {} }))).last, 'late');
  check('ends', await watch.stop(), 0);
}

// --- a node ---

async function judgeNode() {
  const { port } = await serve(short, keys);
  const { port: far } = await serve(full, keys);
  const through = await proxy((socket) => pipe(socket, far));
  const near = await startNode(node, issuer(iss, address(port)), made,
    { authorities_file: made.put('authorities.pem', made.pem('stranger') + made.pem('root')) });
  const away = await startNode(node, issuer(iss, 'https://issuer.test/keys'), made,
    { outbound_proxy: through, authorities_file: made.at('nowhere') });
  const wrong = await startNode(node, issuer(iss, address(port)), made, { authorities_file: made.at('nowhere') });
  for (const [name, one, last] of [['a node', near, 'ok'], ['a node behind a proxy', away, 'ok'],
    ['a node without the root', wrong, 'root']]) {
    const [row] = await one.until((rows) => rows[0].last !== '');
    check(name, { ...row, age_ms: row.age_ms === null ? null : row.age_ms < MINUTE },
      { tenant: 'default', iss, state: last === 'ok' ? 'fresh' : 'none', last, keys: last === 'ok' ? 1 : 0,
        age_ms: last === 'ok' ? true : null });
    check(`metrics of ${name}`, (await one.get('/metrics'))
      .includes(`coffer_oidc_fetches_total{tenant="default",issuer="0",outcome="${last}"} 1\n`));
    check(`${name} ends`, await one.stop(), 0);
  }
  check('no file of authorities is logged', /no file of authorities.*nowhere/.test(wrong.log));
  const odd = await startNode(node, { iss, algs: ['EdDSA'], auds: ['client-1'], sub: 'public', keys: '{}' }, made);
  check('pinned keys that are none stop a node', await odd.ended, 1);
  check('and it says which', odd.log.includes(`issuers: ${iss}`));
}

// --- logging in ---

// What is signed to log in, as formats for users has it (section 14); its SHA-256.
function textOf(asked, user, cnfType, cnfKey) {
  const cnf = crypto.createHash('sha256').update(Buffer.concat([Buffer.of(cnfType), cnfKey])).digest('hex');
  const lines = ['CofferAuth/1', asked.domain_id, asked.tenant, 'login', user, `${cnfType}:${cnf}`, asked.challenge, '-'];
  return crypto.createHash('sha256').update(lines.join('\n')).digest();
}

const hash = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const b64u = (data) => Buffer.from(data).toString('base64url');

// The first statement of a user who is known by an issuer: leave of the operator, and a token that signs it.
async function enrolment(asked, user, operator, claims = {}) {
  const T = Buffer.from(asked.tenant, 'hex');
  const K = Buffer.from(keyOf(iss, '', 'user-1'), 'hex');
  const place = [asked.domain_id, asked.tenant];
  const id = hash('coffer/auth/1', T, Buffer.of(7), K).subarray(0, 16).toString('hex');
  const salt = crypto.randomBytes(16).toString('hex');
  const now = Date.now();
  const ticket = ['CofferTicket/1', ...place, user, id, now, now + MINUTE, salt].join('\n');
  const leave = [4, b64u(operator.raw), b64u(crypto.sign(null, Buffer.from(ticket), operator.privateKey))];
  const body = JSON.stringify({ n: 7, K: b64u(K), cred: '', label: 'issuer', ticket: { text: ticket, sigs: [leave] } });
  const text = ['CofferState/1', ...place, 'user.add', `u:${user}`, 1, '-', 0, hash(body).toString('hex'), salt].join('\n');
  const signed = await token(one, { nonce: b64u(hash(text)), ...claims });
  return { text, body: b64u(body), sigs: [[7, b64u(K), b64u(signed)]] };
}

// The node knows no such user, and says so only when the token has shown somebody.
async function judgeLogin() {
  let open = () => {};
  const gate = new Promise((done) => { open = done; });
  const { port, seen } = await serve(full, async (request, response) => {
    await gate;
    answer(set(one))(request, response);
  });
  const operator = crypto.generateKeyPairSync('ed25519');
  operator.raw = Buffer.from(operator.publicKey.export({ format: 'jwk' }).x, 'base64url');
  const nodeOne = await startNode(node, issuer(iss, address(port)), made, { authorities_file: made.at('nowhere') },
    { operators: [{ alg: 'ed25519', key: `0x${operator.raw.toString('hex')}` }] });
  await nodeOne.until(() => seen.requests === 1);
  const client = crypto.createPublicKey(three.privateKey).export({ format: 'jwk' });
  const key = Buffer.from(client.x, 'base64url');
  const who = { username: 'alice', client_key: { scheme: 'ed25519', key: key.toString('base64') } };
  const logIn = async (claims = {}) => {
    const asked = await nodeOne.post('/v1/sessions/challenge', who);
    const nonce = textOf(asked, 'alice', 4, key).toString('base64url');
    const proof = Buffer.from(await token(one, { nonce, ...claims })).toString('base64');
    return nodeOne.post('/v1/sessions', { ...who, challenge: asked.challenge, proofs: [{ scheme: 'oidc', proof }] });
  };
  const code = (said) => said.error_code;
  const waiting = logIn();
  const parked = async () => / 1$/m.test((await nodeOne.get('/metrics')).match(/^coffer_requests_parked.*$/m)?.[0] ?? '');
  for (const end = Date.now() + 20_000; Date.now() < end && !(await parked());) await pause(20);
  open();
  check('a login waits for keys that are on their way', code(await waiting), 'AUTH_FAILED');
  check('a token for another challenge', code(await logIn({ nonce: P.toString('base64url') })), 'OIDC_NONCE');
  check('of another issuer', code(await logIn({ iss: 'https://other.test' })), 'OIDC_ISSUER');
  const asked = await nodeOne.post('/v1/sessions/challenge', who);
  const state = async (claims) => code(await nodeOne.post('/v1/statements', await enrolment(asked, 'alice', operator, claims)));
  check('a token for another statement signs none', await state({ nonce: b64u(P) }), 'OIDC_NONCE');
  check('somebody else signs none', await state({ sub: 'user-2' }), 'AUTH_FAILED');
  check('a user is enrolled by an issuer', (await state({})) ?? 'taken', 'taken');
  const session = await logIn();
  const { assurance, factors } = session.metadata ?? {};
  check('and logs in', [session.success, assurance, factors], [true, 4, ['oidc']]);
  check('which nobody else does', code(await logIn({ sub: 'user-2' })), 'AUTH_FAILED');
  check('a node that logs in ends', await nodeOne.stop(), 0);
}

// --- what does not start ---

async function judgeStarts() {
  const pinned = (text) => ({ iss, algs: ['EdDSA'], auds: ['client-1'], sub: 'public', keys: text });
  const starts = async (row) => {
    const watch = await Watch.start(program, [[row]], made);
    if (watch.started.code === 'OK') await watch.stop();
    return watch.started;
  };
  check('pinned keys that are none', await starts(pinned('{"keys":[]}')), { code: 'OIDC_KEYS_STALE', where: iss });
  check('an address that cannot be used', await starts(issuer(iss, 'https://issuer.test/"')), { code: 'CONFIG_INVALID', where: iss });
  check('pinned keys', (await starts(pinned(set(three)))).code, 'OK');
}

await Promise.all([judgeServers().then(judgePeer), judgeBounds(), judgeTokens(), judgeAge(), judgeCarrier(), judgeStarts(),
  judgeNode(), judgeLogin()]);
await closeAll(made);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
