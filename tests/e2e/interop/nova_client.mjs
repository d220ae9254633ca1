// A client of the Nova KMS protocol, version 1: the chain by ethers, everything else by Node's own
// crypto. Shares no code with the node it talks to. Written from: the description of the protocol's
// texts and headers; the platform's published supervisor (nova-enclave-capsule) for the envelopes of
// each of its releases; what its client takes for a signature. Judged by a run of that client
// (tests/vectors/nova-app-capsule.json) in tests/e2e/compat/nova.mjs before it judges anything.
import {
  createCipheriv, createDecipheriv, createECDH, hkdfSync, randomBytes,
} from 'node:crypto';
import { createRequire } from 'node:module';

// The packages of the leg that has ethers for a judge.
export const require = createRequire(new URL('../ethers/judge.mjs', import.meta.url));
const { Contract, JsonRpcProvider, Wallet, verifyMessage } = require('ethers');

// DER SubjectPublicKeyInfo of an uncompressed P-384 point, before the point.
const SPKI = Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex');

const REGISTRY = [
  'function getActiveInstances(uint256) view returns (address[])',
  'function getInstanceByWallet(address) view returns (tuple(uint256 id, uint256 appId,'
    + ' uint256 versionId, address operator, string instanceUrl, bytes teePubkey,'
    + ' address teeWalletAddress, bool zkVerified, uint8 status, uint256 registeredAt))',
];

// The registry has either form of a key.
export const point = (key) => {
  const bytes = Buffer.from(key.replace(/^0x/, ''), 'hex');
  return bytes.length === SPKI.length + 97 ? bytes.subarray(SPKI.length) : bytes;
};

// Nodes of the service, as the chain has them: {url, wallet, point}.
export async function discover(rpc, registry, kmsAppId) {
  const contract = new Contract(registry, REGISTRY, new JsonRpcProvider(rpc));
  const nodes = [];
  for (const wallet of await contract.getActiveInstances(kmsAppId)) {
    const row = await contract.getInstanceByWallet(wallet);
    if (row.zkVerified && row.status === 0n) {
      nodes.push({ url: row.instanceUrl, wallet: wallet.toLowerCase(), point: point(row.teePubkey) });
    }
  }
  return nodes;
}

export class Refused extends Error {
  constructor(status, body) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

// What each age of the supervisor puts into the key of an envelope: its label, and whether the key
// is made anew for every nonce, with both points and the nonce as the salt.
export const DERIVATIONS = {
  static: 'encryption data', // up to v1.4.1
  enclaver: 'enclaver-ecdh-aes256gcm-v1', // v1.4.2 to v1.7.1
  'capsule-api': 'capsule-api-ecdh-aes256gcm-v1', // v1.7.2
  capsule: 'capsule-ecdh-aes256gcm-v1', // from v1.8.0
};

export function envelopeKey(derivation, secret, points, nonce) {
  const salt = derivation === 'static' ? Buffer.alloc(32)
    : Buffer.concat([...[...points].sort(Buffer.compare), nonce]);
  return Buffer.from(hkdfSync('sha256', secret, salt, DERIVATIONS[derivation], 32));
}

export class NovaClient {
  // node: of discover. wallet, tee: 32 and 48 bytes of hex. field: the name of the ciphertext.
  // derivation: the supervisor's beside the app; an answer that is made otherwise does not open.
  constructor(node, wallet, tee, field = 'encrypted_data', derivation = 'capsule') {
    this.derivation = derivation;
    this.node = node;
    this.wallet = new Wallet(`0x${wallet}`);
    this.ecdh = createECDH('secp384r1');
    this.ecdh.setPrivateKey(tee, 'hex');
    this.field = field;
  }

  get spki() {
    return Buffer.concat([SPKI, this.ecdh.getPublicKey()]).toString('hex');
  }

  keyFor(peer, nonce) {
    const points = [this.ecdh.getPublicKey(), peer];
    return envelopeKey(this.derivation, this.ecdh.computeSecret(peer), points, nonce);
  }

  seal(inner) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keyFor(this.node.point, nonce), nonce);
    const sealed = Buffer.concat([
      cipher.update(JSON.stringify(inner), 'utf8'), cipher.final(), cipher.getAuthTag(),
    ]);
    return {
      sender_tee_pubkey: this.spki,
      nonce: nonce.toString('hex'),
      [this.field]: sealed.toString('hex'),
    };
  }

  open(envelope) {
    const sender = point(envelope.sender_tee_pubkey);
    if (!sender.equals(this.node.point)) throw new Error('sealed by another key than the node has');
    const sealed = Buffer.from(envelope.encrypted_data ?? envelope.ciphertext, 'hex');
    const nonce = Buffer.from(envelope.nonce, 'hex').subarray(0, 12);
    const decipher = createDecipheriv('aes-256-gcm', this.keyFor(sender, nonce), nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
  }

  // recipient: the node's wallet as it is spelled in what both ends sign.
  async proof(recipient = this.node.wallet) {
    this.recipient = recipient;
    const answer = await fetch(`${this.node.url}/nonce`);
    if (answer.status !== 200) throw new Refused(answer.status, await answer.json());
    const { nonce } = await answer.json();
    const time = String(Math.floor(Date.now() / 1000));
    const text = `NovaKMS:AppAuth:${nonce}:${recipient}:${time}`;
    return {
      'X-App-Signature': await this.wallet.signMessage(text),
      'X-App-Nonce': nonce,
      'X-App-Timestamp': time,
      'X-App-Wallet': this.wallet.address.toLowerCase(),
    };
  }

  // One call; the headers of an earlier one may be given instead of new ones.
  async call(method, path, inner, proof) {
    const headers = proof ?? await this.proof();
    const body = inner === undefined ? undefined : JSON.stringify(this.seal(inner));
    const answer = await fetch(this.node.url + path, {
      method, body, headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Refused(answer.status, JSON.parse(text));
    const signature = answer.headers.get('X-KMS-Response-Signature');
    if (!/^0x[0-9a-f]{128}0[0-3]$/.test(signature)) throw new Error(`the answer has ${signature}`);
    const by = verifyMessage(
      `NovaKMS:Response:${headers['X-App-Signature']}:${this.recipient}`, signature);
    if (by.toLowerCase() !== this.node.wallet) throw new Error(`the answer is signed by ${by}`);
    return this.open(JSON.parse(text));
  }

  derive(path, context = '', length = 32) {
    return this.call('POST', '/kms/derive', { path, context, length });
  }

  put(key, value, ttl = 0) {
    return this.call('PUT', '/kms/data', {
      key, value: Buffer.from(value).toString('base64'), ttl_ms: ttl,
    });
  }

  async get(key) {
    const answer = await this.call('GET', `/kms/data/${encodeURIComponent(key)}`);
    return Buffer.from(answer.value, 'base64');
  }

  list() {
    return this.call('GET', '/kms/data');
  }

  delete(key) {
    return this.call('DELETE', '/kms/data', { key });
  }
}
