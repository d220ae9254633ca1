// What clients of the Nova KMS may rely on, as one node answers it: the shapes of every endpoint, the
// catalogue of errors, and the edge cases that were measured on the reference; where ours differs,
// what docs/compatibility.md says. Written from: measurements of the reference in Python; the client is
// judged first, by a recorded run of the platform's own. usage: nova.mjs FILE, with {node: {url, wallet, tee_pubkey},
// wallet, tee, other: {wallet, tee}, app, kms_app}. A line for each check: ok or FAILED.
import { readFileSync } from 'node:fs';
import {
  DERIVATIONS, NovaClient, Refused, point, require,
} from '../interop/nova_client.mjs';

const { getAddress, Wallet } = require('ethers');
const given = JSON.parse(readFileSync(process.argv[2]));
const { url } = given.node;
const node = { url, wallet: given.node.wallet, point: point(given.node.tee_pubkey) };
const client = new NovaClient(node, given.wallet, given.tee);
const other = new NovaClient(node, given.other.wallet, given.other.tee);
let failed = 0;

function check(what, good, detail = '') {
  console.log(`${good ? 'ok   ' : 'FAILED '}${what} ${good ? '' : JSON.stringify(detail)}`);
  failed += good ? 0 : 1;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const NONCE = 'App PoP authentication failed: Invalid or expired nonce';
const MISSING = 'Missing PoP authentication. Provide X-App-Signature / X-App-Nonce / '
  + 'X-App-Timestamp headers.';

async function send(method, path, headers = {}, body = undefined) {
  const answer = await fetch(url + path, { method, headers, body });
  const text = await answer.text();
  let said = null;
  try {
    said = JSON.parse(text);
  } catch {
    // not JSON: HEAD has no body
  }
  return { status: answer.status, headers: answer.headers, said, text };
}

// An error has all members of all versions of the protocol.
function refuses(what, answer, status, detail, code) {
  const { said } = answer;
  const isText = typeof said?.detail === 'string' && said.message === said.detail;
  check(what, answer.status === status && isText && (detail === undefined || said.detail === detail)
    && (code === undefined || said.code === code) && typeof said.error_code === 'string'
    && answer.headers.get('X-KMS-Response-Signature') === null, [answer.status, said]);
}

const body = (inner, from = client) => JSON.stringify(from.seal(inner));
const derive = async (headers, text) => send('POST', '/kms/derive', { ...headers, ...JSON_TYPE }, text);
const members = (object) => Object.keys(object ?? {}).sort().join();

async function called(method, path, inner) {
  try {
    return { status: 200, said: await client.call(method, path, inner) };
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, said: error.body };
    return { status: 0, said: String(error) };
  }
}

// --- the client itself ---

const RUN = new URL('../../vectors/nova-app-capsule.json', import.meta.url);
const run = JSON.parse(readFileSync(RUN));
const ends = ['app', 'node'].map((name, i) => {
  const peer = run[['node', 'app'][i]];
  const at = { url: '', wallet: peer.wallet, point: point(peer.spki) };
  return new NovaClient(at, run[name].wallet_private, run[name].p384_private);
});
const opened = run.exchanges.flatMap(({ decoded, ...exchange }) => ['request', 'response']
  .filter((side) => decoded[`${side}_plaintext`])
  .map((side) => ends[side === 'request' ? 1 : 0].open(JSON.parse(exchange[`${side}_body`]))
    && JSON.stringify(ends[side === 'request' ? 1 : 0].open(JSON.parse(exchange[`${side}_body`])))
    === JSON.stringify(JSON.parse(decoded[`${side}_plaintext`]))));
check('the client opens every body of a real run', opened.length === 19 && opened.every(Boolean), opened);

// --- what anyone may see ---

const overview = (await send('GET', '/')).said;
check('GET /: the service and its documents', overview.service === 'Nova KMS'
  && overview.docs.openapi_json === '/openapi.json' && overview.auth.app_pop_headers.length === 4
  && overview.auth.mutual_response_header === 'X-KMS-Response-Signature', overview);
const has = (method, path) => overview.endpoints.some((e) => e.method === method && e.path === path);
check('GET /: what it advertises', has('GET', '/health') && has('POST', '/kms/derive'));
const health = await send('GET', '/health');
check('GET /health', health.status === 200 && health.said.status === 'healthy'
  && health.headers.get('Content-Type') === 'application/json', health.said);
const nonces = await Promise.all(Array.from({ length: 50 }, () => send('GET', '/nonce')));
check('GET /nonce: 16 bytes in base64, all different', new Set(nonces.map((n) => n.said.nonce)).size
  === 50 && nonces.every((n) => Buffer.from(n.said.nonce, 'base64').length === 16
  && n.said.nonce.length === 24 && members(n.said) === 'nonce'), nonces[0].said);
const status = (await send('GET', '/status')).said;
check('GET /status: the members of the reference', ['tee_wallet', 'tee_pubkey', 'node_url',
  'is_operator', 'service_available', 'master_secret', 'master_secret_initialized']
  .every((name) => name in status.node) && ['kms_app_id', 'registry_address', 'total_instances']
  .every((name) => name in status.cluster) && ['namespaces', 'total_keys', 'total_bytes']
  .every((name) => name in status.data_store), status);
check('GET /status: the KMS app, wallet and key', status.cluster.kms_app_id === given.kms_app
  && /^0x[0-9a-f]{40}$/.test(status.node.tee_wallet) && /^3076[0-9a-f]{236}$/.test(
  status.node.tee_pubkey) && status.node.service_available === true, status.node);
const nodes = (await send('GET', '/nodes')).said;
const first = nodes.operators?.[0];
check('GET /nodes: members of a row', nodes.count === 2 && nodes.operators.length === 2
  && members(first) === 'connection,instance,operator' && members(first.instance) === ['app_id',
    'instance_id', 'instance_status', 'instance_url', 'operator', 'registered_at', 'tee_wallet',
    'version_id', 'zk_verified'].join() && first.connection.in_peer_cache === true
  && first.connection.cached_status === 'ACTIVE' && first.instance.instance_status.name === 'ACTIVE'
  && first.instance.app_id === given.kms_app, nodes);
check('/docs and /redoc are not served', (await send('GET', '/docs')).status === 404
  && (await send('GET', '/redoc')).status === 404);
check('/openapi.json is', (await send('GET', '/openapi.json')).said.openapi?.startsWith('3.'));

// --- the router ---

const head = await send('HEAD', '/health');
check('HEAD /health: as GET, without the body', head.status === 200 && head.text === '', head);

refuses('an unknown path', await send('GET', '/none'), 404, 'Not Found', 'not_found');
for (const [method, path, allow] of [['OPTIONS', '/kms/derive', 'POST'],
  ['POST', '/kms/data', 'DELETE, GET, HEAD, PUT'], ['PATCH', '/health', 'GET, HEAD']]) {
  const answer = await send(method, path, method === 'POST' ? JSON_TYPE : {});
  const allowed = (answer.headers.get('Allow') ?? '').split(', ').sort().join(', ');
  check(`${method} ${path}: 405 with Allow`, answer.status === 405 && allowed === allow,
    [answer.status, allowed]);
}
refuses('a method that is not served', await send('POST', '/health', JSON_TYPE, '{}'), 405,
  'Method Not Allowed', 'method_not_allowed');
const large = Buffer.alloc(2097153, 0x20);
refuses('a body that is too large', await derive({}, large), 413,
  'Request body too large (>2097152 bytes)', 'payload_too_large');

// --- proof of possession ---

const inner = { path: 'm/test/1' };
refuses('no proof', await derive({}, body(inner)), 403, MISSING, 'unauthorized');
refuses('X-Tee-Wallet is nobody', await derive(
  { 'X-Tee-Wallet': client.wallet.address }, body(inner)), 403, MISSING);
for (const name of ['X-App-Signature', 'X-App-Nonce', 'X-App-Timestamp']) {
  const headers = await client.proof();
  delete headers[name];
  refuses(`a proof without ${name}`, await derive(headers, body(inner)), 403, MISSING);
}

// A proof with other members than those of now. spell: of the node's wallet.
async function proof({ nonce, time, recipient = node.wallet, wallet = client.wallet, header } = {}) {
  const used = nonce ?? (await send('GET', '/nonce')).said.nonce;
  const at = String(time ?? Math.floor(Date.now() / 1000));
  client.recipient = recipient;
  const headers = {
    'X-App-Signature': await wallet.signMessage(`NovaKMS:AppAuth:${used}:${recipient}:${at}`),
    'X-App-Nonce': used,
    'X-App-Timestamp': at,
  };
  return header === undefined ? headers : { ...headers, 'X-App-Wallet': header };
}

const now = Math.floor(Date.now() / 1000);
const STALE = 'App PoP authentication failed: Stale timestamp';
refuses('a time 300 s ago', await derive(await proof({ time: now - 300 }), body(inner)), 403, STALE);
refuses('a time in 300 s', await derive(await proof({ time: now + 300 }), body(inner)), 403, STALE);
check('a time 100 s ago', (await derive(await proof({ time: now - 100 }), body(inner))).status === 200);
for (const time of ['now', '', '1.5', '0x10', '-1']) {
  refuses(`the time ${JSON.stringify(time)}`, await derive(await proof({ time }), body(inner)), 403);
}
for (const nonce of [Buffer.alloc(16).toString('base64'), Buffer.alloc(16, 7).toString('base64')]) {
  refuses('a nonce of nobody', await derive(await proof({ nonce }), body(inner)), 403, NONCE);
}
for (const nonce of ['AAAA', '!', 'A'.repeat(2000)]) {
  refuses('a nonce of another form', await derive(await proof({ nonce }), body(inner)), 403);
}
const twice = await proof();
check('a proof is good', (await derive(twice, body(inner))).status === 200);
refuses('once', await derive(twice, body(inner)), 403, NONCE);
for (const signature of ['0x', '00', `0x${'00'.repeat(65)}`, `0x${'zz'.repeat(65)}`,
  `0x${'11'.repeat(64)}`]) {
  refuses(`the signature ${signature.slice(0, 6)}… of ${signature.length}`, await derive(
    { ...await proof(), 'X-App-Signature': signature }, body(inner)), 403,
  'App PoP authentication failed: Invalid app signature');
}
refuses('another wallet in the header', await derive(
  await proof({ header: other.wallet.address }), body(inner)), 403,
'App PoP authentication failed: App wallet header does not match signature');
refuses('a proof for another node', await derive(
  await proof({ recipient: other.wallet.address }), body(inner)), 403, 'Instance not found');
refuses('an unknown wallet', await derive(
  await proof({ wallet: Wallet.createRandom() }), body(inner)), 403, 'Instance not found', 'forbidden');
for (const [what, recipient] of [['lower case', node.wallet], ['EIP-55', getAddress(node.wallet)]]) {
  for (const header of [undefined, client.wallet.address, client.wallet.address.toLowerCase(),
    client.wallet.address.slice(2)]) {
    const answer = await derive(await proof({ recipient, header }), body(inner));
    check(`our wallet in ${what}, header ${header ?? 'none'}`, answer.status === 200, answer.said);
  }
}
for (const v of [0, 27]) {
  const headers = await proof();
  const signature = Buffer.from(headers['X-App-Signature'].slice(2), 'hex');
  signature[64] = (signature[64] % 27 % 2) + v;
  const answer = await derive({ ...headers, 'X-App-Signature': signature.toString('hex') }, body(inner));
  check(`v from ${v} on, without 0x`, answer.status === 200, answer.said);
}

// --- envelopes ---

const PLAIN = 'Request must be E2E encrypted. Plaintext fallback is disabled.';
const SENDER = 'sender_tee_pubkey does not match on-chain registration';
for (const text of [JSON.stringify(inner), '{}', '[]']) {
  refuses(`the body ${text}`, await derive(await proof(), text), 400, PLAIN, 'bad_request');
}
for (const text of ['null', '1', '"x"']) {
  refuses(`the body ${text}`, await derive(await proof(), text), 400, undefined, 'bad_request');
}
const empty = await proof();
refuses('no body', await derive(empty, undefined), 400);
refuses('JSON that is none', await derive(await proof(), '{'), 400, undefined, 'bad_request');
refuses('another content type', await send('POST', '/kms/derive',
  { ...await proof(), 'Content-Type': 'text/plain' }, body(inner)), 415);
refuses('sealed by another app', await derive(await proof(), body(inner, other)), 403, SENDER);
for (const name of ['sender_tee_pubkey', 'nonce', 'encrypted_data']) {
  const envelope = client.seal(inner);
  delete envelope[name];
  refuses(`an envelope without ${name}`, await derive(await proof(), JSON.stringify(envelope)), 400,
    PLAIN);
  refuses(`an envelope with an empty ${name}`, await derive(
    await proof(), JSON.stringify({ ...client.seal(inner), [name]: '' })), 400);
}
const wrong = client.seal(inner);
wrong.encrypted_data = wrong.encrypted_data.replace(/.$/, (c) => (c === '0' ? '1' : '0'));
refuses('a changed envelope', await derive(await proof(), JSON.stringify(wrong)), 400,
  'Failed to decrypt request: Envelope decryption failed');
const spelled = client.seal(inner);
const upper = Object.fromEntries(Object.entries(spelled).map(([k, v]) => [k, `0x${v.toUpperCase()}`]));
check('hex in upper case, with 0x, and a member more', (await derive(
  await proof(), JSON.stringify({ ...upper, spare: 1 }))).status === 200);
const point97 = { ...client.seal(inner), sender_tee_pubkey: client.ecdh.getPublicKey('hex') };
check('the sender in SEC1', (await derive(await proof(), JSON.stringify(point97))).status === 200);
const once = body(inner);
check('an envelope is good', (await derive(await proof(), once)).status === 200);
refuses('once, also under a fresh proof', await derive(await proof(), once), 403);
for (const text of ['[]', '1', 'null', '"x"', '"\\ud800"']) {
  refuses(`inside of the envelope: ${text}`, await derive(
    await proof(), body(text === '"\\ud800"' ? '\ud800' : JSON.parse(text))), 400);
}

// --- the ages of the supervisor ---

for (const derivation of [...Object.keys(DERIVATIONS), ...Object.keys(DERIVATIONS).reverse()]) {
  const app = new NovaClient(node, given.wallet, given.tee, 'encrypted_data', derivation);
  const made = await app.derive('age').then((said) => said.length, String);
  check(`a key for an app under a supervisor that makes envelopes as ${derivation}`, made === 32, made);
  const listed = await app.list().then((said) => Array.isArray(said.keys), String);
  check('and the same in an answer to a request without a body', listed === true, listed);
}

// --- keys ---

const key = await called('POST', '/kms/derive', inner);
check('derive: app id, path and 32 bytes', key.said.app_id === given.app && key.said.path
  === inner.path && key.said.length === 32 && Buffer.from(key.said.key, 'base64').length === 32, key);
check('the same again', (await called('POST', '/kms/derive', inner)).said.key === key.said.key);
for (const length of [1, 64, 1024, '48']) {
  const { said } = await called('POST', '/kms/derive', { ...inner, length });
  const bytes = Buffer.from(said.key ?? '', 'base64');
  check(`derive: length ${JSON.stringify(length)}`, said.length === Number(length) && bytes.length
    === Number(length) && bytes.subarray(0, 1).equals(Buffer.from(key.said.key, 'base64')
    .subarray(0, 1)), said);
}
for (const wrongOne of [{ length: 0 }, { length: -1 }, { length: 1025 }, { length: 8161 },
  { length: 1.5 }, { length: true }, { length: 'x' }, { path: 1 }, { path: '' },
  { path: null }, { context: 1 }]) {
  const { status: http, said } = await called('POST', '/kms/derive', { ...inner, ...wrongOne });
  check(`derive: ${JSON.stringify(wrongOne)}`, http === 400 && said.code === 'bad_request', said);
}
check('derive: null is as nothing', (await called('POST', '/kms/derive', { ...inner, length: null,
  context: null })).said.key === key.said.key);
const joined = await called('POST', '/kms/derive', { path: 'a:b' });
const parts = await called('POST', '/kms/derive', { path: 'a', context: 'b' });
check('path and context are joined by a colon', joined.said.key === parts.said.key);
check('another app has another key', (await other.derive(inner.path)).key !== key.said.key);

// --- values ---

const hello = Buffer.from('hello').toString('base64');
const put = await called('PUT', '/kms/data', { key: 'greeting', value: hello });
check('put', members(put.said) === 'app_id,key,updated_at_ms' && put.said.app_id === given.app
  && Math.abs(put.said.updated_at_ms - Date.now()) < 60000, put);
const got = await called('GET', '/kms/data/greeting');
check('get', members(got.said) === 'app_id,key,updated_at_ms,value' && got.said.value === hello
  && got.said.updated_at_ms === put.said.updated_at_ms, got);
const answer = await send('GET', '/kms/data/greeting', await proof());
check('the answer to a GET is sealed', members(answer.said) === 'encrypted_data,nonce,'
  + 'sender_tee_pubkey' && answer.headers.get('X-KMS-Response-Signature')?.length === 132, answer.said);
check('get by query', (await called('GET', '/kms/data?key=greeting')).said.value === hello);
check('another app does not see it', (await other.list()).count === 0);
check('overwrite', (await called('PUT', '/kms/data', { key: 'greeting', value: 'eA==' })).status
  === 200 && (await called('GET', '/kms/data/greeting')).said.value === 'eA==');
check('a key with slashes', (await called('PUT', '/kms/data', { key: 'a/b', value: hello })).status
  === 200 && (await called('GET', '/kms/data/a/b')).said.value === hello
  && (await called('GET', '/kms/data/a%2Fb')).said.value === hello);
const list = await called('GET', '/kms/data');
check('list', members(list.said) === 'app_id,count,keys' && list.said.count === 2
  && list.said.keys.join() === 'a/b,greeting', list);
check('a value without bytes is an empty text', (await called('PUT', '/kms/data', { key: 'e', value:
  '' })).status === 200 && (await called('GET', '/kms/data/e')).said.value === '');
for (const [value, text] of [['aGk', ''], ['aGk!=', ''], ['%%%%', 'Invalid base64 value'], ['a', '']]) {
  const said = (await called('PUT', '/kms/data', { key: 'k', value })).said;
  check(`the value ${value}`, said.code === 'bad_request' && said.detail.startsWith(
    text || 'Invalid base64 value'), said);
}
for (const wrongOne of [{ value: hello }, { key: '', value: hello }, { key: 1, value: hello },
  { key: 'k', value: 1 }, { key: 'k', value: hello, ttl_ms: 'x' }, { key: 'k' }]) {
  const { status: http, said } = await called('PUT', '/kms/data', wrongOne);
  check(`put ${JSON.stringify(wrongOne)}`, http === 400 && said.code === 'bad_request', said);
}
await called('PUT', '/kms/data', { key: 'soon', value: hello, ttl_ms: 1 });
await new Promise((resolve) => setTimeout(resolve, 30));
refuses404('what expired', await called('GET', '/kms/data/soon'));
const gone = await called('DELETE', '/kms/data', { key: 'greeting' });
check('delete', members(gone.said) === 'app_id,deleted,key' && gone.said.deleted === true, gone);
refuses404('what was deleted', await called('GET', '/kms/data/greeting'));
refuses404('deleting it again', await called('DELETE', '/kms/data', { key: 'greeting' }));
refuses404('deleting what never was', await called('DELETE', '/kms/data', { key: 'never' }));
check('it is not listed', !(await called('GET', '/kms/data')).said.keys.includes('greeting'));

function refuses404(what, { status: http, said }) {
  check(`${what}: 404`, http === 404 && said.detail === 'Key not found' && said.code === 'not_found',
    said);
}

const biggest = Buffer.alloc(786285).toString('base64');
client.field = 'ciphertext'; // the shorter name
check('the largest value that the reference can take', (await called(
  'PUT', '/kms/data', { key: 'b', value: biggest })).status === 200);
refuses('one byte more', await send('PUT', '/kms/data', { ...await proof(), ...JSON_TYPE }, body(
  { key: 'bb', value: biggest })), 413);

// --- order ---

const kept = await proof();
refuses('a good proof around bad JSON', await derive(kept, '{'), 400);
refuses('has spent its nonce', await derive(kept, body(inner)), 403, NONCE);
refuses('POST /sync is not served yet', await send('POST', '/sync', JSON_TYPE, '{}'), 404,
  'Not Found');
process.exit(failed ? 1 : 0);
