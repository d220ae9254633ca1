// A client of version 2: signatures by ethers, everything else by Node's own crypto. Shares no code
// with the node it talks to. Written from: the description of our own formats, which is the only
// source there is; tests/e2e/interop/wire_v2.py is a second reading of it, on plain integers.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { NovaClient, Refused, require } from './nova_client.mjs';

const { verifyMessage } = require('ethers');
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const labelled = (label, hex) => Buffer.concat([Buffer.from(label), Buffer.from(hex, 'hex')]);

// The key that a node's envelopes are sealed with, which its wallet vouches for. Throws when it does
// not. node: {url, wallet}; domain: 32 bytes of hex.
export async function vouched(node, domain) {
  const said = await (await fetch(`${node.url}/v1/identity`)).json();
  const text = `CofferKey/2\n${domain}\n${said.node}\n${said.envelope_key}`;
  if (!said.node?.startsWith(`${node.wallet}:`)
    || verifyMessage(text, said.envelope_key_signature).toLowerCase() !== node.wallet) {
    throw new Error('the wallet does not vouch for this key');
  }
  return Buffer.from(said.envelope_key, 'hex');
}

export class CofferClient extends NovaClient {
  // node, wallet and tee as NovaClient has them. domain: 32 bytes of hex, of the deployment.
  constructor(node, wallet, tee, domain) {
    super(node, wallet, tee);
    this.domain = domain;
  }

  // way: 1 for requests, 2 for answers.
  key(way) {
    const info = Buffer.concat([
      Buffer.from('CofferEnv/2'), Buffer.of(way), this.ecdh.getPublicKey(), this.node.point,
    ]);
    const secret = this.ecdh.computeSecret(this.node.point);
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32));
  }

  seal(inner, digest) {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key(1), iv);
    cipher.setAAD(labelled('CofferEnv/2 req', digest));
    const sealed = Buffer.concat([
      cipher.update(JSON.stringify(inner), 'utf8'), cipher.final(), cipher.getAuthTag(),
    ]);
    const text = (bytes) => bytes.toString('base64');
    return JSON.stringify({
      v: 2, sender: text(this.ecdh.getPublicKey()), iv: text(iv), sealed: text(sealed),
    });
  }

  open(envelope, digest) {
    const bytes = (name) => Buffer.from(envelope[name], 'base64');
    if (envelope.v !== 2 || !bytes('sender').equals(this.node.point)) {
      throw new Error('sealed by another key than the node has');
    }
    const sealed = bytes('sealed');
    const decipher = createDecipheriv('aes-256-gcm', this.key(2), bytes('iv'));
    decipher.setAAD(labelled('CofferEnv/2 resp', digest));
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
  }

  // Whether the node signed this answer to the request of this digest.
  verify(answer, text, digest) {
    const said = (name) => answer.headers.get(`Coffer-Resp-${name}`) ?? '';
    const lines = [
      'CofferResp/2', digest, answer.status, sha256(text), said('Node'), said('Block'),
      said('Epoch'), said('Audit'), said('Time'),
    ];
    const node = said('Node').split(':')[0];
    return said('Signature') !== '' && node === this.node.wallet
      && verifyMessage(lines.join('\n'), said('Signature')).toLowerCase() === node;
  }

  // change: (headers, body) => body, which spoils what was made. repeat: an Idempotency-Key.
  async call(method, path, inner, change = (_, body) => body, repeat = '-') {
    const fresh = await fetch(`${this.node.url}/v1/nonce`);
    const { nonce, node } = await fresh.json();
    if (fresh.status !== 200) throw new Refused(fresh.status, { error_code: 'no nonce' });
    const time = String(Date.now());
    const caller = this.wallet.address.toLowerCase();
    const signed = (hash) => [
      'CofferPoP/2', 'app', method, path, hash, this.domain, node, caller, nonce, time, repeat,
    ].join('\n');
    let body = inner === undefined ? undefined : this.seal(inner, sha256(signed('-')));
    const text = signed(sha256(body ?? ''));
    const headers = {
      'Coffer-Pop-Signature': await this.wallet.signMessage(text),
      'Coffer-Pop-Nonce': nonce,
      'Coffer-Pop-Time': time,
      'Coffer-Pop-Caller': caller,
    };
    if (repeat !== '-') headers['Idempotency-Key'] = repeat;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    body = change(headers, body);
    const answer = await fetch(this.node.url + path, { method, body, headers });
    const told = await answer.text();
    const isSigned = this.verify(answer, told, sha256(text));
    if (answer.status !== 200) throw new Refused(answer.status, JSON.parse(told), isSigned);
    if (!isSigned) throw new Error('the answer is not signed by the node');
    return this.open(JSON.parse(told), sha256(text));
  }
}
