// Keys and addresses from the seed and the documents alone; no answer of the node is trusted.
import { createHash, hkdfSync } from 'node:crypto';
import { CairoCustomEnum, CairoOption, CairoOptionVariant, CallData, ec, hash } from 'starknet';

const ORDER = 0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn;

// What the constructors of accounts take: of Ready, enums as starknet.js writes them.
const plain = (key) => [key];
const argent = (key, guardian = 0n) => [key, guardian];
const signer = (key) => new CairoCustomEnum({ Starknet: { pubkey: key } });
const ready = (key, guardian) => {
  const option = guardian === undefined
    ? new CairoOption(CairoOptionVariant.None)
    : new CairoOption(CairoOptionVariant.Some, signer(guardian));
  return CallData.compile([signer(key), option]).map(BigInt);
};

// name, class hash, constructor, implementation (Braavos), version of Cairo
export const CLASSES = [
  ['openzeppelin-0.8.1', 0x061dac032f228abef9c6626f995015233097ae253a7f72d68552db02f2971b8fn, plain],
  ['openzeppelin-0.9.0', 0x01148c31dfa5c4708a4e9cf1eb0fd3d4d8ad9ccf09d0232cd6b56bee64a7de9dn, plain],
  ['openzeppelin-0.10.0', 0x004ca5c0b1af6115858708bd1fabd2e9bb306012b31a741acbf69b8a9f35d688n, plain],
  ['openzeppelin-0.11.0', 0x0450f568a8cb6ea1bcce446355e8a1c2e5852a6b8dc3536f495cdceb62e8a7e2n, plain],
  ['openzeppelin-0.12.0', 0x01e60c8722677cfb7dd8dbea5be86c09265db02cdfe77113e77da7d44c017388n, plain],
  ['openzeppelin-0.13.0', 0x00e2eb8f5672af4e6a4e8a8f1b44989685e668489b0a25437733756c5a34a1d6n, plain],
  ['openzeppelin-0.15.0', 0x005b8b908d16497cd347642c1ab43015b5956e2085aa4c8bb21f0b073015a1c9n, plain],
  ['openzeppelin-0.16.0', 0x0358a1635f95aaaa840ec3b47219a354d5dfe6b01f0bca38ae6b2ff397490348n, plain],
  ['openzeppelin-0.17.0', 0x06d4b80c0f3c3ea9e98252403a83f8a6bacf7f7362e9ac0a8824854dca31f8a8n, plain],
  ['openzeppelin-0.18.0', 0x04a444ef8caf8fa0db05da60bf0ad9bae264c73fa7e32c61d245406f5523174bn, plain],
  ['openzeppelin-0.20.0', 0x02b31e19e45c06f29234e06e2ee98a9966479ba3067f8785ed972794fdb0065cn, plain],
  ['openzeppelin-1.0.0', 0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564n, plain],
  ['openzeppelin-2.0.0', 0x07fa937960fd981bc9a7f54f02786cfa6c6f194fc66cb0c35c1588bd83448062n, plain],
  ['openzeppelin-3.0.0', 0x01d1777db36cdd06dd62cfde77b1b6ae06412af95d57a13dc40ac77b8a702381n, plain],
  ['openzeppelin-4.0.0-rc.1', 0x0342f3c683f708fd920e625e425b77726aa4c834da47ec92b4da5c207f025207n, plain],
  ['argent-0.3.0', 0x01a736d6ed154502257f02b1ccdf4d9d1089f80811cd6acad48e6b6a9d1f2003n, argent],
  ['argent-0.3.1', 0x029927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2bn, argent],
  ['ready-0.4.0', 0x036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927fn, ready],
  ['ready-0.5.0', 0x073414441639dcd11d1846f287650a00c60c416b9d3ba45d31c651672125b2c2n, ready],
  ['braavos-1.2.0', 0x03d16c7a9a60b0593bd202f660a28c5d76e0403601d9ccc7e4fa253b6a70c201n, plain,
    0x03957f9f5a1cbfe918cedc2015c85200ca51a5f7506ecb6de98a5207b759bf8an],
  ['braavos-1.1.0', 0x03d16c7a9a60b0593bd202f660a28c5d76e0403601d9ccc7e4fa253b6a70c201n, plain,
    0x02c8c7e6fbcfb3e8e15a46648e8914c6aa1fc506fc1e7fb3d1e19630716174bcn],
  ['old-openzeppelin', 0x0123n, plain, undefined, '0'],
].map(([name, classHash, constructor, implementation, cairo = '1']) => ({
  name,
  classHash,
  constructor,
  implementation,
  cairo,
}));

export const GUARDED = CLASSES.filter((each) => /^(argent|ready)-/.test(each.name));

export const DEFAULT_CLASS = CLASSES.find((each) => each.name === 'openzeppelin-1.0.0');

const bytesOf = (number) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex');

// Derivation v1: the first candidate from 1 to n - 1.
function privateKey(seed, username, index) {
  const salt = createHash('sha256').update(`starknet_user_${username}_${index}`).digest();
  for (let attempt = 0; attempt < 1000; attempt++) {
    const info = `starknet_private_key_v1_attempt_${attempt}`;
    const bytes = Buffer.from(hkdfSync('sha256', seed, salt, info, 32));
    const candidate = BigInt(`0x${bytes.toString('hex')}`);
    if (candidate > 0n && candidate < ORDER) return candidate;
  }
  throw new Error('no key in 1000 attempts');
}

// The account of a user under a class.
export function account(seed, username, index, ofClass = DEFAULT_CLASS, guardian = undefined) {
  const key = bytesOf(privateKey(seed, username, index));
  const point = ec.starkCurve.getPublicKey(key, false);
  const publicKey = BigInt(ec.starkCurve.getStarkKey(key));
  const calldata = ofClass.constructor(publicKey, guardian);
  const address = hash.calculateContractAddressFromHash(publicKey, ofClass.classHash, calldata, 0);
  return { point, publicKey, calldata, address: BigInt(address), class: ofClass };
}
