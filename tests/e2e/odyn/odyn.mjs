// A stand-in for Odyn, the supervisor of the Nova platform: its local API, on ethers and Node's
// crypto. Keys are random at every start. Written from: the platform's published supervisor
// (nova-enclave-capsule v1.8: forms, statuses, nonces of 12 bytes or the first 12 of 32, the last
// 4096 pairs of key and nonce refused again, also when they did not open); transactions and
// attestations from the description of the protocol.
// usage: odyn.mjs PORT CONTROL-PORT [WALLET-KEY-HEX [ENCRYPTION-KEY-HEX]]; it prints the ports.
// A test says to the control port what shall go wrong: POST {"mode": NAME}; GET counts the calls.
// {"derivation": NAME} makes its envelopes those of another age; "static" is before v1.4.2, with
// nonces of 32 bytes and no memory.
import {
  createCipheriv, createDecipheriv, createECDH, createPublicKey, randomBytes,
} from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { envelopeKey } from '../interop/nova_client.mjs';

const require = createRequire(new URL('../ethers/judge.mjs', import.meta.url));
const { Transaction, Wallet, hashMessage } = require('ethers');

const SPKI = Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex');

const NONCES = 4096;
const state = { mode: 'good', derivation: 'capsule', calls: {} };
const used = new Set(); // in the order in which they came
let wallet;
let ecdh;
let spki;

function renew(walletKey, encryptionKey) {
  wallet = walletKey ? new Wallet(`0x${walletKey}`) : Wallet.createRandom();
  ecdh = createECDH('secp384r1');
  if (encryptionKey) ecdh.setPrivateKey(encryptionKey, 'hex');
  else ecdh.generateKeys();
  spki = Buffer.concat([SPKI, ecdh.getPublicKey()]);
}

class Refused extends Error {}

const unhex = (text, what) => {
  const digits = String(text).replace(/^0x/, '');
  if (typeof text !== 'string' || digits.length % 2 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new Refused(`invalid hex in ${what}`);
  }
  return Buffer.from(digits, 'hex');
};

// SubjectPublicKeyInfo only; the point may be compressed.
function key(peer, nonce) {
  const der = unhex(peer, 'client_public_key');
  try {
    const jwk = createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'jwk' });
    const raw = (part) => Buffer.from(part, 'base64url');
    const theirs = Buffer.concat([Buffer.of(4), raw(jwk.x), raw(jwk.y)]);
    const points = [ecdh.getPublicKey(), theirs];
    return envelopeKey(state.derivation, ecdh.computeSecret(theirs), points, nonce);
  } catch {
    throw new Refused('invalid client public key');
  }
}

// r, s and v of 0 or 1.
function signature(digest, by = wallet) {
  const made = by.signingKey.sign(digest);
  return `${made.r}${made.s.slice(2)}0${made.yParity}`;
}

function sign({ message, include_attestation: wanted }) {
  if (typeof message !== 'string' || message === '') throw new Refused('message must not be empty');
  const by = state.mode === 'wrong-signature' ? Wallet.createRandom() : wallet;
  let text = signature(hashMessage(message), by);
  if (state.mode === 'high-s') {
    const s = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      - BigInt(`0x${text.slice(66, 130)}`);
    text = `${text.slice(0, 66)}${s.toString(16).padStart(64, '0')}0${1 - Number(text.slice(130))}`;
  }
  return {
    signature: text,
    address: wallet.address.toLowerCase(),
    attestation: wanted ? attest({}).toString('base64') : null,
  };
}

function signTransaction({ payload }) {
  const quantity = (name) => {
    if (typeof payload[name] !== 'string') throw new Refused(`missing field ${name}`);
    return BigInt(payload[name] === '0x' ? '0x0' : payload[name]);
  };
  if (payload?.kind !== 'structured') throw new Refused('unknown payload kind');
  const tx = Transaction.from({
    type: 2,
    chainId: quantity('chain_id'),
    nonce: Number(quantity('nonce')),
    maxPriorityFeePerGas: quantity('max_priority_fee_per_gas'),
    maxFeePerGas: quantity('max_fee_per_gas'),
    gasLimit: quantity('gas_limit'),
    to: payload.to,
    value: quantity('value'),
    data: payload.data,
  });
  tx.signature = wallet.signingKey.sign(tx.unsignedHash);
  return {
    raw_transaction: tx.serialized,
    transaction_hash: tx.hash,
    signature: signature(tx.unsignedHash),
    address: wallet.address.toLowerCase(),
    attestation: null,
  };
}

function encrypt({ plaintext, client_public_key: peer }) {
  if (typeof plaintext !== 'string') throw new Refused('missing field plaintext');
  const nonce = randomBytes(state.derivation === 'static' ? 32 : 12);
  const iv = nonce.subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', key(peer, iv), iv);
  const sealed = [cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return {
    encrypted_data: Buffer.concat(sealed).toString('hex'),
    enclave_public_key: spki.toString('hex'),
    nonce: nonce.toString('hex'),
  };
}

function decrypt({ nonce, client_public_key: peer, encrypted_data: data }) {
  const sent = unhex(nonce, 'nonce');
  const iv = sent.subarray(0, 12);
  const sealed = unhex(data, 'encrypted_data');
  if (![12, 32].includes(sent.length)) throw new Refused('Invalid nonce length');
  const pair = `${peer} ${iv.toString('hex')}`;
  if (state.derivation !== 'static') {
    if (used.has(pair)) throw new Refused('Nonce reuse detected for client_public_key');
    used.add(pair);
    if (used.size > NONCES) used.delete(used.values().next().value);
  }
  if (sealed.length < 16) throw new Refused('Decryption failed');
  const decipher = createDecipheriv('aes-256-gcm', key(peer, iv), iv);
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return { plaintext: new TextDecoder('utf8', { fatal: true }).decode(text) };
  } catch {
    throw new Refused('decryption failed');
  }
}

// CBOR of one map of texts, which is all that a document of the stand-in is.
function attest(request) {
  const head = (major, len) => (len < 24 ? Buffer.of(major | len)
    : Buffer.of(major | 25, len >> 8, len & 255));
  const text = (value) => Buffer.concat([head(0x60, Buffer.byteLength(value)), Buffer.from(value)]);
  const parts = {
    user_data: JSON.stringify({ ...request.user_data, eth_addr: wallet.address.toLowerCase() }),
    nonce: request.nonce ?? '',
    public_key: request.public_key ?? spki.toString('hex'),
  };
  const entries = Object.entries(parts);
  return Buffer.concat([head(0xa0, entries.length),
    ...entries.flatMap(([name, value]) => [text(name), text(value)])]);
}

const routes = {
  'GET /v1/eth/address': () => ({
    address: wallet.address.toLowerCase(),
    public_key: wallet.signingKey.publicKey,
  }),
  'POST /v1/eth/sign': sign,
  'POST /v1/eth/sign-tx': signTransaction,
  'GET /v1/random': () => ({ random_bytes: `0x${randomBytes(32).toString('hex')}` }),
  'GET /v1/encryption/public_key': () => ({
    public_key_der: `0x${spki.toString('hex')}`,
    public_key_pem: `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`,
  }),
  'POST /v1/encryption/encrypt': encrypt,
  'POST /v1/encryption/decrypt': decrypt,
  'POST /v1/attestation': attest,
};

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('invalid JSON');
  }
}

function reply(response, status, type, data) {
  response.writeHead(status, { 'content-type': type, 'content-length': data.length });
  response.end(data);
}

// What is not an answer. Returns: whether the request was dealt with.
function misbehave(mode, request, response) {
  const socket = request.socket;
  if (mode === 'slow') return true; // for ever
  if (mode === 'cut') return socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"address":'), true;
  if (mode === 'garbage') return socket.end('\u0000\u0001 not HTTP at all\r\n\r\n'), true;
  if (mode === 'not-json') return reply(response, 200, 'application/json', Buffer.from('<html>')), true;
  if (mode === 'empty') return reply(response, 200, 'application/json', Buffer.from('{}')), true;
  if (mode === 'error') return reply(response, 500, 'text/plain', Buffer.from('no')), true;
  if (mode === 'huge') {
    const text = `{"address":"${'0'.repeat(64 << 20)}"}`;
    return reply(response, 200, 'application/json', Buffer.from(text)), true;
  }
  return false;
}

const server = createServer(async (request, response) => {
  const route = `${request.method} ${request.url}`;
  state.calls[route] = (state.calls[route] ?? 0) + 1;
  const text = await body(request);
  if (misbehave(state.mode, request, response)) return;
  if (!routes[route]) {
    const known = Object.keys(routes).some((name) => name.endsWith(` ${request.url}`));
    response.writeHead(known ? 405 : 404, { 'content-length': 0 });
    response.end();
    return;
  }
  try {
    const made = routes[route](request.method === 'POST' ? parse(text) : undefined);
    if (Buffer.isBuffer(made)) return reply(response, 200, 'application/cbor', made);
    reply(response, 200, 'application/json', Buffer.from(JSON.stringify(made)));
  } catch (error) {
    reply(response, 400, 'text/plain', Buffer.from(error.message));
  }
});

const control = createServer(async (request, response) => {
  const wish = request.method === 'POST' ? JSON.parse(await body(request)) : {};
  if (wish.mode === 'renew') renew();
  else if (wish.mode) state.mode = wish.mode;
  if (wish.derivation) state.derivation = wish.derivation;
  reply(response, 200, 'application/json', Buffer.from(JSON.stringify({
    wallet: wallet.address.toLowerCase(), public_key: spki.toString('hex'), ...state,
  })));
});

const [port, controlPort, ...keys] = process.argv.slice(2);
renew(...keys);
server.listen(Number(port), '127.0.0.1', () => control.listen(Number(controlPort), '127.0.0.1',
  () => console.log(`odyn ${server.address().port} ${control.address().port}`)));
