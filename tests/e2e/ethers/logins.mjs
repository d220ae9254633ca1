// Logins of wallets, and signatures of keys: siwe and ethers make messages and read ours, Node's
// crypto signs with P-256 and Ed25519. Written from: EIP-4361, and what our formats say of texts.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { Signature, Wallet, hexlify, toBeHex, toUtf8Bytes } from 'ethers';
import { SiweMessage } from 'siwe';

const hexOf = (text) => hexlify(toUtf8Bytes(text));
const ORIGINS = ['https://app.example', 'http://localhost:8080', 'https://login.app.example:8443', 'http://127.0.0.1'];
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

// A private key in DER: what stands before and behind its 32 bytes.
const DER = {
  ed25519: ['302e020100300506032b657004220420', '', 'pkcs8'],
  p256: ['30310201010420', 'a00a06082a8648ce3d030107', 'sec1'],
};

const secret = (random) => toBeHex(1n + random.bits(255), 32);

function keyPair(random) {
  const kind = random.pick(['ed25519', 'p256']);
  const [before, behind, type] = DER[kind];
  const der = Buffer.from(before + secret(random).slice(2) + behind, 'hex');
  const privateKey = createPrivateKey({ key: der, format: 'der', type });
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kind === 'ed25519') {
    return { scheme: 4, key: Buffer.from(x, 'base64url'), sign: (text) => sign(null, text, privateKey) };
  }
  const odd = Buffer.from(y, 'base64url')[31] % 2;
  return {
    scheme: 1,
    key: Buffer.concat([Buffer.from([2 + odd]), Buffer.from(x, 'base64url')]),
    sign: (text) => sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

export class Logins {
  constructor(peer, random, same) {
    Object.assign(this, { peer, random, same });
  }

  // A text as it is signed: lines of visible ASCII.
  text() {
    const { random } = this;
    const word = () => random.text([...'abcdefghijklmnopqrstuvwxyz0123456789-.:'], 1, 60);
    return ['CofferAuth/1', word(), word(), word(), word()].join('\n');
  }

  ask(scheme, kind, key, text, purpose, origin, proof) {
    return this.peer.ask('proof', scheme, kind, hexlify(key), hexOf(text), purpose, origin, hexlify(proof));
  }

  // A proof of a wallet, and one in which one thing is another.
  async wallet() {
    const { random, same } = this;
    const wallet = new Wallet(secret(random));
    const text = this.text();
    const nonce = createHash('sha256').update(text).digest('hex');
    const origin = random.pick(ORIGINS);
    const purpose = random.pick(['login', 'step-up']);
    const message = new SiweMessage({
      domain: new URL(origin).host,
      address: wallet.address,
      statement: `Coffer ${purpose}`,
      uri: origin,
      version: '1',
      chainId: random.chance(50) ? 1 : 1 + Number(random.number(52)),
      nonce,
      issuedAt: new Date(Number(random.number(40))).toISOString(),
    });
    const written = message.prepareMessage();
    const signature = wallet.signMessageSync(written);
    const read = await new SiweMessage(written).verify({ signature, domain: message.domain, nonce });
    same('verdict of siwe', read.success, true);
    const good = { origin, chain_id: message.chainId, issued_at: message.issuedAt, sig: signature };
    const judged = (proof, by = {}) =>
      this.ask(2, 'login', by.key ?? wallet.address, by.text ?? text, by.purpose ?? purpose, by.origin ?? origin,
        toUtf8Bytes(JSON.stringify(proof)));
    same('proof', await judged(good), 'true');
    const { r, s, v } = Signature.from(signature);
    same('with another form of v', await judged({ ...good, sig: `${r}${s.slice(2)}0${v - 27}` }), 'true');
    const changes = {
      chain: [{ ...good, chain_id: good.chain_id + 1 }],
      time: [{ ...good, issued_at: new Date(Date.parse(good.issued_at) + 1).toISOString() }],
      text: [good, { text: `${text}x` }],
      purpose: [good, { purpose: purpose === 'login' ? 'step-up' : 'login' }],
      wallet: [good, { key: new Wallet(secret(random)).address }],
      origin: [{ ...good, origin: 'https://other.example' }, { origin: 'https://other.example' }],
    };
    for (const [what, [proof, by]] of Object.entries(changes)) {
      same(`another ${what}`, await judged(proof, by), 'AUTH_FAILED');
    }
    const other = ORIGINS.find((each) => each !== origin);
    same('for another page', await judged(good, { origin: other }), 'ORIGIN_UNLISTED');
  }

  // A statement, which a wallet signs as it stands.
  async statement() {
    const { random, same } = this;
    const wallet = new Wallet(secret(random));
    const text = this.text();
    const proof = wallet.signMessageSync(text);
    const judged = (over, key = wallet.address) => this.ask(2, 'other', key, over, 'user.add', '-', proof);
    same('statement', await judged(text), 'true');
    same('another statement', await judged(`${text}x`), 'AUTH_FAILED');
    same("another's statement", await judged(text, new Wallet(secret(random)).address), 'AUTH_FAILED');
  }

  async key() {
    const { random, same } = this;
    const pair = keyPair(random);
    const text = this.text();
    const proof = pair.sign(toUtf8Bytes(text));
    const judged = (over, by, key = pair.key) => this.ask(pair.scheme, 'login', key, over, 'login', '-', by);
    same('signature', await judged(text, proof), 'true');
    same('of another text', await judged(`${text}x`, proof), 'AUTH_FAILED');
    const changed = Uint8Array.from(proof);
    changed[random.below(64)] ^= 1 << random.below(8);
    same('changed', await judged(text, changed), 'AUTH_FAILED');
    if (pair.scheme === 1) {
      const s = P256_ORDER - BigInt(hexlify(proof.subarray(32)));
      const second = Buffer.concat([proof.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
      same('second form', await judged(text, second), 'true');
    }
  }
}
