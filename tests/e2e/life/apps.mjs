// Apps for tests/e2e/life/run: a command of JSON on each line of the input, an answer on each of the
// output. Every call is made and checked by the clients of tests/e2e/interop.
//   {cmd: keys}                                       new keys: {wallet, key, tee, point}
//   {cmd: vouched, url, node, domain}                 {point}, of the node's envelopes of version 2
//   {cmd: call, client: {v, url, node, point, domain, key, tee}, method, path, inner, spoil, repeat}
// answers {ms} and {answer}, or {status, code, body}, or {error}. spoil: {wallet: a key that signs in
// the place of the app's}, {tee: one that seals}, {plain: true: no envelope} or {flip: true: a sealed
// bit is changed on the way}. repeat: an Idempotency-Key, in version 2.
import { createECDH } from 'node:crypto';
import { createInterface } from 'node:readline';
import { CofferClient, vouched } from '../interop/coffer_client.mjs';
import { NovaClient, Refused, require } from '../interop/nova_client.mjs';

const { Wallet } = require('ethers');
const clients = new Map();

function clientOf(given) {
  const name = JSON.stringify(given);
  if (!clients.has(name)) {
    const node = { url: given.url, wallet: given.node, point: Buffer.from(given.point, 'hex') };
    const parts = [node, given.key, given.tee];
    clients.set(name, given.v === 1 ? new NovaClient(...parts) : new CofferClient(...parts, given.domain));
  }
  return clients.get(name);
}

function keys() {
  const wallet = Wallet.createRandom();
  const ecdh = createECDH('secp384r1');
  return {
    wallet: wallet.address.toLowerCase(),
    key: wallet.privateKey.slice(2),
    tee: (ecdh.generateKeys(), ecdh.getPrivateKey('hex').padStart(96, '0')),
    point: ecdh.getPublicKey('hex'),
  };
}

const flipped = (text, name) => text.replace(
  new RegExp(`("${name}":".{20})(.)`), (_, before, one) => before + (one === '1' ? '2' : '1'));

// A client that does one thing wrong.
function spoiled(given, { wallet, tee, plain, flip }) {
  const client = clientOf({ ...given, tee: tee ?? given.tee, spoiled: true });
  const mine = new Wallet(`0x${given.key}`);
  const signer = new Wallet(`0x${wallet ?? given.key}`);
  client.wallet = { address: mine.address, signMessage: (text) => signer.signMessage(text) };
  delete client.seal;
  if (plain) client.seal = (inner) => (given.v === 1 ? inner : JSON.stringify(inner));
  if (flip && given.v === 1) {
    const seal = client.seal.bind(client);
    client.seal = (...parts) => JSON.parse(flipped(JSON.stringify(seal(...parts)), client.field));
  }
  const change = (_, body) => (flip ? flipped(body, 'sealed') : body);
  return (method, path, inner, _, repeat) =>
    client.call(method, path, inner, given.v === 1 ? undefined : change, repeat);
}

async function call({ client, method, path, inner, spoil, repeat }) {
  const since = performance.now();
  const ms = () => Math.round(performance.now() - since);
  const send = spoil ? spoiled(client, spoil) : (...parts) => clientOf(client).call(...parts);
  try {
    return { answer: await send(method, path, inner ?? undefined, undefined, repeat), ms: ms() };
  } catch (error) {
    if (!(error instanceof Refused)) return { error: String(error.cause ?? error), ms: ms() };
    return { status: error.status, code: error.body.error_code, body: error.body, ms: ms() };
  }
}

const commands = {
  keys,
  call,
  vouched: ({ url, node, domain }) => vouched({ url, wallet: node }, domain).then(
    (point) => ({ point: point.toString('hex') }), (error) => ({ error: String(error) })),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = await commands[asked.cmd](asked);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
