// The wire of nodes of the Nova KMS, several in one process: HTTP, proofs, envelopes, codes and the
// sealed root. What they hold and how they merge is nova_node.py's, on the other side of standard input
// and output, in lines of JSON. Written from: the reference's description of the Nova KMS (sections 1.4,
// 3, 4, 6 and the addendum), not from our C code.
//   {id, do: open, name, kind, sync_key}          {id, url, wallet, point}
//   {id, do: keys, name, sync_key}                {id}
//   {id, do: peers, list: [{wallet, url, point}]} {id}, whom all nodes know
//   {id, do: send, name, to: wallet, inner, spoil}   {id, status, inner or body}
//   {id, do: root, name, from: wallet}            {id, status, master}
//   {id, do: close, name}                         {id}
//   {id, do: served, seq, inner}                  no answer; {seq, serve: name, from, inner} is its question
// spoil, of one message: {code: text}, {headers: {..}}, {body: text}, {key: wallet's private key}.
import {
  createCipheriv, createDecipheriv, createECDH, createHmac, hkdfSync, randomBytes,
} from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { envelopeKey, point as pointOf, require } from './nova_client.mjs';

const { Wallet, getAddress, verifyMessage } = require('ethers');
const SPKI = '3076301006072a8648ce3d020106052b81040022036200';
// The name of the ciphertext, and the age of the supervisor, of each kind.
const KINDS = {
  late: { field: 'ciphertext', derivation: 'capsule-api' },
  rs: { field: 'encrypted_data', derivation: 'capsule' },
};
const BODY_MAX = 2 * 1024 * 1024;
const nodes = new Map();
const waiting = new Map();
let peers = [];
let sequence = 0;

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const peerOf = (wallet) => peers.find((peer) => peer.wallet === wallet.toLowerCase());

class Failed extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// As json.dumps with sorted keys and without spaces: envelopes are ASCII.
const canonical = (body) => JSON.stringify(body, Object.keys(body).sort());

const rootKey = (mine, theirs) => Buffer.from(hkdfSync('sha256', mine.computeSecret(pointOf(theirs)),
  'nova-kms:sealed-master-secret', 'aes-gcm-key', 32));

class Peer {
  constructor({ name, kind, sync_key: key }) {
    Object.assign(this, { name, kind, ...KINDS[kind], key, nonces: new Set() });
    this.signer = Wallet.createRandom();
    this.wallet = this.signer.address.toLowerCase();
    this.spelled = kind === 'late' ? getAddress(this.wallet) : this.wallet;
    this.ecdh = createECDH('secp384r1');
    this.ecdh.generateKeys();
    this.server = createServer((request, answer) => this.on(request, answer));
  }

  keyFor(peer, nonce, derivation) {
    const points = [this.ecdh.getPublicKey(), peer];
    return envelopeKey(derivation, this.ecdh.computeSecret(peer), points, nonce);
  }

  seal(peer, text) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keyFor(peer, nonce, this.derivation), nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return {
      sender_tee_pubkey: SPKI + this.ecdh.getPublicKey('hex'),
      nonce: nonce.toString('hex'),
      [this.field]: sealed.toString('hex'),
    };
  }

  // Only the form of its own supervisor opens, and only its own name of the ciphertext is known.
  open(body, peer) {
    const { sender_tee_pubkey: sender, nonce: iv, [this.field]: hex } = body;
    if (!sender || !iv || !hex) throw new Failed(400, 'Request must be E2E encrypted.');
    if (!pointOf(sender).equals(peer)) throw new Failed(403, 'sender_tee_pubkey does not match');
    const [nonce, sealed] = [Buffer.from(iv, 'hex').subarray(0, 12), Buffer.from(hex, 'hex')];
    const decipher = createDecipheriv('aes-256-gcm', this.keyFor(peer, nonce, this.derivation), nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
    } catch {
      throw new Failed(400, 'Failed to decrypt request');
    }
  }

  code(body) {
    return createHmac('sha256', Buffer.from(this.key, 'hex')).update(canonical(body)).digest('hex');
  }

  // --- as a server ---

  async on(request, answer) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    try {
      const [headers, said] = await this.answer(request, body);
      answer.writeHead(200, { 'content-type': 'application/json', ...headers });
      answer.end(JSON.stringify(said));
    } catch (error) {
      const status = error.status ?? 500;
      answer.writeHead(status, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ detail: String(error.message), code: 'refused', message: '' }));
    }
  }

  async answer(request, body) {
    if (request.url === '/nonce' && request.method === 'GET') {
      const nonce = randomBytes(16).toString('base64');
      this.nonces.add(nonce);
      return [{}, { nonce }];
    }
    if (request.url !== '/sync' || request.method !== 'POST') throw new Failed(404, 'Not Found');
    if (body.length > BODY_MAX) throw new Failed(413, 'Request body too large');
    const { headers } = request;
    const peer = this.authenticate(headers);
    const envelope = JSON.parse(body);
    const inner = this.open(envelope, pointOf(peer.point));
    if (inner.sender_wallet && inner.sender_wallet.toLowerCase() !== peer.wallet) {
      throw new Failed(403, 'sender_wallet does not match PoP signature');
    }
    const isRoot = inner.type === 'master_secret_request';
    if (!isRoot && headers['x-sync-signature'] !== this.code(envelope)) {
      throw new Failed(403, 'Invalid HMAC signature');
    }
    const said = await new Promise((resolve) => {
      waiting.set(sequence += 1, resolve);
      say({ seq: sequence, serve: this.name, from: peer.wallet, inner });
    });
    if (said === null) throw new Failed(403, `Unknown sync type: ${inner.type}`);
    const signature = await this.signer.signMessage(
      `NovaKMS:Response:${headers['x-kms-signature']}:${this.wallet}`);
    const text = JSON.stringify(isRoot ? this.sealRoot(inner, said.master) : said);
    return [{ 'X-KMS-Peer-Signature': signature }, this.seal(pointOf(peer.point), text)];
  }

  sealRoot({ ecdh_pubkey: theirs }, master) {
    const mine = createECDH('secp384r1');
    mine.generateKeys();
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', rootKey(mine, theirs), nonce);
    const sealed = Buffer.concat([
      cipher.update(Buffer.from(master, 'hex')), cipher.final(), cipher.getAuthTag()]);
    return {
      status: 'ok',
      sealed: {
        ephemeral_pubkey: SPKI + mine.getPublicKey('hex'),
        [this.field]: sealed.toString('hex'),
        nonce: nonce.toString('hex'),
      },
    };
  }

  authenticate(headers) {
    const { 'x-kms-signature': signature, 'x-kms-nonce': nonce, 'x-kms-timestamp': time } = headers;
    if (!signature || !nonce || !time) throw new Failed(403, 'Incomplete PoP headers');
    if (Math.abs(Date.now() / 1000 - Number(time)) > 120) throw new Failed(403, 'Stale timestamp');
    if (!this.nonces.delete(nonce)) throw new Failed(403, 'Invalid or expired nonce');
    const signer = verifyMessage(`NovaKMS:Auth:${nonce}:${this.wallet}:${time}`, signature);
    const named = headers['x-kms-wallet'];
    if (named && named.toLowerCase() !== signer.toLowerCase()) throw new Failed(403, 'header');
    const peer = peerOf(signer);
    if (!peer) throw new Failed(403, 'Peer authorization failed');
    return peer;
  }

  // --- as a client ---

  async send(to, inner, spoil = {}) {
    const peer = peerOf(to);
    const nonces = await fetch(`${peer.url}/nonce`);
    if (nonces.status !== 200) return { status: nonces.status, body: await nonces.json() };
    const { nonce } = await nonces.json();
    const time = String(Math.floor(Date.now() / 1000));
    const signer = spoil.key ? new Wallet(spoil.key) : this.signer;
    const signature = await signer.signMessage(`NovaKMS:Auth:${nonce}:${peer.wallet}:${time}`);
    const envelope = this.seal(pointOf(peer.point), typeof inner === 'string' ? inner : JSON.stringify(inner));
    const body = spoil.body ?? canonical(envelope);
    const headers = {
      'Content-Type': 'application/json',
      'X-KMS-Signature': signature,
      'X-KMS-Nonce': nonce,
      'X-KMS-Timestamp': time,
      'X-KMS-Wallet': this.spelled,
      'X-Sync-Signature': spoil.code ?? this.code(envelope),
      ...spoil.headers,
    };
    for (const name of Object.keys(headers)) if (headers[name] === null) delete headers[name];
    const answer = await fetch(`${peer.url}/sync`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status !== 200) return { status: answer.status, body: JSON.parse(text) };
    const by = verifyMessage(`NovaKMS:Response:${signature}:${peer.wallet}`,
      answer.headers.get('X-KMS-Peer-Signature'));
    if (by.toLowerCase() !== peer.wallet) return { status: 0, body: 'signed by another' };
    return { status: 200, inner: this.open(JSON.parse(text), pointOf(peer.point)) };
  }

  async root(from) {
    const mine = createECDH('secp384r1');
    mine.generateKeys();
    const said = await this.send(from, {
      type: 'master_secret_request', sender_wallet: this.spelled,
      ecdh_pubkey: this.kind === 'late' ? SPKI + mine.getPublicKey('hex') : mine.getPublicKey('hex'),
    }, { code: '00'.repeat(32) });
    if (said.status !== 200) return said;
    const { ephemeral_pubkey: theirs, nonce, ciphertext, encrypted_data: data } = said.inner.sealed;
    const sealed = Buffer.from(ciphertext ?? data, 'hex');
    const key = rootKey(mine, theirs);
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'hex'));
    decipher.setAuthTag(sealed.subarray(-16));
    const master = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return { status: 200, master: master.subarray(0, 32).toString('hex') };
  }
}

const commands = {
  async open(asked) {
    const node = new Peer(asked);
    nodes.set(asked.name, node);
    await new Promise((resolve) => { node.server.listen(asked.port ?? 0, '127.0.0.1', resolve); });
    return {
      url: `http://127.0.0.1:${node.server.address().port}`,
      wallet: node.wallet,
      point: node.ecdh.getPublicKey('hex'),
    };
  },
  keys({ name, sync_key: key }) { nodes.get(name).key = key; },
  peers({ list }) { peers = list; },
  send: ({ name, to, inner, spoil }) => nodes.get(name).send(to, inner, spoil),
  root: ({ name, from }) => nodes.get(name).root(from),
  close({ name }) {
    nodes.get(name).server.close();
    nodes.get(name).server.closeAllConnections();
  },
};

async function obey(asked) {
  if (asked.do === 'served') {
    waiting.get(asked.seq)(asked.inner);
    waiting.delete(asked.seq);
    return;
  }
  try {
    say({ id: asked.id, ...await commands[asked.do](asked) });
  } catch (error) {
    say({ id: asked.id, status: -1, body: String(error.cause ?? error) });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => obey(JSON.parse(line)))
  .on('close', () => process.exit(0));
