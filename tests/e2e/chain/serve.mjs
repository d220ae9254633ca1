// What tests/e2e/chain/chain runs: see there.
import { createInterface } from 'node:readline';
import { Chain, ethers, mined } from './chain.mjs';

let chain;
const big = (value) => BigInt(value);

const instanceOf = (r) => ({
  appId: big(r.app_id ?? chain.kmsAppId),
  versionId: big(r.version_id),
  teeWallet: ethers.getAddress(r.wallet),
  teePubkey: r.tee_pubkey,
  instanceUrl: r.url,
});

async function send(signer, contract, method, ...args) {
  const receipt = await mined(contract.connect(signer)[method](...args));
  return { block: receipt.blockNumber, gas_used: receipt.gasUsed };
}

const asWallet = async (r, method, ...args) =>
  send(await chain.as(r.wallet), chain.kms, method, ...args);
const asGuardian = async (r, method, ...args) =>
  send(await chain.provider.getSigner(r.guardian), chain.kms, method, ...args);

const COMMANDS = {
  async start(r) {
    if (chain) throw new Error('started already');
    chain = new Chain(r);
    await chain.start();
    const genesis = (await chain.provider.send('eth_getBlockByNumber', ['0x0', false])).hash;
    return { url: chain.anvil.url, chain_id: chain.chainId, genesis, accounts: chain.accounts };
  },
  deploy: (r) => chain.deploy(r),
  describe: () => chain.describe(),

  app: async () => ({ app_id: await chain.createApp() }),
  async version(r) {
    const made = await chain.enroll(r.app_id ?? chain.kmsAppId, r.measurement, r.name);
    return { version_id: made.versionId, measurement: made.measurement };
  },
  async instance(r) {
    const { verified, wallet_signature: walletSignature, wallet_key: walletKey } = r;
    return {
      instance_id: await chain.register(instanceOf(r), { verified, walletSignature, walletKey }),
    };
  },
  registration_text: (r) => ({ text: chain.textToSign(instanceOf(r)) }),
  verify: (r) => chain.verify(r.instance_id),
  end_instance: (r) => chain.endInstance(r.instance_id, r.status),
  app_status: (r) => chain.setAppStatus(r.app_id ?? chain.kmsAppId, r.status),
  deprecate: (r) => chain.deprecate(r.app_id ?? chain.kmsAppId, r.version_id),
  revoke: (r) => chain.revoke(r.app_id ?? chain.kmsAppId, r.version_id),

  address: (r) => ({ address: new ethers.Wallet(r.key).address }),
  decode(r) {
    const read = ethers.Transaction.from(r.raw);
    const call = chain.kms.interface.parseTransaction(read);
    return {
      from: read.from,
      to: read.to,
      type: read.type,
      nonce: read.nonce,
      hash: read.hash,
      again: read.serialized,
      value: `${read.value}`,
      gas: `${read.gasLimit}`,
      chain_id: `${read.chainId}`,
      call: call.signature,
      arguments: call.args.map((one) => `${one}`),
    };
  },

  fund: async (r) => {
    const amount = ethers.toQuantity(big(r.wei ?? 10n ** 18n));
    await chain.provider.send('anvil_setBalance', [r.wallet, amount]);
  },
  set_root_hash: (r) => asWallet(r, 'setMasterSecretHash', r.hash),
  anchor: (r) => asWallet(r, 'anchor', r.height, r.header, r.follows ?? ethers.ZeroHash),
  propose_epoch: (r) => asWallet(r, 'proposeEpoch', r.epoch, r.commitment),
  propose_seed: (r) => asWallet(r, 'proposeSeed', r.tenant, r.seed_epoch, r.commitment),
  execute: (r) => asWallet(r, 'execute', r.proposal_id, r.commitment),
  veto: (r) => asGuardian(r, 'veto', r.proposal_id, r.commitment),

  call: async (r) => {
    const contract = r.contract === 'kms_registry' ? chain.kms : chain.registry;
    return {
      result: plain(await contract[r.method](...(r.args ?? []), { blockTag: r.block ?? 'latest' })),
    };
  },
  rpc: async (r) => ({ result: await chain.provider.send(r.method, r.params ?? []) }),

  head: () => chain.head(),
  mine: (r) => chain.mine(r.blocks, r.interval),
  pass: (r) => chain.pass(r.seconds),
  reorg: (r) => chain.reorg(r.depth),
  snapshot: async () => ({ snapshot: await chain.provider.send('evm_snapshot', []) }),
  revert: async (r) => ({ reverted: await chain.provider.send('evm_revert', [r.snapshot]) }),

  stop: () => chain.anvil.stop(),
  restart: () => chain.anvil.start(),
  freeze: () => chain.anvil.freeze(),
  thaw: () => chain.anvil.thaw(),

  proxy: async ({ name, cmd: _cmd, id: _id, ...faults }) => {
    const proxy = await chain.proxy(name, faults.faults ?? {});
    return { url: proxy.url };
  },
  proxy_asked: (r) => ({ asked: chain.proxies.get(r.name).asked }),
};

// A struct as an object, a list as a list, numbers as JSON takes them.
function plain(value) {
  if (!(value instanceof ethers.Result)) return value;
  try {
    const named = value.toObject();
    if (!('_' in named))
      return Object.fromEntries(Object.entries(named).map(([k, v]) => [k, plain(v)]));
  } catch {
    // a list has no names
  }
  return value.toArray().map(plain);
}

function text(value) {
  const number = (v) => (v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : v.toString());
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? number(v) : v));
}

async function answer(line) {
  let request = {};
  try {
    request = JSON.parse(line);
    const command = Object.hasOwn(COMMANDS, request.cmd) ? COMMANDS[request.cmd] : undefined;
    if (!command)
      throw new Error(`no command ${request.cmd}; there are ${Object.keys(COMMANDS).join(', ')}`);
    if (!chain && request.cmd !== 'start') throw new Error('not started');
    return { id: request.id, ok: true, ...(await command(request)) };
  } catch (error) {
    const reverted = error.revert?.name ?? revertName(error.data ?? error.info?.error?.data);
    return { id: request.id, ok: false, error: error.shortMessage ?? error.message, reverted };
  }
}

function revertName(data) {
  if (typeof data !== 'string' || !chain?.kms) return undefined;
  return [chain.kms, chain.registry]
    .map((c) => c.interface.parseError(data)?.name)
    .find((name) => name);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') process.stdout.write(`${text(await answer(line))}\n`);
}
await chain?.end();
process.exit(0);
