// How the contracts are asked in tests: every function that is called, every event and every error
// that is seen is noted, so that none can be left out.
import { artifact, Chain, ethers, mined } from './chain.mjs';

// An address with nothing behind it.
export const NOBODY = ethers.getAddress(`0x${'dd'.repeat(20)}`);
export const POINT = `0x04${'5a'.repeat(96)}`;
const P384 = '3076301006072a8648ce3d020106052b81040022036200';
export const SPKI = `0x${P384}${POINT.slice(2)}`;
export const hash = (text) => ethers.id(text);

export class Lab {
  constructor() {
    this.chain = new Chain({});
    this.tests = [];
    this.seen = new Set();
    this.gas = new Map();
    this.wallets = 0;
  }

  test = (name, run, limit_ms = 60000) => {
    this.tests.push({ name, run, limit_ms });
  };

  // A contract with every test's beginning: the app of the KMS with one version and one node.
  async start() {
    const { chain } = this;
    await chain.start();
    await chain.deploy();
    [this.owner, this.g1, this.g2, this.g3, this.other, this.stranger] = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => chain.provider.getSigner(i)),
    );
    this.registry = chain.registry;
    this.kms = chain.kms;
    this.kmsApp = chain.kmsAppId;
    this.kmsVersion = (await chain.enroll(this.kmsApp)).versionId;
    this.node = await this.newInstance();
  }

  // A wallet with a key, and what registers it; not registered.
  instance(changes = {}) {
    const wallet = new ethers.Wallet(hash(`wallet ${++this.wallets}`), this.chain.provider);
    const registration = {
      appId: this.kmsApp,
      versionId: this.kmsVersion,
      teeWallet: wallet.address,
      teePubkey: POINT,
      instanceUrl: `https://node${this.wallets}.example`,
      ...changes,
    };
    return { wallet, registration };
  }

  // A registered one. In: what differs; verified: false for one without a proof.
  async newInstance(changes = {}, verified = true) {
    const made = this.instance(changes);
    const options = { verified, walletKey: made.wallet.privateKey };
    made.id = await this.chain.register(made.registration, options);
    made.signer = await this.chain.as(made.wallet.address);
    return made;
  }

  // Sends, and answers the events as [name, ...arguments]. Their contract is `contract` or named.
  async send(contract, signer, method, ...args) {
    const sent = await contract.connect(signer)[method](...args);
    const receipt = await mined(sent);
    const name = this.#note(contract, method);
    this.gas.set(name, [...(this.gas.get(name) ?? []), Number(receipt.gasUsed)]);
    return receipt.logs.map((log) => {
      const from = [this.registry, this.kms, contract].find((c) => same(c.target, log.address));
      const parsed = from.interface.parseLog(log);
      this.#note(from, parsed.name);
      return [parsed.name, ...parsed.args.toArray()];
    });
  }

  async view(contract, method, ...args) {
    this.#note(contract, method);
    return contract[method](...args);
  }

  // The call must revert with this error of the contract (or with empty data: null).
  async reverts(error, contract, signer, method, ...args) {
    let data;
    try {
      await contract.connect(signer)[method].staticCall(...args);
    } catch (e) {
      data = revertData(e);
    }
    this.#expect(error, contract, data, `${method} with ${show(args)}`);
  }

  async deployReverts(error, name, ...args) {
    const { abi, bytecode } = artifact(name);
    const factory = new ethers.ContractFactory(abi, bytecode, this.owner);
    let data;
    try {
      await this.owner.estimateGas(await factory.getDeployTransaction(...args));
    } catch (e) {
      data = revertData(e);
    }
    const contract = new ethers.Contract(ethers.ZeroAddress, abi);
    this.#expect(
      error,
      { interface: contract.interface, name },
      data,
      `${name} with ${show(args)}`,
    );
  }

  #expect(error, contract, data, what) {
    if (data === undefined) throw new Error(`${what} passes; ${error} was expected`);
    const seen = data === '0x' ? null : contract.interface.parseError(data);
    const text = seen === null ? null : seen.name === 'Error' ? seen.args[0] : seen.name;
    if (text !== error) throw new Error(`${what}: ${text ?? data}; ${error} was expected`);
    if (error !== null) this.seen.add(`${contract.name ?? this.name(contract)}.${error}`);
  }

  name(contract) {
    if (same(contract.target, this.registry.target)) return 'NovaAppRegistry';
    if (contract.interface.hasFunction('masterSecretHash')) return 'KMSRegistry';
    return contract.interface.hasFunction('createApp') ? 'NovaAppRegistry' : 'SignatureVerifier';
  }

  #note(contract, member) {
    const name = `${this.name(contract)}.${member}`;
    this.seen.add(name);
    return name;
  }

  // Runs the tests, each from the same state. Answers the number that failed.
  async run(only) {
    let failed = 0;
    let passed = 0;
    for (const { name, run, limit_ms } of this.tests.filter(
      (test) => !only || test.name.includes(only),
    )) {
      const snapshot = await this.chain.provider.send('evm_snapshot', []);
      try {
        await within(limit_ms, run());
        passed++;
      } catch (error) {
        failed++;
        console.log(`FAILED ${name}: ${error.stack ?? error}`);
      }
      await this.chain.provider.send('evm_revert', [snapshot]);
    }
    return { passed, failed };
  }
}

async function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function same(a, b) {
  return String(a).toLowerCase() === String(b).toLowerCase();
}

function revertData(error) {
  const data = error.data ?? error.info?.error?.data;
  if (typeof data !== 'string') throw error;
  return data;
}

export function show(value) {
  const text = JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v)) ?? `${value}`;
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

// Equal as text, so that 1n and 1 are, and results and arrays are.
export function equal(seen, expected, what = '') {
  const text = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v));
  if (text(seen) !== text(expected)) {
    throw new Error(`${what}: ${show(seen)}; ${show(expected)} was expected`);
  }
}

// Equal whatever the order.
export function sameSet(seen, expected, what) {
  const sorted = (list) => [...list].map(String).sort();
  equal(sorted(seen), sorted(expected), what);
}
