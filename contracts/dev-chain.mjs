// A development chain and its operator: what coffer dev --registry chain starts beside its nodes.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Anvil } from './anvil.mjs';
import { connect, ethers } from './deployment.mjs';
import { Registrar } from './registrar.mjs';

const HELP = `usage: tools/dev-chain --data FOLDER --port N --measurement HEX --node URL ...
       tools/dev-chain app --data FOLDER --wallet 0x... --tee-pubkey HEX [--url URL]
       tools/dev-chain end --data FOLDER --instance N

The first is what coffer dev --registry chain runs beside its nodes: anvil with a block each second
and the contracts, kept in FOLDER/chain; where and what they are in FOLDER/chain.json. Nodes that
answer at one of the URLs are registered, as an operator would, and again when their keys are new.

app registers an instance of a new app, end ends one: while the chain runs. Accounts of this chain
are known to everybody; none of it may ever hold anything of worth.`;

const OPTIONS = {
  help: { type: 'boolean' },
  data: { type: 'string' },
  port: { type: 'string' },
  measurement: { type: 'string' },
  node: { type: 'string', multiple: true },
  wallet: { type: 'string' },
  'tee-pubkey': { type: 'string' },
  url: { type: 'string' },
  instance: { type: 'string' },
};
const CONFIRMATIONS = 2;
const LOOK_MS = 500;

class UsageError extends Error {}

const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function need(options, ...names) {
  const missing = names.find((name) => options[name] === undefined);
  if (missing !== undefined) throw new UsageError(`--${missing} is needed`);
}

// Appears whole, or not at all.
function writeJson(path, value) {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const chainFile = (data) => join(data, 'chain.json');

// --- the chain of a data folder ------------------------------------------------------------------

// The contracts that this chain has from an earlier run, or new ones. Answers the version of nodes.
async function settle(registrar, folder, measurement) {
  const file = join(folder, 'deployed.json');
  if (existsSync(file)) {
    const known = readJson(file);
    const { genesis, kms_registry: contract } = known.deployment.trust;
    const first = await registrar.provider.send('eth_getBlockByNumber', ['0x0', false]);
    if (first.hash !== genesis || (await registrar.provider.getCode(contract)) === '0x')
      throw new Error(`${folder} lost its chain: take it and the nodes' folders away to begin anew`);
    registrar.take(known.deployment);
    await endAll(registrar);
    return known.version;
  }
  await registrar.deploy({ delay: 60 });
  const { versionId } = await registrar.enroll(registrar.kmsAppId, measurement, 'dev');
  const version = Number(versionId);
  writeJson(file, { deployment: registrar.deployment, version });
  return version;
}

async function keep(options) {
  need(options, 'data', 'port', 'measurement', 'node');
  const folder = join(options.data, 'chain');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const anvil = new Anvil({ port: Number(options.port), folder, block_time: 1, epoch_slots: 1 });
  let stopped = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => (stopped = true));
  await anvil.start();
  anvil.ended.then(() => {
    if (!stopped) {
      console.error('dev-chain: anvil ended');
      process.exitCode = 1;
    }
    stopped = true;
  });
  const registrar = new Registrar();
  await registrar.use(connect(anvil.url));
  try {
    const version = await settle(registrar, folder, options.measurement);
    const { trust } = registrar.deployment;
    writeJson(chainFile(options.data), { ...trust, confirmations: CONFIRMATIONS, rpc: anvil.url });
    console.log(`chain ${trust.chain_id} at ${anvil.url}`);
    const nodes = options.node.map((url) => ({ url, version }));
    while (!stopped) {
      for (const node of nodes) await look(registrar, node);
      await nap(LOOK_MS);
    }
  } finally {
    registrar.provider.destroy();
    await anvil.end();
  }
}

// --- its nodes -----------------------------------------------------------------------------------

// What a node says of itself, or nothing while it is away.
async function facts(url) {
  try {
    const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(2000) });
    return (await answer.json()).node;
  } catch {
    return undefined;
  }
}

// Registers what answers there, when its keys are others than those known. The registration of
// before is ended, as the keys are gone with the process.
async function look(registrar, node) {
  const said = await facts(node.url);
  if (said === undefined || said.tee_wallet === node.wallet) return;
  if (node.wallet !== undefined) await registrar.endInstance(node.instance, 'stopped');
  node.instance = await registrar.register({
    appId: registrar.kmsAppId,
    versionId: BigInt(node.version),
    teeWallet: ethers.getAddress(said.tee_wallet),
    teePubkey: `0x${said.tee_pubkey}`,
    instanceUrl: node.url,
  });
  node.wallet = said.tee_wallet;
  console.log(`node ${node.wallet} at ${node.url} is instance ${node.instance}`);
}

// What an earlier run left registered. None of it runs any more, and the first node may only go on
// without the others when no others are said to be there.
async function endAll(registrar) {
  const { registry, kmsAppId } = registrar;
  for (const wallet of await registry.getActiveInstances(kmsAppId)) {
    const { id } = await registry.getInstanceByWallet(wallet);
    await registrar.endInstance(id, 'stopped');
  }
}

// --- apps ----------------------------------------------------------------------------------------

async function openRegistrar(data) {
  const registrar = new Registrar();
  try {
    const { rpc, ...trust } = readJson(chainFile(data));
    await registrar.use(connect(rpc));
    registrar.take({ trust });
    return registrar;
  } catch (error) {
    registrar.provider?.destroy();
    const next = 'start coffer dev --registry chain with that folder';
    throw new Error(`no chain runs for ${data}: ${next} (${error.message})`);
  }
}

async function withRegistrar(data, work) {
  const registrar = await openRegistrar(data);
  try {
    return await work(registrar);
  } catch (error) {
    const reason = error.data && registrar.registry.interface.parseError(error.data)?.name;
    throw reason ? new Error(`the registry refuses it: ${reason}`) : error;
  } finally {
    registrar.provider.destroy();
  }
}

async function app(options) {
  need(options, 'data', 'wallet', 'tee-pubkey');
  const teePubkey = `0x${options['tee-pubkey'].replace(/^0x/, '')}`;
  if (!ethers.isAddress(options.wallet)) throw new UsageError('--wallet is an address, 0x...');
  if (!ethers.isHexString(teePubkey)) throw new UsageError('--tee-pubkey is hex');
  return withRegistrar(options.data, async (registrar) => {
    const appId = await registrar.createApp();
    const { versionId, measurement } = await registrar.enroll(appId);
    const instance = await registrar.register({
      appId,
      versionId,
      teeWallet: ethers.getAddress(options.wallet),
      teePubkey,
      instanceUrl: options.url ?? 'https://app.example',
    });
    return { app_id: `${appId}`, instance_id: `${instance}`, measurement };
  });
}

async function end(options) {
  need(options, 'data', 'instance');
  if (!/^\d+$/.test(options.instance)) throw new UsageError('--instance is a number');
  return withRegistrar(options.data, async (registrar) => {
    await registrar.endInstance(BigInt(options.instance), 'stopped');
    return { ended: options.instance };
  });
}

const COMMANDS = { app, end };

async function main(argv) {
  let read;
  try {
    read = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const [name, ...rest] = read.positionals;
  if (read.values.help) return console.log(HELP);
  if (rest.length !== 0 || (name !== undefined && !Object.hasOwn(COMMANDS, name)))
    throw new UsageError(`there is no command ${read.positionals.join(' ')}`);
  if (name === undefined) return keep(read.values);
  return console.log(JSON.stringify(await COMMANDS[name](read.values)));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`dev-chain: ${error.shortMessage ?? error.message}`);
  if (error instanceof UsageError) console.error('dev-chain: --help lists the options');
  process.exit(error instanceof UsageError ? 2 : 1);
}
