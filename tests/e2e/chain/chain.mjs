// A whole cluster's chain for tests: anvil, the contracts, apps, versions, instances, and RPC
// endpoints that die or lie. tests/e2e/chain/chain is the same for tests in other languages.
import { Anvil } from '../../../contracts/anvil.mjs';
import { artifact, connect, describe, ethers, mined } from '../../../contracts/deployment.mjs';
import { Registrar } from '../../../contracts/registrar.mjs';
import { Proxy } from './proxy.mjs';

export class Chain extends Registrar {
  constructor(options) {
    super();
    this.anvil = new Anvil(options);
    this.proxies = new Map();
  }

  async start() {
    await this.anvil.start();
    await this.use(connect(this.anvil.url));
  }

  async end() {
    for (const proxy of this.proxies.values()) await proxy.close();
    this.provider?.destroy();
    await this.anvil.end();
  }

  describe() {
    const { registry, kms_registry: kmsRegistry } = this.deployment.trust;
    return describe(this.provider, { registry, kmsRegistry });
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

export { artifact, ethers, mined };
