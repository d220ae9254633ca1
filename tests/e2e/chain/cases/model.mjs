// Random sequences of calls against a model of the contracts: what is refused, why, and everything
// that can be read afterwards. CHAIN_SEED repeats a run, CHAIN_STEPS makes it longer.
import { equal, hash, POINT, sameSet } from '../lab.mjs';
import { ethers, registrationText } from '../../../../contracts/deployment.mjs';

const DELAY = 3600;
const WINDOW = 14 * 86400;
const STEP = 2 ** 20;

// xorshift32: the same sequence everywhere.
function random(seed) {
  let x = seed >>> 0 || 1;
  return (n) => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % n;
  };
}

class Model {
  constructor() {
    this.apps = [];
    this.instances = [];
    this.operators = new Set();
    this.root = ethers.ZeroHash;
    this.anchor = [0, ethers.ZeroHash];
    this.epochs = [];
    this.seeds = new Map();
    this.used = new Set();
    this.pending = {};
    this.proposals = 0;
  }

  app = (id) => this.apps[id - 1];
  version = (app, id) => this.app(app)?.versions[id - 1];
  byWallet = (wallet) => this.instances.find((one) => one.wallet === wallet);

  eligible(wallet) {
    const one = this.byWallet(wallet);
    const app = this.app(1);
    if (!one || one.app !== 1 || !one.verified || one.status !== 0 || app.status !== 0)
      return false;
    return app.versions[one.version - 1].status === 0;
  }
}

// What each call does to the model: the name of the error, or undefined after the change.
const RULES = {
  createApp: (m, { by }) =>
    void m.apps.push({ owner: by, status: 0, versions: [], code: new Map() }),

  setAppStatus(m, { by, app, status }) {
    if (!m.app(app)) return 'AppNotFound';
    if (m.app(app).owner !== by) return 'NotAppOwner';
    if (m.app(app).status === 2) return 'AppIsRevoked';
    if (m.app(app).status === status) return 'StatusUnchanged';
    m.app(app).status = status;
  },

  enrollVersion(m, { by, app, code }) {
    if (!m.app(app)) return 'AppNotFound';
    if (m.app(app).owner !== by) return 'NotAppOwner';
    if (m.app(app).status === 2) return 'AppIsRevoked';
    if (m.app(app).code.has(code)) return 'MeasurementAlreadyEnrolled';
    m.app(app).versions.push({ code, status: 0 });
    m.app(app).code.set(code, m.app(app).versions.length);
  },

  deprecateVersion(m, { by, app, version }) {
    if (!m.app(app)) return 'AppNotFound';
    if (m.app(app).owner !== by) return 'NotAppOwner';
    if (!m.version(app, version)) return 'VersionNotFound';
    if (m.version(app, version).status !== 0) return 'VersionNotEnrolled';
    m.version(app, version).status = 1;
  },

  revokeVersion(m, { by, app, version }) {
    if (!m.app(app)) return 'AppNotFound';
    if (m.app(app).owner !== by) return 'NotAppOwner';
    if (!m.version(app, version)) return 'VersionNotFound';
    if (m.version(app, version).status === 2) return 'StatusUnchanged';
    m.version(app, version).status = 2;
  },

  registerInstance(m, { by, app, version, wallet, proof, signed }) {
    if (!m.app(app)) return 'AppNotFound';
    if (m.app(app).status !== 0) return 'AppNotActive';
    if (!m.version(app, version)) return 'VersionNotFound';
    if (m.version(app, version).status !== 0) return 'VersionNotEnrolled';
    if (m.byWallet(wallet)) return 'WalletAlreadyRegistered';
    if (!signed) return 'WalletNotProven';
    if (proof === 'none' && m.app(app).owner !== by) return 'NotAllowed';
    if (proof === 'bad') return 'InvalidProof';
    const verified = proof === 'good';
    m.instances.push({ app, version, wallet, operator: by, verified, status: 0 });
    if (verified && app === 1) m.operators.add(wallet);
  },

  verifyInstance(m, { id, proof }) {
    const one = m.instances[id - 1];
    if (!one) return 'InstanceNotFound';
    if (one.status !== 0) return 'InstanceNotActive';
    if (one.verified) return 'AlreadyVerified';
    if (m.app(one.app).status !== 0) return 'AppNotActive';
    if (m.version(one.app, one.version).status !== 0) return 'VersionNotEnrolled';
    if (proof !== 'good') return 'InvalidProof';
    one.verified = true;
    if (one.app === 1) m.operators.add(one.wallet);
  },

  endInstance(m, { by, id, status }) {
    const one = m.instances[id - 1];
    if (!one) return 'InstanceNotFound';
    if (![one.operator, one.wallet, m.app(one.app).owner].includes(by)) return 'NotAllowed';
    if (one.status !== 0) return 'InstanceNotActive';
    if (status === 0) return 'InvalidStatus';
    one.status = status;
    m.operators.delete(one.wallet);
  },

  setMasterSecretHash(m, { by, commitment }) {
    if (m.root !== ethers.ZeroHash) return 'MasterSecretHashAlreadySet';
    if (!m.eligible(by)) return 'NotAuthorizedToSetHash';
    m.root = commitment;
  },

  anchor(m, { by, height, header, follows }) {
    if (!m.eligible(by)) return 'NotEligible';
    if (header === ethers.ZeroHash) return 'InvalidHeader';
    if (height <= m.anchor[0] || height > m.anchor[0] + STEP) return 'WrongHeight';
    if (follows !== m.anchor[1]) return 'WrongPredecessor';
    m.anchor = [height, header];
  },

  proposeEpoch(m, { by, epoch, commitment, now }) {
    if (!m.eligible(by)) return 'NotEligible';
    if (m.root === ethers.ZeroHash) return 'MasterSecretHashNotSet';
    if (epoch !== m.epochs.length + 1) return 'WrongEpoch';
    return propose(m, 0, { epoch, commitment, now });
  },

  proposeSeed(m, { by, tenant, epoch, commitment, now }) {
    if (!m.eligible(by)) return 'NotEligible';
    if (epoch !== (m.seeds.get(tenant) ?? []).length) return 'WrongEpoch';
    return propose(m, 1, { tenant, epoch, commitment, now });
  },

  veto(m, { guardian, id, commitment }) {
    if (guardian === 0) return 'NotGuardian';
    const [kind, one] = found(m, id, commitment);
    if (!one) return 'ProposalNotFound';
    if (one.vetoes.has(guardian)) return 'AlreadyVetoed';
    one.vetoes.add(guardian);
    if (one.vetoes.size === 2) delete m.pending[kind];
  },

  execute(m, { by, id, commitment, now }) {
    if (!m.eligible(by)) return 'NotEligible';
    const [kind, one] = found(m, id, commitment);
    if (!one) return 'ProposalNotFound';
    if (now < one.opens) return 'TooEarly';
    if (now > one.opens + WINDOW) return 'TooLate';
    if (m.used.has(commitment)) return 'CommitmentAlreadyUsed';
    delete m.pending[kind];
    m.used.add(commitment);
    if (kind === 0) m.epochs.push(commitment);
    else m.seeds.set(one.tenant, [...(m.seeds.get(one.tenant) ?? []), commitment]);
  },
};

function propose(m, kind, { now, ...rest }) {
  if (m.used.has(rest.commitment) || rest.commitment === m.root) return 'CommitmentAlreadyUsed';
  if (m.pending[kind] && now <= m.pending[kind].opens + WINDOW) return 'ProposalPending';
  m.pending[kind] = { ...rest, id: ++m.proposals, opens: now + DELAY, vetoes: new Set() };
}

function found(m, id, commitment) {
  const kind = [0, 1].find(
    (k) => m.pending[k]?.id === id && m.pending[k].commitment === commitment,
  );
  return [kind, m.pending[kind]];
}

// One random call: its name, what the model gets, who sends it, and its arguments.
class Driver {
  constructor(lab, rand) {
    Object.assign(this, { lab, rand, made: 0 });
    this.people = [lab.owner, lab.other, lab.stranger];
    this.wallets = Array.from(
      { length: 40 },
      (_, i) => new ethers.Wallet(hash(`model wallet ${i}`)),
    );
    this.tenants = [hash('t1'), hash('t2')];
  }

  pick = (list) => list[this.rand(list.length)];
  chance = (percent) => this.rand(100) < percent;
  small = () => 1 + this.rand(3);

  // Mostly a node's wallet, or else anybody.
  async node(m) {
    const nodes = m.instances.filter((one) => m.eligible(one.wallet));
    if (nodes.length > 0 && this.chance(80)) return this.lab.chain.as(this.pick(nodes).wallet);
    if (m.instances.length > 0 && this.chance(50))
      return this.lab.chain.as(this.pick(m.instances).wallet);
    return this.pick(this.people);
  }

  async next(m, now) {
    const names = Object.keys(RULES);
    const weighted = [
      ...names,
      'registerInstance',
      'registerInstance',
      'proposeEpoch',
      'proposeSeed',
    ];
    const name = this.pick([
      ...weighted,
      'execute',
      'execute',
      'execute',
      'endInstance',
      'enrollVersion',
    ]);
    return { name, ...(await this[name](m, now)) };
  }

  by = (signer, rest, args) => ({ signer, input: { by: signer.address, ...rest }, args });

  createApp(m) {
    const args = [ethers.ZeroHash, ethers.ZeroAddress, '', ethers.ZeroAddress];
    // No more than three, so that calls meet each other; the rest end up elsewhere.
    return m.apps.length < 3 ? this.by(this.pick(this.people), {}, args) : this.enrollVersion(m);
  }

  // An app's owner most of the time.
  owner(m, app) {
    const { people } = this;
    const owner = people.find((one) => one.address === m.app(app)?.owner);
    return owner && this.chance(80) ? owner : this.pick(people);
  }

  setAppStatus(m) {
    const app = this.small();
    // Back to life more often than not, or nothing would happen any more.
    const status = this.chance(10) && app !== 1 ? 2 : this.chance(70) ? 0 : 1;
    return this.by(this.owner(m, app), { app, status }, [app, status]);
  }

  enrollVersion(m) {
    const app = this.small();
    const code = hash(`code ${this.rand(30)}`);
    const args = [app, code, ['', '', '', '', '']];
    return { name: 'enrollVersion', ...this.by(this.owner(m, app), { app, code }, args) };
  }

  deprecateVersion(m) {
    const [app, version] = [this.small(), 1 + this.rand(8)];
    return this.by(this.owner(m, app), { app, version }, [app, version]);
  }

  revokeVersion(m) {
    return this.deprecateVersion(m);
  }

  async proofOf(kind, registration, code) {
    const { chain } = this.lab;
    if (kind === 'none') return '0x';
    return chain.proofFor(registration, kind === 'good' ? code : hash('no code'));
  }

  async registerInstance(m) {
    const { lab } = this;
    const app = this.chance(70) ? 1 : this.small();
    const versions = m.app(app)?.versions ?? [];
    const live = versions.map((_, i) => i + 1).filter((id) => versions[id - 1].status === 0);
    const version = live.length > 0 && this.chance(85) ? this.pick(live) : 1 + this.rand(8);
    const wallet = this.pick(this.wallets);
    const proof = this.pick(['good', 'good', 'good', 'bad', 'none']);
    const registration = {
      appId: app,
      versionId: version,
      teeWallet: wallet.address,
      teePubkey: POINT,
      instanceUrl: 'u',
    };
    const signer = proof === 'none' ? this.owner(m, app) : this.pick(this.people);
    const signed = this.chance(90);
    const key = signed ? wallet : this.wallets.find((one) => one !== wallet);
    const text = registrationText(
      lab.chain.chainId,
      lab.registry.target,
      signer.address,
      registration,
    );
    const code = m.version(app, version)?.code ?? hash('none');
    const args = [
      registration,
      await key.signMessage(text),
      await this.proofOf(proof, registration, code),
    ];
    return this.by(signer, { app, version, wallet: wallet.address, proof, signed }, args);
  }

  async verifyInstance(m) {
    const open = m.instances.map((_, i) => i + 1).filter((id) => !m.instances[id - 1].verified);
    const id = open.length > 0 && this.chance(80) ? this.pick(open) : 1 + this.rand(40);
    const one = m.instances[id - 1] ?? { app: 1, version: 1, wallet: ethers.ZeroAddress };
    const registration = { appId: one.app, versionId: one.version, teeWallet: one.wallet };
    Object.assign(registration, { teePubkey: POINT, instanceUrl: 'u' });
    const proof = this.pick(['good', 'good', 'bad', 'none']);
    const code = m.version(one.app, one.version)?.code ?? hash('none');
    const bytes = await this.proofOf(proof, registration, code);
    return this.by(this.pick(this.people), { id, proof }, [id, bytes]);
  }

  async endInstance(m) {
    const id = 1 + this.rand(m.instances.length + 1);
    const one = m.instances[id - 1];
    const self = one && this.chance(30);
    const signer = self ? await this.lab.chain.as(one.wallet) : this.pick(this.people);
    const status = this.rand(3);
    return this.by(signer, { id, status }, [id, status]);
  }

  commitment = () => hash(`commitment ${this.rand(60)}`);

  async setMasterSecretHash(m) {
    const commitment = this.commitment();
    return this.by(await this.node(m), { commitment }, [commitment]);
  }

  async anchor(m) {
    const by = this.pick([0, 1, 1, 2, STEP, STEP + 1, 2 * STEP]);
    const height = this.chance(90) ? m.anchor[0] + by : this.rand(STEP);
    const header = this.chance(95) ? hash(`header ${this.rand(9)}`) : ethers.ZeroHash;
    const follows = this.chance(80) ? m.anchor[1] : hash(`header ${this.rand(9)}`);
    const args = [height, header, follows];
    return this.by(await this.node(m), { height, header, follows }, args);
  }

  async proposeEpoch(m, now) {
    const epoch = m.epochs.length + (this.chance(90) ? 1 : this.rand(3));
    const commitment = this.commitment();
    return this.by(await this.node(m), { epoch, commitment, now }, [epoch, commitment]);
  }

  async proposeSeed(m, now) {
    const tenant = this.pick(this.tenants);
    const epoch = (m.seeds.get(tenant) ?? []).length + (this.chance(90) ? 0 : 1);
    const commitment = this.commitment();
    return this.by(await this.node(m), { tenant, epoch, commitment, now }, [
      tenant,
      epoch,
      commitment,
    ]);
  }

  proposal(m) {
    const one = this.pick(Object.values(m.pending).filter((p) => p)) ?? {
      id: 1,
      commitment: hash('c'),
    };
    const commitment = this.chance(95) ? one.commitment : this.commitment();
    return [this.chance(95) ? one.id : 1 + this.rand(9), commitment];
  }

  veto(m) {
    const guardian = this.chance(10) ? 0 : this.small();
    const signer = [this.lab.owner, this.lab.g1, this.lab.g2, this.lab.g3][guardian];
    const [id, commitment] = this.proposal(m);
    return this.by(signer, { guardian, id, commitment }, [id, commitment]);
  }

  async execute(m, now) {
    const [id, commitment] = this.proposal(m);
    return this.by(await this.node(m), { id, commitment, now }, [id, commitment]);
  }
}

async function compare(lab, m) {
  const { registry, kms } = lab;
  equal(await registry.appCount(), m.apps.length);
  equal(await registry.instanceCount(), m.instances.length);
  for (const [i, app] of m.apps.entries()) {
    const id = i + 1;
    const seen = await registry.getApp(id);
    equal(
      [seen.owner, seen.status, seen.latestVersionId],
      [app.owner, app.status, app.versions.length],
    );
    const live = m.instances.map((one, j) => ({ ...one, id: j + 1 }));
    const active = live.filter((one) => one.app === id && one.status === 0);
    sameSet(
      await registry.getActiveInstances(id),
      active.map((one) => one.wallet),
      `app ${id}`,
    );
    for (const [j, version] of app.versions.entries()) {
      const record = await registry.getVersion(id, j + 1);
      equal([record.codeMeasurement, record.status], [version.code, version.status]);
      const ids = active.filter((one) => one.version === j + 1).map((one) => one.id);
      sameSet(await registry.getInstancesForVersion(id, j + 1), ids, `version ${j + 1} of ${id}`);
    }
  }
  for (const one of m.instances) {
    const seen = await registry.getInstanceByWallet(one.wallet);
    const fields = [seen.appId, seen.versionId, seen.operator, seen.zkVerified, seen.status];
    equal(fields, [one.app, one.version, one.operator, one.verified, one.status]);
    equal(await kms.isEligible(one.wallet), m.eligible(one.wallet));
    equal(await kms.isOperator(one.wallet), m.operators.has(one.wallet));
  }
  sameSet(await kms.getOperators(), m.operators, 'operators');
  equal(await kms.masterSecretHash(), m.root);
  equal(await kms.anchored(), m.anchor);
  equal(await kms.latestEpoch(), m.epochs.length);
  for (const [i, value] of m.epochs.entries()) equal(await kms.epochCommitment(i + 1), value);
  equal(await kms.epochCommitment(m.epochs.length + 1), ethers.ZeroHash);
  for (const [tenant, list] of m.seeds) {
    equal(await kms.seedEpochs(tenant), list.length);
    for (const [i, value] of list.entries()) equal(await kms.seedCommitment(tenant, i), value);
  }
  for (const kind of [0, 1]) {
    const seen = await kms.pendingProposal(kind);
    const one = m.pending[kind];
    equal(
      [seen.id, seen.vetoCount, seen.executableAt],
      [one?.id ?? 0, one?.vetoes.size ?? 0, one?.opens ?? 0],
    );
  }
}

export function model(lab) {
  const steps = Number(process.env.CHAIN_STEPS ?? 200);
  const run = async () => {
    const seed = Number(process.env.CHAIN_SEED ?? Date.now() % 2 ** 31);
    const rand = random(seed);
    const m = new Model();
    RULES.createApp(m, { by: lab.owner.address });
    m.app(1).versions.push({
      code: (await lab.registry.getVersion(1, 1)).codeMeasurement,
      status: 0,
    });
    m.app(1).code.set(m.app(1).versions[0].code, 1);
    const { address: wallet } = lab.node.wallet;
    m.instances.push({
      app: 1,
      version: 1,
      wallet,
      operator: lab.owner.address,
      verified: true,
      status: 0,
    });
    m.operators.add(wallet);
    const driver = new Driver(lab, rand);
    let { timestamp: now } = await lab.chain.head();
    let step = 0;
    const count = { done: 0, refused: new Set() };
    // Some seeds have a slow start: they go on until their calls are worth the name.
    const isWorth = () => count.done > 30 && count.refused.size > 15;
    try {
      for (; step < steps || (steps >= 200 && !isWorth() && step < 5 * steps); step++) {
        now += rand(10) === 0 ? rand(20 * 86400) : 1 + rand(DELAY);
        const { name, signer, input, args } = await driver.next(m, now);
        const contract = lab.registry.interface.hasFunction(name) ? lab.registry : lab.kms;
        const error = RULES[name](m, input);
        await lab.chain.provider.send('evm_setNextBlockTimestamp', [now]);
        if (error) {
          await lab.chain.mine(1);
          await lab.reverts(error, contract, signer, name, ...args);
          count.refused.add(`${name}: ${error}`);
        } else {
          await lab.send(contract, signer, name, ...args);
          count.done++;
        }
        if (step % 25 === 24) await compare(lab, m);
      }
      await compare(lab, m);
    } catch (error) {
      throw new Error(`CHAIN_SEED=${seed}, step ${step}: ${error.message}`, { cause: error });
    }
    if (steps >= 200) equal(isWorth(), true, `calls worth the name, CHAIN_SEED=${seed}`);
    if (process.env.CHAIN_STEPS) {
      console.log(`seed ${seed}: ${count.done} done, refused in ${count.refused.size} ways`);
    }
  };
  lab.test('random calls do what the model does', run, 60000 + 1000 * steps);
}
