// Logins of Starknet wallets and signatures of Stark keys: starknet.js hashes the typed data and
// signs. Written from: SNIP-12, and what our formats say of the data and of texts.
import { createHash } from 'node:crypto';
import { ec, shortString, typedData } from 'starknet';
import { Peer } from '../ethers/peer.mjs';
import { PRIME } from './random.mjs';

const CURVE = ec.starkCurve.CURVE;
const PURPOSES = ['login', 'step-up', 'user.add', 'policy.set', 'approve'];
const CHAINS = ['SN_MAIN', 'SN_SEPOLIA', 'SN_INTEGRATION_SEPOLIA'];
const hex = (value, bytes = 0) => `0x${value.toString(16).padStart(2 * bytes, '0')}`;
const hexOf = (text) => `0x${Buffer.from(text).toString('hex')}`;
const fields = (types) => Object.entries(types).map(([name, type]) => ({ name, type }));

const TYPES = {
  StarknetDomain: fields({ name: 'shortstring', version: 'shortstring', chainId: 'shortstring', revision: 'shortstring' }),
  Coffer: fields({ Purpose: 'shortstring', Origin: 'string', Proof: 'u256' }),
};

export class Logins {
  constructor(program, random) {
    this.peer = new Peer(program);
    this.random = random;
  }

  key() {
    const secret = 1n + (this.random.bits(256) % (CURVE.n - 1n));
    const point = ec.starkCurve.getPublicKey(hex(secret, 32));
    return { secret: hex(secret), x: BigInt(`0x${Buffer.from(point.slice(1, 33)).toString('hex')}`) };
  }

  text() {
    return ['CofferAuth/1', ...Array.from({ length: 4 }, () => hex(this.random.bits(256)))].join('\n');
  }

  async judge(expected, scheme, kind, key, text, purpose, origin, proof) {
    const answer = await this.peer.ask('proof', scheme, kind, hex(key, 32), hexOf(text), purpose, origin, proof);
    if (answer !== expected) throw new Error(`scheme ${scheme}, ${purpose}: ${answer}, not ${expected}`);
  }

  // A wallet shows purpose, origin and proof, and signs the hash for its account.
  async wallet() {
    const { random } = this;
    const { secret, x } = this.key();
    const text = this.text();
    const proof = createHash('sha256').update(text).digest('hex');
    const purpose = random.pick(PURPOSES);
    const origin = `https://${random.text([...'abcdefghijklmnopqrstuvwxyz0123456789-.'], 1, 80)}.example`;
    const chain = random.pick(CHAINS);
    const account = hex(random.felt());
    const data = {
      types: TYPES,
      primaryType: 'Coffer',
      domain: { name: 'Coffer', version: '1', chainId: chain, revision: '1' },
      message: { Purpose: purpose, Origin: origin, Proof: { low: `0x${proof.slice(32)}`, high: `0x${proof.slice(0, 32)}` } },
    };
    const { r, s } = ec.starkCurve.sign(typedData.getMessageHash(data, account), secret);
    const known = CHAINS.indexOf(chain) < 2;
    const named = known && random.chance(50) ? chain : shortString.encodeShortString(chain);
    const good = { origin, chain: named, account, sig: [hex(r), hex(s)] };
    const judged = (expected, change, by = {}) =>
      this.judge(expected, 6, 'login', by.x ?? x, by.text ?? text, by.purpose ?? purpose, by.origin ?? origin,
        hexOf(JSON.stringify({ ...good, ...change })));
    await judged('true', {});
    await judged('true', { sig: [hex(r), hex(CURVE.n - s)] });
    await judged('AUTH_FAILED', { account: hex((BigInt(account) + 1n) % PRIME) });
    await judged('AUTH_FAILED', { chain: hex(BigInt(shortString.encodeShortString(chain)) + 1n) });
    await judged('AUTH_FAILED', { sig: [hex(r), hex(s ^ 1n)] });
    await judged('AUTH_FAILED', {}, { text: `${text}x` });
    await judged('AUTH_FAILED', {}, { purpose: PURPOSES[(PURPOSES.indexOf(purpose) + 1) % PURPOSES.length] });
    await judged('AUTH_FAILED', {}, { x: this.key().x });
    await judged('AUTH_FAILED', { origin: `${origin}x` }, { origin: `${origin}x` });
    await judged('ORIGIN_UNLISTED', {}, { origin: `${origin}x` });
  }

  // A key signs the hash of a text without its top 5 bits.
  async plain() {
    const { secret, x } = this.key();
    const text = this.text();
    const proof = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
    const { r, s } = ec.starkCurve.sign(hex(BigInt.asUintN(251, proof)), secret);
    const judged = (expected, change = {}) => {
      const { key = x, over = text, half = s } = change;
      return this.judge(expected, 3, 'login', key, over, 'login', '-', hex(r, 32) + hex(half, 32).slice(2));
    };
    await judged('true');
    await judged('AUTH_FAILED', { over: `${text}x` });
    await judged('AUTH_FAILED', { key: this.key().x });
    await judged('AUTH_FAILED', { half: s ^ 1n });
  }

  end() {
    this.peer.close();
  }
}
