// A whole cluster's chain for tests: anvil, the contracts, apps, versions, instances, and RPC
// endpoints that die or lie. tests/e2e/chain/chain is the same for tests in other languages.
import {
  artifact,
  claimText,
  connect,
  contractAt,
  deployAll,
  describe,
  mined,
  ethers,
  registrationText,
} from '../../../contracts/deployment.mjs';
import { Anvil } from './anvil.mjs';
import { Proxy } from './proxy.mjs';

const STATUS = { active: 0, stopped: 1, failed: 2 };
const APP_STATUS = { active: 0, inactive: 1, revoked: 2 };

export class Chain {
  constructor(options) {
    this.anvil = new Anvil(options);
    this.proxies = new Map();
    this.measurements = 0;
    // Whoever reads attestations on this chain.
    this.verifier = new ethers.Wallet(ethers.id('coffer test verifier'));
  }

  async start() {
    await this.anvil.start();
    this.provider = connect(this.anvil.url);
    this.chainId = (await this.provider.getNetwork()).chainId;
    this.accounts = await this.provider.send('eth_accounts', []);
    this.owner = await this.provider.getSigner(0);
  }

  async end() {
    for (const proxy of this.proxies.values()) await proxy.close();
    this.provider?.destroy();
    await this.anvil.end();
  }

  // Account 0 deploys and owns; accounts 1 to 3 are the guardians, two of whom can veto.
  async deploy({ guardians, threshold = 2, delay = 3600 } = {}) {
    const verifierSigner = this.verifier.address;
    const plan = {
      guardians: guardians ?? this.accounts.slice(1, 4),
      threshold,
      delay,
      verifierSigner,
    };
    this.deployment = await deployAll(this.owner, plan);
    const { trust } = this.deployment;
    this.registry = contractAt('NovaAppRegistry', trust.registry, this.owner);
    this.kms = contractAt('KMSRegistry', trust.kms_registry, this.owner);
    this.kmsAppId = BigInt(trust.kms_app_id);
    return this.deployment;
  }

  describe() {
    const { registry, kms_registry: kmsRegistry } = this.deployment.trust;
    return describe(this.provider, { registry, kmsRegistry });
  }

  async createApp() {
    const teeArch = ethers.encodeBytes32String('nitro');
    const made = await this.registry.createApp(teeArch, ethers.ZeroAddress, '', ethers.ZeroAddress);
    return event(await mined(made), this.registry, 'AppCreated').appId;
  }

  async enroll(appId, measurement, name) {
    const code = measurement ?? ethers.id(`measurement ${++this.measurements}`);
    const text = [name ?? '1.0', '', '', '', ''];
    const made = await this.registry.enrollVersion(appId, code, text);
    return {
      versionId: event(await mined(made), this.registry, 'VersionEnrolled').versionId,
      measurement: code,
    };
  }

  // Sends from any address, funded as needed.
  async as(address) {
    await this.provider.send('anvil_impersonateAccount', [address]);
    const enough = ethers.toQuantity(10n ** 19n);
    await this.provider.send('anvil_setBalance', [address, enough]);
    return new ethers.JsonRpcSigner(this.provider, address);
  }

  async proof(instance) {
    const version = await this.registry.getVersion(instance.appId, instance.versionId);
    return this.proofFor(instance, version.codeMeasurement);
  }

  proofFor(instance, measurement) {
    const { target } = this.registry;
    return this.verifier.signMessage(claimText(this.chainId, target, instance, measurement));
  }

  // In: {appId, versionId, teeWallet, teePubkey, instanceUrl}. With walletSignature, or walletKey to
  // make one, account 0 is the operator; without, the wallet sends for itself. An unverified one
  // needs it, because only the owner may register it.
  async register(instance, { verified = true, walletSignature, walletKey } = {}) {
    let signature = walletSignature;
    if (walletKey)
      signature = await new ethers.Wallet(walletKey).signMessage(this.textToSign(instance));
    const signer = signature ? this.owner : await this.as(instance.teeWallet);
    const proof = verified ? await this.proof(instance) : '0x';
    const made = await this.registry
      .connect(signer)
      .registerInstance(instance, signature ?? '0x', proof);
    return event(await mined(made), this.registry, 'InstanceRegistered').instanceId;
  }

  textToSign(instance) {
    return registrationText(this.chainId, this.registry.target, this.accounts[0], instance);
  }

  async verify(instanceId) {
    const found = (await this.registry.getInstance(instanceId)).toObject();
    const instance = { ...found, teeWallet: found.teeWalletAddress };
    await mined(this.registry.verifyInstance(instanceId, await this.proof(instance)));
  }

  async endInstance(instanceId, status) {
    await mined(this.registry.endInstance(instanceId, number(STATUS, status)));
  }

  async setAppStatus(appId, status) {
    await mined(this.registry.setAppStatus(appId, number(APP_STATUS, status)));
  }

  async deprecate(appId, versionId) {
    await mined(this.registry.deprecateVersion(appId, versionId));
  }

  async revoke(appId, versionId) {
    await mined(this.registry.revokeVersion(appId, versionId));
  }

  // interval: seconds between the blocks; without, as much as has passed.
  async mine(blocks = 1, interval = undefined) {
    const params = [ethers.toQuantity(blocks)];
    if (interval !== undefined) params.push(ethers.toQuantity(interval));
    await this.provider.send('anvil_mine', params);
    return this.head();
  }

  // Time passes, and a block says so.
  async pass(seconds) {
    await this.provider.send('evm_increaseTime', [ethers.toQuantity(seconds)]);
    return this.mine(1);
  }

  // The last blocks are replaced by as many others, empty ones.
  async reorg(depth) {
    await this.provider.send('anvil_reorg', [depth, []]);
    return this.head();
  }

  async head() {
    const { number, hash, timestamp } = await this.provider.send('eth_getBlockByNumber', [
      'latest',
      false,
    ]);
    return { number: Number(number), hash, timestamp: Number(timestamp) };
  }

  // A new endpoint of this name, or new faults for it. Unreachable with {down: true}.
  async proxy(name, { down = false, ...faults } = {}) {
    const proxy = this.proxies.get(name) ?? new Proxy(() => this.anvil.url);
    this.proxies.set(name, proxy);
    proxy.set(faults);
    if (proxy.port === 0 || !down) await proxy.listen();
    if (down) await proxy.close();
    return proxy;
  }
}

function number(names, status) {
  if (!(status in names)) throw new Error(`status is one of ${Object.keys(names).join(', ')}`);
  return names[status];
}

export function events(receipt, contract, name) {
  const logs = receipt.logs.filter(
    (log) => log.address.toLowerCase() === contract.target.toLowerCase(),
  );
  return logs.map((log) => contract.interface.parseLog(log)).filter((log) => log?.name === name);
}

function event(receipt, contract, name) {
  const found = events(receipt, contract, name);
  if (found.length !== 1) throw new Error(`${name}: ${found.length} events`);
  return found[0].args;
}

export { artifact, ethers, mined };
