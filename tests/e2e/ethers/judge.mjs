// Judges our Ethereum code: ethers says, from the inputs alone, what each answer must be, and reads
// what we wrote. usage: node judge.mjs PEER
// ETHERS_SEED repeats a run, ETHERS_CASES is the number of cases of each kind.
import { randomBytes } from 'node:crypto';
import {
  AbiCoder, Interface, Signature, SigningKey, Transaction, Wallet, computeAddress, getAddress, getBytes, hashMessage,
  hexlify, recoverAddress, toBeHex, toUtf8Bytes, verifyMessage,
} from 'ethers';
import { Random } from '../judge/random.mjs';
import { Logins } from './logins.mjs';
import { Peer } from './peer.mjs';
import { Chain } from './rpc.mjs';

const cases = Number(process.env.ETHERS_CASES ?? 200);
const seed = process.env.ETHERS_SEED ?? randomBytes(8).toString('hex');
const random = new Random(seed);
const peer = new Peer(process.argv[2]);
const coder = AbiCoder.defaultAbiCoder();
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
let passed = 0;
let failed = 0;

function same(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what} is ${actual}, not ${expected}`);
}

const word = (value) => toBeHex(value, 32);
const bytes = (count) => (count === 0 ? '0x' : toBeHex(random.bits(8 * count), count));
const length = () => (random.chance(80) ? random.below(70) : random.below(3000));
const privateKey = () => word(1n + (random.number(256) % (ORDER - 1n)));
const address = () => (random.chance(5) ? `0x${'00'.repeat(20)}` : bytes(20));
const attempt = (make) => {
  try {
    return make();
  } catch {
    return undefined;
  }
};

// Addresses, in letters of any case.
async function judgeAddress() {
  const key = privateKey();
  const [lower, checksum] = (await peer.ask('key', key)).split(' ');
  same('address', lower, computeAddress(key).toLowerCase());
  same('EIP-55', checksum, computeAddress(key));
  const change = () => (random.chance(50) ? (c) => c : random.chance(50) ? (c) => c.toUpperCase() : (c) => c.toLowerCase());
  let text = checksum.slice(2);
  const at = random.below(40);
  text = text.slice(0, at) + change()(text[at]) + text.slice(at + 1);
  if (random.chance(20)) text = random.chance(50) ? text.toUpperCase() : text.toLowerCase();
  const expected = attempt(() => getAddress(`0x${text}`));
  same(`checked ${text}`, await peer.ask('check', `0x${text}`), expected?.toLowerCase() ?? 'CHECKSUM_ADDRESS');
  same('read', await peer.ask('read', random.chance(50) ? text : `0x${text}`), lower);
}

// Messages signed by us and by ethers.
async function judgeMessage() {
  const key = privateKey();
  const signer = computeAddress(key).toLowerCase();
  const text = random.chance(50) ? bytes(length()) : hexlify(toUtf8Bytes(random.text([...'abc é世🙂\n'], 0, 300)));
  const ours = await peer.ask('sign', key, text);
  same('signer of our signature', verifyMessage(getBytes(text), ours).toLowerCase(), signer);
  const theirs = new Wallet(key).signMessageSync(getBytes(text));
  same('signature', ours, theirs);

  const { r, s, yParity } = Signature.from(theirs);
  const form = (sValue, v) => `${random.pick(['', '0x'])}${r.slice(2)}${word(sValue).slice(2)}${toBeHex(v, 1).slice(2)}`;
  const v = random.pick([yParity, 27 + yParity]);
  same('signer of their signature', await peer.ask('recover', text, form(BigInt(s), v), 'low'), signer);
  const second = form(ORDER - BigInt(s), random.pick([1 - yParity, 28 - yParity]));
  same('signer of the second form', await peer.ask('recover', text, second, 'any'), signer);
  same('the second form where s must be low', await peer.ask('recover', text, second, 'low'), 'SIGNATURE_INVALID');
  const chain = form(BigInt(s), 35 + random.below(221));
  same('a v with a chain id', await peer.ask('recover', text, chain, 'any'), 'SIGNATURE_INVALID');
}

// Signatures that nobody made: both find the same signer, or none.
async function judgeRecovery() {
  const text = bytes(length());
  const r = random.chance(5) ? random.pick([0n, ORDER, ORDER - 1n, 2n ** 256n - 1n]) : random.bits(256);
  const s = random.chance(5) ? random.pick([0n, ORDER / 2n, ORDER / 2n + 1n, ORDER]) : random.bits(256) % (ORDER / 2n);
  const signature = word(r) + word(s).slice(2) + toBeHex(27 + random.below(2), 1).slice(2);
  // ethers looks at the highest bit of s only, not whether it is above half the order.
  const expected = s > ORDER / 2n ? undefined : attempt(() => recoverAddress(hashMessage(getBytes(text)), signature));
  same(`signer of ${signature}`, await peer.ask('recover', text, signature, 'low'), expected?.toLowerCase() ?? 'SIGNATURE_INVALID');
}

// The structs of the registry: types of the fields, in order.
const APP = ['uint256', 'address', 'bytes32', 'address', 'string', 'uint256', 'time', 'uint8'];
const STRUCTS = {
  app: APP,
  'app with wallet': [...APP, 'address'],
  version: ['uint256', 'string', 'bytes32', 'string', 'string', 'string', 'string', 'uint8', 'time', 'address'],
  instance: ['uint256', 'uint256', 'uint256', 'address', 'string', 'bytes', 'address', 'bool', 'uint8', 'time'],
};
const solidity = (type) => (type === 'time' ? 'uint256' : type === 'string' ? 'bytes' : type);
const MAKE = {
  uint256: () => random.number(256),
  address,
  uint64: () => random.number(64),
  bytes32: () => bytes(32),
  string: () => bytes(length()),
  bytes: () => bytes(length()),
  time: () => random.number(64),
  uint8: () => random.bits(8),
  bool: () => random.chance(50),
};
// A value as the peer writes it.
const WRITE = {
  uint256: word,
  uint64: word,
  address: (value) => value.toLowerCase(),
  bytes32: (value) => value,
  string: (value) => value,
  bytes: (value) => value,
  time: (value) => value.toString(),
  uint8: (value) => value.toString(),
  bool: (value) => (value ? '1' : '0'),
};
const written = (types, values) => types.map((type, i) => WRITE[type](values[i])).join(' ');

// What ethers writes we read.
async function judgeStruct(name) {
  const types = STRUCTS[name];
  const values = types.map((type) => MAKE[type]());
  const data = coder.encode([`tuple(${types.map(solidity).join(',')})`], [values]);
  same(name, await peer.ask(name.split(' ')[0], data), written(types, values));
  await judgeChanged(name, types, data);
}

// Where a changed answer is not refused, ethers reads the same from it.
async function judgeChanged(name, types, data) {
  const words = (data.length - 2) / 64;
  const at = random.chance(70) ? random.below(Math.min(words, 14)) : random.below(words);
  const value = random.pick([random.bits(8), random.bits(256), BigInt(32 * random.below(words + 2)), 2n ** 256n - 32n, 2n ** 64n]);
  const changed = data.slice(0, 2 + 64 * at) + word(value).slice(2) + data.slice(66 + 64 * at);
  const answer = await peer.ask(name.split(' ')[0], changed);
  if (answer === 'ABI_INVALID' || answer === 'ABI_LIMIT') return;
  const read = answer.split(' ').length === types.length ? types : STRUCTS[answer.split(' ').length === 9 ? 'app with wallet' : 'app'];
  const [values] = coder.decode([`tuple(${read.map(solidity).join(',')})`], changed);
  same(`changed ${name}`, answer, written(read, [...values]));
}

async function judgeListsAndAnchors() {
  const ids = random.list(40, () => random.number(256));
  const wallets = random.list(40, address);
  same('ids', await peer.ask('ids', coder.encode(['uint256[]'], [ids])), [ids.length, ...ids.map(word)].join(' '));
  const anchor = [random.number(64), bytes(32)];
  same('anchor', await peer.ask('anchor', coder.encode(['uint64', 'bytes32'], anchor)), anchor.join(' '));
  same('wallets', await peer.ask('wallets', coder.encode(['address[]'], [wallets])), [wallets.length, ...wallets].join(' '));
}

const CALLS = new Interface([
  'function getApp(uint256)', 'function getVersion(uint256,uint256)', 'function getInstance(uint256)',
  'function getInstanceByWallet(address)', 'function getInstancesForVersion(uint256,uint256)',
  'function getActiveInstances(uint256)', 'function masterSecretHash()', 'function setMasterSecretHash(bytes32)',
  'function anchored()', 'function anchor(uint64,bytes32,bytes32)', 'function epochCommitment(uint256)', 'function latestEpoch()', 'function seedCommitment(bytes32,uint256)',
  'function seedEpochs(bytes32)', 'function isOperator(address)', 'function operatorCount()',
  'function operatorAt(uint256)', 'function getOperators()', 'function kmsAppId()', 'function novaAppRegistry()',
]);

async function judgeCall() {
  const call = random.pick(CALLS.fragments);
  const values = call.inputs.map(({ type }) => MAKE[type]());
  const ours = call.inputs.map(({ type }, i) => WRITE[type](values[i]));
  same(call.format(), await peer.ask('call', call.format(), ...ours), CALLS.encodeFunctionData(call, values));
}

// Transactions: ours are read by ethers, theirs are ours to the byte, changed ones have no signer.
async function judgeTransaction() {
  const key = privateKey();
  const fields = {
    type: 2,
    chainId: random.number(53),
    nonce: Number(random.number(53)),
    maxPriorityFeePerGas: random.number(64),
    maxFeePerGas: random.number(64),
    gasLimit: random.number(64),
    to: address(),
    value: random.number(256),
    data: bytes(random.chance(90) ? length() : 4096),
  };
  // ethers refuses what no endpoint would take either.
  if (fields.maxPriorityFeePerGas > fields.maxFeePerGas) fields.maxPriorityFeePerGas = fields.maxFeePerGas;
  const words = [fields.chainId, fields.nonce, fields.maxPriorityFeePerGas, fields.maxFeePerGas, fields.gasLimit, fields.to, word(fields.value), fields.data];
  const [signing, hash, raw] = (await peer.ask('tx', key, ...words)).split(' ');
  const read = Transaction.from(raw);
  same('sender', read.from, computeAddress(key));
  same('signing hash', signing, read.unsignedHash);
  same('hash', hash, read.hash);
  for (const name of ['type', 'chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gasLimit', 'value', 'data']) {
    same(name, read[name], fields[name]);
  }
  same('to', read.to.toLowerCase(), fields.to);
  const theirs = Transaction.from(fields);
  theirs.signature = new SigningKey(key).sign(theirs.unsignedHash);
  same('raw', raw, theirs.serialized);
  same('signer', await peer.ask('signer', raw, ...words), computeAddress(key).toLowerCase());
  const at = 2 + random.below(raw.length - 2);
  const changed = raw.slice(0, at) + (Number(`0x${raw[at]}`) ^ (1 + random.below(15))).toString(16) + raw.slice(at + 1);
  const signer = await peer.ask('signer', changed, ...words);
  if (signer === computeAddress(key).toLowerCase()) throw new Error('a changed transaction has the same signer');
}

async function repeat(what, judge, times = cases) {
  for (let i = 0; i < times; i++) {
    try {
      await judge();
      passed++;
    } catch (error) {
      failed++;
      console.log(`FAILED ${what} ${i}: ${error.message.slice(0, 600)}`);
    }
  }
}

console.log(`seed ${seed}`);
await repeat('address', judgeAddress);
await repeat('message', judgeMessage);
await repeat('recovery', judgeRecovery);
for (const name of Object.keys(STRUCTS)) await repeat(name, () => judgeStruct(name));
await repeat('lists and anchors', judgeListsAndAnchors);
await repeat('call', judgeCall);
await repeat('transaction', judgeTransaction);
const logins = new Logins(peer, random, same);
for (const kind of ['wallet', 'statement', 'key']) await repeat(`proof of a ${kind}`, () => logins[kind](), Math.ceil(cases / 8));
const chain = new Chain(peer, random);
await chain.start();
await repeat('chain', () => chain.judge(), Math.ceil(cases / 4));
await chain.end();
peer.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
