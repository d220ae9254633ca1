// A client of users: keys of five schemes, statements and tickets, logins and requests of sessions
// and service keys. Signatures by Node's own crypto, ethers and starknet.js. Shares no code with the
// node it talks to. Written from: the description of our own formats, which is the only source there
// is, and what the documents of the interface say of bodies.
import {
  createHash, createPublicKey, generateKeyPairSync, randomBytes, sign,
} from 'node:crypto';
import { createRequire } from 'node:module';

const ofEthers = createRequire(new URL('../ethers/judge.mjs', import.meta.url));
const ofStarknet = createRequire(new URL('../judge/judge.mjs', import.meta.url));
const { Wallet, verifyMessage } = ofEthers('ethers');
export const starknet = ofStarknet('starknet');

const { starkCurve } = starknet.ec;
export const sha256 = (data) => createHash('sha256').update(data).digest();
export const hex = (data) => Buffer.from(data).toString('hex');
export const b64u = (data) => Buffer.from(data).toString('base64url');
const base64 = (data) => Buffer.from(data).toString('base64');
const byte = (n) => Buffer.of(n);
export const SCHEMES = ['bearer', 'p256', 'eip191', 'stark', 'ed25519', 'passkey'];

const ORIGIN = 'https://wallet.example';
export const RP_ID = 'wallet.example';
export const ORIGINS = [ORIGIN];

/* --- keys ------------------------------------------------------------------------------------- */

// n: the scheme's number; K: the key as texts have it; prove: (text, purpose) => bytes.
class P256 {
  constructor() {
    this.n = 1;
    this.pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = this.pair.publicKey.export({ format: 'jwk' });
    const odd = Buffer.from(y, 'base64url')[31] & 1;
    this.K = Buffer.concat([byte(2 + odd), Buffer.from(x, 'base64url')]);
  }

  prove(text) {
    return sign('sha256', Buffer.from(text), { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' });
  }
}

class Eip191 {
  constructor() {
    this.n = 2;
    this.wallet = Wallet.createRandom();
    this.K = Buffer.from(this.wallet.address.slice(2), 'hex');
  }

  // A wallet shows people a message of EIP-4361 when they log in.
  async prove(text, purpose) {
    if (purpose !== 'login' && purpose !== 'step-up') {
      return Buffer.from((await this.wallet.signMessage(text)).slice(2), 'hex');
    }
    const issued = new Date().toISOString();
    const message = [
      `${RP_ID} wants you to sign in with your Ethereum account:`, this.wallet.address, '',
      `Coffer ${purpose}`, '', `URI: ${ORIGIN}`, 'Version: 1', 'Chain ID: 1',
      `Nonce: ${hex(sha256(text))}`, `Issued At: ${issued}`,
    ].join('\n');
    return Buffer.from(JSON.stringify({
      origin: ORIGIN, chain_id: 1, issued_at: issued, sig: (await this.wallet.signMessage(message)),
    }));
  }
}

class Stark {
  constructor() {
    this.n = 3;
    this.secret = hex(starkCurve.utils.randomPrivateKey());
    this.K = Buffer.from(starkCurve.getPublicKey(this.secret, false).slice(1, 33));
  }

  prove(text) {
    const hash = sha256(text);
    hash[0] &= 7;
    const { r, s } = starkCurve.sign(hex(hash), this.secret);
    const felt = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
    return Buffer.concat([felt(r), felt(s)]);
  }
}

class Ed25519 {
  constructor(pair = generateKeyPairSync('ed25519')) {
    this.n = 4;
    this.pair = pair;
    this.K = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x, 'base64url');
  }

  prove(text) {
    return sign(null, Buffer.from(text), this.pair.privateKey);
  }
}

// What a browser and its authenticator make together.
class Passkey extends P256 {
  constructor() {
    super();
    this.n = 5;
    this.cred = randomBytes(32);
    this.counter = 0;
  }

  prove(text) {
    const client = Buffer.from(JSON.stringify({
      type: 'webauthn.get', challenge: b64u(sha256(text)), origin: ORIGIN, crossOrigin: false,
    }));
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.counter);
    const auth = Buffer.concat([sha256(RP_ID), byte(0x05), counter]);
    const sig = sign('sha256', Buffer.concat([auth, sha256(client)]), this.pair.privateKey);
    return Buffer.from(JSON.stringify({
      cred: b64u(this.cred), client: b64u(client), auth: b64u(auth), sig: b64u(sig),
    }));
  }
}

const MAKERS = { 1: P256, 2: Eip191, 3: Stark, 4: Ed25519, 5: Passkey };
export const makeKey = (n) => new MAKERS[n]();
export const ofOperator = (privateKey) => new Ed25519({ privateKey, publicKey: createPublicKey(privateKey) });

/* --- texts and ids ---------------------------------------------------------------------------- */

const idOf = (label, tenant, key) =>
  sha256(Buffer.concat([Buffer.from(label), Buffer.from(tenant, 'hex'), byte(key.n), key.K])).subarray(0, 16);
export const authenticatorId = (tenant, key) => idOf('coffer/auth/1', tenant, key);
export const serviceId = (tenant, key) => idOf('coffer/service/1', tenant, key);
export const localTenant = (domain, name) => hex(sha256(Buffer.concat([
  Buffer.from('coffer/tenant/1'), byte(2), Buffer.from(domain, 'hex'), byte(name.length), Buffer.from(name),
])));

// A text with the proofs of its signers.
async function signed(text, purpose, signers) {
  const sigs = [];
  for (const key of signers) sigs.push([key.n, b64u(key.K), b64u(await key.prove(text, purpose))]);
  return { text, sigs };
}

// Leave to enrol once, of the authority.
export function ticket(place, user, key, authority) {
  const now = Date.now();
  const text = ['CofferTicket/1', place.domain, place.tenant, user, hex(authenticatorId(place.tenant, key)),
    now, now + 3600000, hex(randomBytes(16))].join('\n');
  return signed(text, 'ticket', authority);
}

// said: {op, scope, seq, prev, body}; seq and prev are missing where it stands outside of the chain.
export async function statement(place, said, signers) {
  const body = JSON.stringify(said.body);
  const text = ['CofferState/1', place.domain, place.tenant, said.op, said.scope, said.seq ?? '-',
    said.prev ?? '-', 0, hex(sha256(body)), hex(randomBytes(16))].join('\n');
  const whole = { tenant: place.tenant, ...(await signed(text, said.op, signers)), body: b64u(body) };
  return { whole, P: hex(sha256(text)) };
}

export const keyBody = (key, ticketOf = null) => ({
  n: key.n, K: b64u(key.K), cred: b64u(key.cred ?? ''), label: 'key', ticket: ticketOf,
});

// The first statement of a user, with leave of an operator.
export async function enrolment(place, user, key, operator) {
  const leave = await ticket(place, user, key, [operator]);
  return statement(place, { op: 'user.add', scope: `u:${user}`, seq: 1, body: keyBody(key, leave) }, [key]);
}

export const addService = (place, operator, key, body) => statement(place, {
  op: 'service.add',
  scope: `s:${hex(serviceId(place.tenant, key))}`,
  body: {
    alg: key.n, K: b64u(key.K), scopes: 7, users: null, document: null, not_before: Date.now() - 10000,
    not_after: Date.now() + 86400000, ...body,
  },
}, [operator]);

/* --- the node --------------------------------------------------------------------------------- */

export class Refused extends Error {
  constructor(status, body, answer) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.code = body.error_code;
    this.answer = answer;
  }
}

// A node as a client knows it once it has verified it: {url, wallet, name, domain}.
export async function meet(url) {
  const said = await (await fetch(`${url}/v1/identity`)).json();
  return { url, wallet: said.node.split(':')[0], name: said.node, domain: said.domain_id };
}

export async function post(url, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (answer.status !== 200) throw new Refused(answer.status, told, answer);
  return told;
}

// Whether the node signed this answer to the request of this digest.
export function verify(node, answer, text, digest) {
  const said = (name) => answer.headers.get(`Coffer-Resp-${name}`) ?? '';
  const lines = ['CofferResp/2', digest, answer.status, hex(sha256(text)), said('Node'), said('Block'),
    said('Epoch'), said('Audit'), said('Time')];
  return said('Signature') !== '' && said('Node') === node.name
    && verifyMessage(lines.join('\n'), said('Signature')).toLowerCase() === node.wallet;
}

// What would let somebody go on: parts of all tokens, keys and signatures that were sent.
export const secrets = new Set();
const noteSecrets = (headers) => {
  for (const name of ['Authorization', 'Coffer-Pop-Signature', 'Coffer-Pop-Key', 'Coffer-Pop-Step']) {
    secrets.add((headers[name] ?? '').replace('Bearer ', '').slice(-24));
  }
};

// Whoever asks with proofs. change: (parts) => parts, which spoils what was made: {headers, body, path}.
class Caller {
  constructor(node) {
    this.node = node;
  }

  async call(method, path, inner, {
    change = (parts) => parts, repeat = '-', lines = {}, node = this.node, step = async () => undefined,
  } = {}) {
    const body = inner === undefined ? undefined : JSON.stringify(inner);
    const all = {
      label: 'CofferPoP/2', role: this.role, method, path, hash: hex(sha256(body ?? '')), domain: node.domain,
      recipient: node.name, caller: this.caller, nonce: await this.nonce(node), time: String(Date.now()), repeat,
      ...lines,
    };
    const text = Object.values(all).join('\n');
    const headers = {
      ...this.token(),
      'Coffer-Pop-Signature': b64u(await this.key.prove(text, 'request')),
      'Coffer-Pop-Nonce': all.nonce,
      'Coffer-Pop-Time': all.time,
      'Coffer-Pop-Caller': all.caller,
      'Coffer-Pop-Recipient': all.recipient,
    };
    if (this.role === 'user') headers['Coffer-Pop-Key'] = b64u(this.key.K);
    const shown = await step(hex(sha256(text)), node);
    if (shown !== undefined) headers['Coffer-Pop-Step'] = shown;
    if (repeat !== '-') headers['Idempotency-Key'] = repeat;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    noteSecrets(headers);
    this.last = change({ method, path, headers, body, url: node.url, digest: hex(sha256(text)), node });
    return this.send(this.last);
  }

  // What was made, at a node: the same bytes, again and again.
  async send({ method, path, headers, body, url, digest, node }) {
    const answer = await fetch(url + path, { method, headers, body });
    const told = await answer.text();
    this.answer = { answer, told, digest };
    this.isSigned = verify(node, answer, told, digest);
    if (answer.status !== 200) throw new Refused(answer.status, JSON.parse(told), answer);
    if (!this.isSigned) throw new Error('the answer is not signed by the node');
    return JSON.parse(told);
  }
}

export class Session extends Caller {
  constructor(node, key, made) {
    super(node);
    this.role = 'user';
    this.key = key;
    this.made = made;
    this.caller = made.session_id;
    this.counter = 0n;
  }

  token() {
    return { Authorization: `Bearer ${this.made.token}` };
  }

  nonce() {
    return (++this.counter).toString(16).padStart(16, '0');
  }
}

export class Service extends Caller {
  constructor(node, key, tenant) {
    super(node);
    this.role = 'service';
    this.key = key;
    this.caller = hex(serviceId(tenant, key));
  }

  token() {
    return {};
  }

  async nonce(node) {
    return (await (await fetch(`${node.url}/v1/nonce`)).json()).nonce;
  }
}

// The text of a login or step-up with a new challenge, proven with keys of the user's.
async function shown(node, place, said, proofs) {
  const { purpose, user, client, detail } = said;
  const cnfType = client === null ? 0 : client.n;
  const cnf = sha256(Buffer.concat([byte(cnfType), client === null ? Buffer.alloc(0) : client.K]));
  const of = client === null ? null : { scheme: SCHEMES[client.n], key: base64(client.K) };
  const who = { tenant: place.tenant, username: user, client_key: of };
  const { challenge } = await post(node.url, '/v1/sessions/challenge', { ...who, purpose });
  const text = ['CofferAuth/1', place.domain, place.tenant, purpose, user, `${cnfType}:${hex(cnf)}`, challenge, detail]
    .join('\n');
  const list = [];
  for (const key of proofs) {
    list.push({ scheme: SCHEMES[key.n], key: base64(key.K), proof: base64(await key.prove(text, purpose)) });
  }
  return { who, challenge, proofs: list };
}

// Log in with keys of the user's (proofs), for a client's key that will sign requests; null: a bearer.
export async function login(node, place, user, proofs, client) {
  const said = { purpose: 'login', user, client, detail: '-' };
  const { who, challenge, proofs: list } = await shown(node, place, said, proofs);
  const made = await post(node.url, '/v1/sessions', { ...who, challenge, proofs: list });
  return client === null ? made : new Session(node, client, made);
}

// What a request of a session has besides. purpose: another one, to see that it is refused.
export const stepUp = (place, user, client, proofs, purpose = 'step-up') => async (detail, node) => {
  const { challenge, proofs: list } = await shown(node, place, { purpose, user, client, detail }, proofs);
  return b64u(JSON.stringify({ challenge, proofs: list }));
};
