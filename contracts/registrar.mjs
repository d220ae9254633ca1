// What the owner of a deployment does on a development chain: apps, versions and instances, with
// proofs of a verifier whose key is known to all. Shared by dev-chain.mjs and tests/e2e/chain.
import { claimText, contractAt, deployAll, ethers, mined, registrationText } from './deployment.mjs';

const STATUS = { active: 0, stopped: 1, failed: 2 };
const APP_STATUS = { active: 0, inactive: 1, revoked: 2 };

export class Registrar {
  constructor() {
    this.measurements = 0;
    // Whoever reads attestations on this chain.
    this.verifier = new ethers.Wallet(ethers.id('coffer test verifier'));
  }

  // In: provider, of a chain whose accounts are unlocked. Account 0 is the owner.
  async use(provider) {
    this.provider = provider;
    this.chainId = (await provider.getNetwork()).chainId;
    this.accounts = await provider.send('eth_accounts', []);
    this.owner = await provider.getSigner(0);
  }

  // Accounts 1 to 3 are the guardians, two of whom can veto.
  async deploy({ guardians, threshold = 2, delay = 3600 } = {}) {
    const verifierSigner = this.verifier.address;
    const plan = {
      guardians: guardians ?? this.accounts.slice(1, 4),
      threshold,
      delay,
      verifierSigner,
    };
    this.take(await deployAll(this.owner, plan));
    return this.deployment;
  }

  // In: deployment, as deploy answered it.
  take(deployment) {
    const { trust } = deployment;
    this.deployment = deployment;
    this.registry = contractAt('NovaAppRegistry', trust.registry, this.owner);
    this.kms = contractAt('KMSRegistry', trust.kms_registry, this.owner);
    this.kmsAppId = BigInt(trust.kms_app_id);
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
}

function number(names, status) {
  if (!(status in names)) throw new Error(`status is one of ${Object.keys(names).join(', ')}`);
  return names[status];
}

function event(receipt, contract, name) {
  const found = receipt.logs
    .filter((log) => log.address.toLowerCase() === contract.target.toLowerCase())
    .map((log) => contract.interface.parseLog(log))
    .filter((log) => log?.name === name);
  if (found.length !== 1) throw new Error(`${name}: ${found.length} events`);
  return found[0].args;
}
