// JSON-RPC with a real endpoint: what we ask anvil understands, and what we read from its answers is
// what ethers says of the same calls.
import { JsonRpcProvider, Wallet, hexlify, toBeHex, toUtf8Bytes } from 'ethers';
import { Anvil } from '../../../contracts/anvil.mjs';

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'; // anvil's first
// Gives its call data back; without any it reverts with the four bytes of NotAuthorizedToSetHash().
const ECHO = '0x3615600f57366000600037366000f35b63a76d08c26000526004601cfd';
const ECHO_AT = `0x${'ec'.repeat(20)}`;
const NOBODY = `0x${'00'.repeat(19)}77`;
const UNKNOWN = `0x${'12'.repeat(32)}`;

const word = (value) => toBeHex(value, 32);

export class Chain {
  constructor(peer, random) {
    Object.assign(this, { peer, random, id: 1, sent: [], anvil: new Anvil({ epoch_slots: 2 }) });
  }

  async start() {
    await this.anvil.start();
    this.provider = new JsonRpcProvider(this.anvil.url, undefined, { cacheTimeout: -1 });
    this.wallet = new Wallet(KEY);
    this.chainId = (await this.provider.getNetwork()).chainId;
    await this.provider.send('anvil_setCode', [ECHO_AT, ECHO]);
  }

  async end() {
    this.provider.destroy();
    await this.anvil.end();
  }

  // Our request as it is, and how we read what anvil says.
  async ask(calls) {
    this.id += 100;
    const body = await this.peer.ask('request', this.id, ...calls);
    const answer = await fetch(this.anvil.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return (await this.peer.ask('answer', hexlify(toUtf8Bytes(await answer.text())))).split(' ; ');
  }

  // A transaction of ours that anvil takes.
  async send() {
    const nonce = await this.provider.getTransactionCount(this.wallet.address);
    const to = this.random.pick([ECHO_AT, NOBODY]);
    const data = this.random.chance(50) ? '0x' : `0x${'ab'.repeat(1 + this.random.below(100))}`;
    const [, hash, raw] = (
      await this.peer.ask('tx', KEY, this.chainId, nonce, 1, 10n ** 10n, 100000, to, word(this.random.bits(40)), data)
    ).split(' ');
    const [sent] = await this.ask([`send:${raw}`]);
    if (sent !== hash) throw new Error(`sent as ${sent}, not ${hash}`);
    await this.provider.waitForTransaction(hash);
    this.sent.push(hash);
  }

  block(at) {
    return this.provider.send(at.startsWith('0x') ? 'eth_getBlockByHash' : 'eth_getBlockByNumber', [this.tag(at), false]);
  }

  tag(at) {
    return /^[0-9]+$/.test(at) ? `0x${Number(at).toString(16)}` : at;
  }

  state(at) {
    return at.startsWith('0x') ? { blockHash: at } : this.tag(at);
  }

  // A call of ours, and what ethers gets for it in the peer's words.
  async pick() {
    const { random, provider } = this;
    const latest = await provider.send('eth_getBlockByNumber', ['latest', false]);
    const blocks = ['latest', 'safe', 'finalized', latest.hash, `${random.below(Number(latest.number) + 1)}`];
    const at = random.pick(blocks);
    const account = random.pick([this.wallet.address.toLowerCase(), ECHO_AT, NOBODY]);
    const data = random.chance(30) ? '0x' : `0x${random.text('0123456789abcdef', 1, 40).repeat(2)}`;
    const number = async (method, ...params) => BigInt(await provider.send(method, params)).toString();
    const kinds = [
      ['chain', () => number('eth_chainId')],
      ['priority', () => number('eth_maxPriorityFeePerGas')],
      [`block:${at}`, () => this.header(at)],
      [`block:${Number(latest.number) + 1000}`, () => 'RPC_NOTHING'],
      [`block:${UNKNOWN}`, () => 'RPC_NOTHING'],
      [`code:${account}:${at}`, () => provider.send('eth_getCode', [account, this.state(at)])],
      [`count:${account}:${at}`, () => number('eth_getTransactionCount', account, this.state(at))],
      [`count:${account}:pending`, () => number('eth_getTransactionCount', account, 'pending')],
      [`balance:${account}:${at}`, async () => word(await provider.send('eth_getBalance', [account, this.state(at)]))],
      [`call:${ECHO_AT}:${data}:latest`, () => (data === '0x' ? 'CALL_REVERTED 0xa76d08c2' : data)],
      [`call:${NOBODY}:${data}:${at}`, () => '0x'],
      [`call:${ECHO_AT}:${data}:${UNKNOWN}`, () => 'RPC_ERROR'],
      [`receipt:${UNKNOWN}`, () => 'RPC_NOTHING'],
      ['send:0x02c0', () => 'RPC_ERROR'],
    ];
    if (this.sent.length > 0) kinds.push([`receipt:${random.pick(this.sent)}`, null]);
    const [call, expected] = random.pick(kinds);
    return [call, expected === null ? await this.outcome(call.slice(8)) : await expected()];
  }

  async header(at) {
    const block = await this.block(at);
    return [BigInt(block.number), block.hash, block.parentHash, BigInt(block.timestamp), BigInt(block.baseFeePerGas)].join(' ');
  }

  async outcome(hash) {
    const { blockNumber, blockHash, status, gasUsed } = await this.provider.getTransactionReceipt(hash);
    return [blockNumber, blockHash, status, gasUsed].join(' ');
  }

  async judge() {
    if (this.random.chance(20)) await this.send();
    const picked = [];
    for (let i = this.random.below(12); i >= 0; i--) picked.push(await this.pick());
    const answers = await this.ask(picked.map(([call]) => call));
    picked.forEach(([call, expected], i) => {
      if (answers[i] !== expected) throw new Error(`${call} is ${answers[i]}, not ${expected}`);
    });
  }
}
