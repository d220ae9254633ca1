// The KMS registry: who is eligible, the first hash, anchors, the time lock and its vetoes, the
// operators.
import { equal, hash, NOBODY } from '../lab.mjs';
import { artifact, ethers, mined } from '../../../../contracts/deployment.mjs';

const ZERO = ethers.ZeroAddress;
const DELAY = 3600;
const WINDOW = 14 * 86400;
const [EPOCH, SEED] = [0, 1];
const [STOPPED, FAILED] = [1, 2];
const NONE = [0, ethers.ZeroHash, 0, ethers.ZeroHash, ZERO, 0, 0, 0];
const NOTHING = ethers.ZeroHash; // which the first anchor follows
const TENANT = hash('tenant');
const STEP = 2n ** 20n;
const LAST = 2n ** 64n - 1n;

export function kms(lab) {
  const { test, chain } = lab;
  const reg = () => lab.registry;
  const k = () => lab.kms;
  const refuse = (error, signer, method, ...args) =>
    lab.reverts(error, k(), signer, method, ...args);
  const send = (signer, method, ...args) => lab.send(k(), signer, method, ...args);
  const owner = (method, ...args) => lab.send(reg(), lab.owner, method, ...args);

  // The next block has exactly this time.
  const at = (timestamp) => chain.provider.send('evm_setNextBlockTimestamp', [Number(timestamp)]);
  const now = async () => (await chain.head()).timestamp;

  const slot = (contract, label) =>
    BigInt(artifact(contract).storageLayout.find((variable) => variable.label === label).slot);
  const inMapping = (key, base) =>
    BigInt(
      ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [key, base]),
      ),
    );
  const store = (contract, place, value) =>
    chain.provider.send('anvil_setStorageAt', [
      contract.target,
      ethers.toBeHex(place, 32),
      ethers.toBeHex(value, 32),
    ]);

  // Each of these takes one condition away from a node that is eligible otherwise.
  const INELIGIBLE = {
    'never registered': () => lab.instance(),
    'of another app': async () => {
      const appId = await chain.createApp();
      await chain.enroll(appId);
      return lab.newInstance({ appId, versionId: 1n });
    },
    unverified: () => lab.newInstance({}, false),
    stopped: async () => (await owner('endInstance', lab.node.id, STOPPED), lab.node),
    failed: async () => (await owner('endInstance', lab.node.id, FAILED), lab.node),
    'app inactive': async () => (await owner('setAppStatus', 1, 1), lab.node),
    'app revoked': async () => (await owner('setAppStatus', 1, 2), lab.node),
    'version deprecated': async () => (await owner('deprecateVersion', 1, 1), lab.node),
    'version revoked': async () => (await owner('revokeVersion', 1, 1), lab.node),
    // What a registry of ours never answers: records that are not the ones asked for.
    'record of another wallet': async () => {
      const place = inMapping(lab.node.id, slot('NovaAppRegistry', 'instances')) + 6n;
      equal(await k().isEligible(lab.node.wallet.address), true);
      await store(reg(), place, (1n << 160n) | BigInt(NOBODY));
      equal((await reg().getInstance(lab.node.id)).slice(6, 9), [NOBODY, true, 0]);
      return lab.node;
    },
    'record without an id': async () => {
      await store(reg(), inMapping(lab.node.id, slot('NovaAppRegistry', 'instances')), 0n);
      return lab.node;
    },
    'app record of another id': async () => {
      await store(reg(), inMapping(1n, slot('NovaAppRegistry', 'apps')), 7n);
      return lab.node;
    },
    'version record of another id': async () => {
      const versions = inMapping(1n, slot('NovaAppRegistry', 'versions'));
      await store(reg(), inMapping(1n, versions), 7n);
      return lab.node;
    },
  };

  test('a KMS registry is deployed whole or not at all', async () => {
    const g = [lab.g1.address, lab.g2.address, lab.g3.address];
    const bad = (error, ...args) => lab.deployReverts(error, 'KMSRegistry', ...args);
    await bad('InvalidRegistryAddress', ZERO, 1, DELAY, g, 2);
    await bad('InvalidRegistryAddress', NOBODY, 1, DELAY, g, 2);
    await bad('InvalidAppId', reg().target, 0, DELAY, g, 2);
    await bad('InvalidAppId', reg().target, 2n ** 63n, DELAY, g, 2);
    await bad('InvalidDelay', reg().target, 1, 59, g, 2);
    await bad('InvalidDelay', reg().target, 1, 30 * 86400 + 1, g, 2);
    await bad('InvalidGuardians', reg().target, 1, DELAY, [], 0);
    await bad('InvalidGuardians', reg().target, 1, DELAY, [], 1);
    await bad('InvalidGuardians', reg().target, 1, DELAY, g, 0);
    await bad('InvalidGuardians', reg().target, 1, DELAY, g, 4);
    await bad('InvalidGuardians', reg().target, 1, DELAY, [g[0], g[0]], 1);
    await bad('InvalidGuardians', reg().target, 1, DELAY, [g[0], ZERO], 1);
    const many = Array.from({ length: 17 }, (_, i) => ethers.toBeHex(i + 1, 20));
    await bad('InvalidGuardians', reg().target, 1, DELAY, many, 1);
  });

  test('what is fixed at deployment, and said in its events', async () => {
    const guardians = [lab.g1.address, lab.g2.address, lab.g3.address];
    equal(await lab.view(k(), 'novaAppRegistry'), ethers.getAddress(reg().target));
    equal(await lab.view(k(), 'kmsAppId'), 1);
    equal(await lab.view(k(), 'delay'), DELAY);
    equal(await lab.view(k(), 'vetoThreshold'), 2);
    equal(await lab.view(k(), 'getGuardians'), guardians);
    const list = ethers.AbiCoder.defaultAbiCoder().encode(['address[]'], [guardians]);
    equal(await lab.view(k(), 'guardiansHash'), ethers.keccak256(list));
    equal(await lab.view(k(), 'MIN_DELAY'), 60);
    equal(await lab.view(k(), 'MAX_DELAY'), 30 * 86400);
    equal(await lab.view(k(), 'MAX_GUARDIANS'), 16);
    equal(await lab.view(k(), 'EXECUTION_WINDOW'), WINDOW);
    const logs = await chain.provider.getLogs({ address: k().target, fromBlock: 0 });
    const events = logs.map((log) => k().interface.parseLog(log)).slice(0, 2);
    equal(
      events.map((e) => [e.name, ...e.args]),
      [
        ['NovaAppRegistrySet', ethers.getAddress(reg().target)],
        ['KmsAppIdSet', 1],
      ],
    );
    lab.seen.add('KMSRegistry.NovaAppRegistrySet').add('KMSRegistry.KmsAppIdSet');
  });

  test('the first hash: not by anybody who lacks one condition', async () => {
    const value = hash('root');
    for (const [what, make] of Object.entries(INELIGIBLE)) {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      const { wallet } = await make();
      const signer = await chain.as(wallet.address);
      equal(await lab.view(k(), 'isEligible', wallet.address), false, what);
      await refuse('NotAuthorizedToSetHash', signer, 'setMasterSecretHash', value);
      await chain.provider.send('evm_revert', [snapshot]);
    }
    for (const signer of [lab.owner, lab.g1, lab.stranger]) {
      await refuse('NotAuthorizedToSetHash', signer, 'setMasterSecretHash', value);
    }
    equal(await k().isEligible(ZERO), false);
    equal(await k().isEligible(lab.node.wallet.address), true);
  });

  test('the first hash: once, by whoever is first', async () => {
    const second = await lab.newInstance();
    equal(await lab.view(k(), 'masterSecretHash'), ethers.ZeroHash);
    await refuse('InvalidCommitment', lab.node.signer, 'setMasterSecretHash', ethers.ZeroHash);
    equal(await send(lab.node.signer, 'setMasterSecretHash', hash('root')), [
      ['MasterSecretHashSet', hash('root'), lab.node.wallet.address],
    ]);
    equal(await k().masterSecretHash(), hash('root'));
    for (const { signer } of [lab.node, second, { signer: lab.owner }]) {
      for (const value of [hash('root'), hash('other'), ethers.ZeroHash]) {
        await refuse('MasterSecretHashAlreadySet', signer, 'setMasterSecretHash', value);
      }
    }
  });

  test('hash and anchor fit into the gas of existing nodes, with the largest records', async () => {
    const longest = 'x'.repeat(256);
    await owner('createApp', ethers.encodeBytes32String('nitro'), NOBODY, longest, NOBODY);
    await owner('enrollVersion', 2, hash('large'), Array(5).fill(longest));
    const { address } = lab.g1;
    const factory = new ethers.ContractFactory(
      k().interface,
      artifact('KMSRegistry').bytecode,
      lab.owner,
    );
    const large = await factory.deploy(reg().target, 2, DELAY, [address], 1);
    await mined(large.deploymentTransaction());
    const node = await lab.newInstance({ appId: 2n, versionId: 1n, instanceUrl: longest });
    for (const [method, ...args] of [
      ['setMasterSecretHash', hash('root')],
      ['anchor', STEP, hash('s1'), NOTHING],
    ]) {
      const sent = large.connect(node.signer)[method](...args, { gasLimit: 300000 });
      const { gasUsed } = await mined(sent);
      lab.gas.set(`KMSRegistry.${method}, largest records`, [Number(gasUsed)]);
    }
  });

  test('anchors: not by anybody who lacks one condition', async () => {
    for (const [what, make] of Object.entries(INELIGIBLE)) {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      const signer = await chain.as((await make()).wallet.address);
      await refuse('NotEligible', signer, 'anchor', 1, hash('s1'), NOTHING);
      equal(await k().anchored(), [0, ethers.ZeroHash], what);
      await chain.provider.send('evm_revert', [snapshot]);
    }
    for (const signer of [lab.owner, lab.g1, lab.stranger]) {
      await refuse('NotEligible', signer, 'anchor', 1, hash('s1'), NOTHING);
    }
  });

  test('anchors: only upwards, by one step at most, with a header', async () => {
    const refused = (error, ...args) => refuse(error, lab.node.signer, 'anchor', ...args);
    equal(await lab.view(k(), 'anchored'), [0, ethers.ZeroHash]);
    equal(await lab.view(k(), 'MAX_ANCHOR_STEP'), STEP);
    await refused('InvalidHeader', 1, NOTHING, NOTHING);
    for (const height of [0n, STEP + 1n, 2n ** 32n, LAST]) {
      await refused('WrongHeight', height, hash('s1'), NOTHING);
    }
    equal(await send(lab.node.signer, 'anchor', STEP, hash('s1'), NOTHING), [
      ['Anchored', STEP, hash('s1'), lab.node.wallet.address],
    ]);
    equal(await k().anchored(), [STEP, hash('s1')]);
    const second = await lab.newInstance();
    for (const { signer } of [lab.node, second]) {
      for (const height of [0n, 1n, STEP - 1n, STEP, 2n * STEP + 1n, LAST]) {
        for (const header of [hash('s1'), hash('s2')]) {
          await refuse('WrongHeight', signer, 'anchor', height, header, hash('s1'));
        }
      }
    }
    equal(await send(second.signer, 'anchor', STEP + 1n, hash('s2'), hash('s1')), [
      ['Anchored', STEP + 1n, hash('s2'), second.wallet.address],
    ]);
    equal(await k().anchored(), [STEP + 1n, hash('s2')]);
  });

  test('anchors: of two that follow the same one the second is refused', async () => {
    const second = await lab.newInstance();
    await refuse('WrongPredecessor', lab.node.signer, 'anchor', 1, hash('s1'), hash('s0'));
    await send(lab.node.signer, 'anchor', 1, hash('s1'), NOTHING);
    for (const follows of [NOTHING, hash('s2'), hash('s0')]) {
      for (const { signer } of [lab.node, second]) {
        for (const height of [2n, STEP]) {
          await refuse('WrongPredecessor', signer, 'anchor', height, hash('s2'), follows);
        }
      }
    }
    equal(await k().anchored(), [1, hash('s1')]);
    await send(second.signer, 'anchor', 2, hash('s2'), hash('s1'));
    await refuse('WrongPredecessor', lab.node.signer, 'anchor', 3, hash('s3'), hash('s1'));
    equal(await k().anchored(), [2, hash('s2')]);
  });

  test('anchors: a height of more than 64 bits is no height', async () => {
    const { data } = await k().anchor.populateTransaction(1, hash('s1'), NOTHING);
    const tried = (at) => {
      const bytes = ethers.getBytes(data);
      if (at !== undefined) bytes[4 + at] = 1;
      return lab.node.signer.call({ to: k().target, data: ethers.hexlify(bytes) }).then(
        () => true,
        () => false,
      );
    };
    equal(await tried(), true);
    for (let at = 0; at < 24; at++) equal(await tried(at), false, `byte ${at}`);
  });

  test('anchors: the last height is one like the others', async () => {
    await store(k(), slot('KMSRegistry', 'anchored'), LAST - STEP - 1n);
    await refuse('WrongHeight', lab.node.signer, 'anchor', LAST, hash('s1'), NOTHING);
    await store(k(), slot('KMSRegistry', 'anchored'), LAST - 1n);
    await send(lab.node.signer, 'anchor', LAST, hash('s1'), NOTHING);
    for (const height of [0n, 1n, LAST]) {
      await refuse('WrongHeight', lab.node.signer, 'anchor', height, hash('s2'), hash('s1'));
    }
  });

  test('anchors: height and header are of the block that is asked about', async () => {
    await send(lab.node.signer, 'anchor', 1, hash('s1'), NOTHING);
    const { number } = await chain.head();
    await send(lab.node.signer, 'anchor', 7, hash('s7'), hash('s1'));
    equal(await k().anchored({ blockTag: number }), [1, hash('s1')]);
    equal(await k().anchored(), [7, hash('s7')]);
  });

  test('anchors: others go on above what a node anchored that was ended since', async () => {
    const heir = await lab.newInstance();
    const nothing = hash('nothing');
    for (let i = 1n; i <= 3n; i++) {
      await send(lab.node.signer, 'anchor', i * STEP, nothing, i === 1n ? NOTHING : nothing);
    }
    await owner('endInstance', lab.node.id, STOPPED);
    await refuse('NotEligible', lab.node.signer, 'anchor', 4n * STEP, nothing, nothing);
    await refuse('WrongHeight', heir.signer, 'anchor', 12, hash('s12'), nothing);
    await send(heir.signer, 'anchor', 3n * STEP + 1n, hash('s13'), nothing);
    const { versionId } = await chain.enroll(1);
    await owner('deprecateVersion', 1, lab.kmsVersion);
    await refuse('NotEligible', heir.signer, 'anchor', 3n * STEP + 2n, hash('s14'), hash('s13'));
    const upgraded = await lab.newInstance({ versionId });
    await send(upgraded.signer, 'anchor', 3n * STEP + 2n, hash('s14'), hash('s13'));
  });

  // A node's wallet may be a program, which anchors many times in one transaction: this one at the
  // steps behind the first word of its call data, up to the second.
  test('anchors: using up heights costs gas for each step', async () => {
    const { selector } = k().interface.getFunction('anchor');
    const code = ethers.concat([
      ethers.concat(['0x63', selector, '0x60e01b5f52']), // the selector, at 0
      '0x6001602452', // a header of 1, behind the height,
      '0x5f351515604452', // which follows 1, at the first step 0
      '0x5f355b6001018060141b600452', // the next step, as a height at 4; from here, again and again
      ethers.concat(['0x5f5f60645f5f73', k().target, '0x5af1']), // the call
      '0x15604d57', // to the end when it is refused
      '0x806020351160185700', // again until it was the last step
      '0x5b5f5ffd',
    ]);
    await chain.provider.send('anvil_setCode', [lab.node.wallet.address, code]);
    const burn = async (from, to) => {
      const data = ethers.concat([ethers.toBeHex(from, 32), ethers.toBeHex(to, 32)]);
      const sent = lab.stranger.sendTransaction({ to: lab.node.wallet.address, data });
      const { gasUsed } = await mined(sent);
      equal((await k().anchored()).height, BigInt(to) * STEP);
      return Number(gasUsed);
    };
    await burn(0, 1);
    const [one, many] = [await burn(1, 2), await burn(2, 102)];
    const each = Math.round((many - one) / 99);
    equal(each > 10000, true, `${each} gas for each step`);
    lab.gas.set('KMSRegistry.anchor, each of many in one transaction', [each]);
  });

  async function rooted() {
    await send(lab.node.signer, 'setMasterSecretHash', hash('root'));
  }
  const propose = {
    [EPOCH]: ['proposeEpoch', 1, hash('c1')],
    [SEED]: ['proposeSeed', TENANT, 0, hash('c1')],
  };

  test('proposals: not by anybody who lacks one condition', async () => {
    await rooted();
    for (const make of Object.values(INELIGIBLE)) {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      const signer = await chain.as((await make()).wallet.address);
      for (const call of Object.values(propose)) await refuse('NotEligible', signer, ...call);
      await chain.provider.send('evm_revert', [snapshot]);
    }
    for (const signer of [lab.owner, lab.g1, lab.stranger]) {
      for (const call of Object.values(propose)) await refuse('NotEligible', signer, ...call);
    }
  });

  test('proposals of roots: the next epoch alone, after the first hash', async () => {
    const refused = (error, ...args) => refuse(error, lab.node.signer, 'proposeEpoch', ...args);
    await refused('MasterSecretHashNotSet', 1, hash('c1'));
    await rooted();
    for (const epoch of [0, 2, 2n ** 32n, ethers.MaxUint256])
      await refused('WrongEpoch', epoch, hash('c1'));
    await refused('InvalidCommitment', 1, ethers.ZeroHash);
    await refused('CommitmentAlreadyUsed', 1, hash('root'));
    const begin = (await now()) + 10;
    await at(begin);
    equal(await send(lab.node.signer, 'proposeEpoch', 1, hash('c1')), [
      ['EpochProposed', 1, 1, hash('c1'), lab.node.wallet.address, begin + DELAY],
    ]);
    equal(await lab.view(k(), 'pendingProposal', EPOCH), [
      1,
      ethers.ZeroHash,
      1,
      hash('c1'),
      lab.node.wallet.address,
      begin + DELAY,
      0,
      0,
    ]);
    equal(await k().pendingProposal(SEED), NONE);
    equal(await lab.view(k(), 'proposalCount'), 1);
    await refused('ProposalPending', 1, hash('c2'));
    await refused('ProposalPending', 1, hash('c1'));
    equal(await lab.view(k(), 'latestEpoch'), 0);
    equal(await lab.view(k(), 'epochCommitment', 1), ethers.ZeroHash);
    await store(k(), slot('KMSRegistry', 'latestEpoch'), 2n ** 32n - 1n);
    await refused('WrongEpoch', 2n ** 32n, hash('c1'));
  });

  test('proposals of seeds: the next seed of a tenant', async () => {
    const refused = (error, ...args) => refuse(error, lab.node.signer, 'proposeSeed', ...args);
    await refused('InvalidTenant', ethers.ZeroHash, 0, hash('c1'));
    for (const epoch of [1, 2n ** 32n, ethers.MaxUint256])
      await refused('WrongEpoch', TENANT, epoch, hash('c1'));
    await refused('InvalidCommitment', TENANT, 0, ethers.ZeroHash);
    const begin = (await now()) + 10;
    await at(begin);
    equal(await send(lab.node.signer, 'proposeSeed', TENANT, 0, hash('c1')), [
      ['SeedProposed', 1, TENANT, 0, hash('c1'), lab.node.wallet.address, begin + DELAY],
    ]);
    await refused('ProposalPending', TENANT, 0, hash('c2'));
    await refused('ProposalPending', hash('other tenant'), 0, hash('c2'));
    await at(begin + DELAY);
    equal(await send(lab.node.signer, 'execute', 1, hash('c1')), [
      ['SeedCommitted', TENANT, 0, hash('c1'), lab.node.wallet.address],
    ]);
    equal(await lab.view(k(), 'seedCommitment', TENANT, 0), hash('c1'));
    equal(await lab.view(k(), 'seedEpochs', TENANT), 1);
    equal(await lab.view(k(), 'commitmentUsed', hash('c1')), true);
    equal(await k().commitmentUsed(hash('c2')), false);
    equal(await k().latestEpoch(), 0);
    await refused('WrongEpoch', TENANT, 0, hash('c2'));
    await refused('CommitmentAlreadyUsed', TENANT, 1, hash('c1'));
    await refused('CommitmentAlreadyUsed', hash('other tenant'), 0, hash('c1'));
    await send(lab.node.signer, 'proposeSeed', TENANT, 1, hash('c2'));
    await store(k(), inMapping(TENANT, slot('KMSRegistry', 'seedEpochs')), 2n ** 32n);
    await refused('WrongEpoch', TENANT, 2n ** 32n, hash('c3'));
  });

  test('the time lock opens exactly after the delay, for the window', async () => {
    await rooted();
    const second = await lab.newInstance();
    await send(lab.node.signer, 'proposeEpoch', 1, hash('c1'));
    const opens = (await k().pendingProposal(EPOCH)).executableAt;
    await refuse('ProposalNotFound', second.signer, 'execute', 0, hash('c1'));
    await refuse('ProposalNotFound', second.signer, 'execute', 2, hash('c1'));
    await refuse('ProposalNotFound', second.signer, 'execute', 1, hash('c2'));
    await refuse('TooEarly', second.signer, 'execute', 1, hash('c1'));
    for (const [when, error] of [
      [opens - 1n, 'TooEarly'],
      [opens, undefined],
      [opens + BigInt(WINDOW), undefined],
      [opens + BigInt(WINDOW) + 1n, 'TooLate'],
    ]) {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      await at(when);
      if (error) {
        await chain.mine(1);
        equal(await now(), when);
        await refuse(error, second.signer, 'execute', 1, hash('c1'));
      } else {
        equal(await send(second.signer, 'execute', 1, hash('c1')), [
          ['EpochCommitted', 1, hash('c1'), second.wallet.address],
        ]);
        equal(await k().epochCommitment(1), hash('c1'));
        equal(await k().latestEpoch(), 1);
        equal(await k().pendingProposal(EPOCH), NONE);
        await refuse('ProposalNotFound', second.signer, 'execute', 1, hash('c1'));
        await refuse('WrongEpoch', lab.node.signer, 'proposeEpoch', 1, hash('c2'));
        await refuse('CommitmentAlreadyUsed', lab.node.signer, 'proposeEpoch', 2, hash('c1'));
        await send(lab.node.signer, 'proposeEpoch', 2, hash('c2'));
      }
      await chain.provider.send('evm_revert', [snapshot]);
    }
  });

  test('a proposal that outlived its window makes room for another', async () => {
    await rooted();
    await send(lab.node.signer, 'proposeEpoch', 1, hash('c1'));
    await send(lab.g1, 'veto', 1, hash('c1'));
    const ends = (await k().pendingProposal(EPOCH)).executableAt + BigInt(WINDOW);
    await at(ends);
    await chain.mine(1);
    await refuse('ProposalPending', lab.node.signer, 'proposeEpoch', 1, hash('c1'));
    await at(ends + 1n);
    const events = await send(lab.node.signer, 'proposeEpoch', 1, hash('c1'));
    equal(
      events.map((e) => e.slice(0, 2)),
      [
        ['ProposalExpired', 1],
        ['EpochProposed', 2],
      ],
    );
    equal((await k().pendingProposal(EPOCH)).vetoCount, 0);
    await refuse('ProposalNotFound', lab.g2, 'veto', 1, hash('c1'));
    await send(lab.g1, 'veto', 2, hash('c1'));
  });

  for (const kind of [EPOCH, SEED]) {
    const name = ['root', 'seed'][kind];
    test(`vetoes: k of the guardians end the proposal of a ${name}`, async () => {
      await rooted();
      await send(lab.node.signer, ...propose[kind]);
      for (const signer of [lab.owner, lab.node.signer, lab.stranger]) {
        await refuse('NotGuardian', signer, 'veto', 1, hash('c1'));
      }
      await refuse('ProposalNotFound', lab.g1, 'veto', 0, ethers.ZeroHash);
      await refuse('ProposalNotFound', lab.g1, 'veto', 2, hash('c1'));
      await refuse('ProposalNotFound', lab.g1, 'veto', 1, hash('c2'));
      equal(await send(lab.g3, 'veto', 1, hash('c1')), [['ProposalVetoed', 1, lab.g3.address, 1]]);
      await refuse('AlreadyVetoed', lab.g3, 'veto', 1, hash('c1'));
      equal((await k().pendingProposal(kind)).slice(6), [4, 1]);
      equal(await send(lab.g1, 'veto', 1, hash('c1')), [
        ['ProposalVetoed', 1, lab.g1.address, 2],
        ['ProposalRejected', 1],
      ]);
      equal(await k().pendingProposal(kind), NONE);
      await refuse('ProposalNotFound', lab.g2, 'veto', 1, hash('c1'));
      await chain.pass(DELAY + 1);
      await refuse('ProposalNotFound', lab.node.signer, 'execute', 1, hash('c1'));
      await send(lab.node.signer, ...propose[kind]);
      equal((await k().pendingProposal(kind)).id, 2);
      equal((await k().pendingProposal(kind)).slice(6), [0, 0]);
    });

    test(`vetoes: fewer than k do not stop a ${name}; late ones do`, async () => {
      await rooted();
      await send(lab.node.signer, ...propose[kind]);
      await send(lab.g1, 'veto', 1, hash('c1'));
      await chain.pass(DELAY + 1);
      const snapshot = await chain.provider.send('evm_snapshot', []);
      await send(lab.node.signer, 'execute', 1, hash('c1'));
      await refuse('ProposalNotFound', lab.g2, 'veto', 1, hash('c1'));
      await chain.provider.send('evm_revert', [snapshot]);
      await send(lab.g2, 'veto', 1, hash('c1'));
      await refuse('ProposalNotFound', lab.node.signer, 'execute', 1, hash('c1'));
    });
  }

  test('execute: not by anybody who lacks one condition, the proposer too', async () => {
    await rooted();
    await send(lab.node.signer, 'proposeEpoch', 1, hash('c1'));
    await chain.pass(DELAY + 1);
    for (const make of Object.values(INELIGIBLE)) {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      const signer = await chain.as((await make()).wallet.address);
      await refuse('NotEligible', signer, 'execute', 1, hash('c1'));
      await chain.provider.send('evm_revert', [snapshot]);
    }
    for (const signer of [lab.owner, lab.g1, lab.stranger]) {
      await refuse('NotEligible', signer, 'execute', 1, hash('c1'));
    }
    const heir = await lab.newInstance();
    await owner('endInstance', lab.node.id, STOPPED);
    await send(heir.signer, 'execute', 1, hash('c1'));
  });

  test('one commitment never stands for two things', async () => {
    await rooted();
    await send(lab.node.signer, ...propose[EPOCH]);
    await send(lab.node.signer, ...propose[SEED]);
    equal((await k().pendingProposal(EPOCH)).id, 1);
    equal((await k().pendingProposal(SEED)).id, 2);
    await chain.pass(DELAY + 1);
    await send(lab.node.signer, 'execute', 2, hash('c1'));
    await refuse('CommitmentAlreadyUsed', lab.node.signer, 'execute', 1, hash('c1'));
    await send(lab.g1, 'veto', 1, hash('c1'));
    await send(lab.g2, 'veto', 1, hash('c1'));
    await send(lab.node.signer, 'proposeEpoch', 1, hash('c2'));
  });

  test('sixteen guardians, all of whom must agree', async () => {
    const signers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => chain.provider.getSigner(i + 3)),
    );
    const addresses = signers.map((signer) => signer.address);
    const factory = new ethers.ContractFactory(
      k().interface,
      artifact('KMSRegistry').bytecode,
      lab.owner,
    );
    const other = await factory.deploy(reg().target, 1, DELAY, addresses, 16);
    await mined(other.deploymentTransaction());
    await mined(other.connect(lab.node.signer).proposeSeed(TENANT, 0, hash('c1')));
    for (const [i, signer] of signers.entries()) {
      equal((await other.pendingProposal(SEED)).vetoCount, i);
      await mined(other.connect(signer).veto(1, hash('c1')));
    }
    equal(await other.pendingProposal(SEED), NONE);
  });

  test('operators: told by the registry alone, of the app of the KMS alone', async () => {
    const args = [NOBODY, 1, 1, 9];
    for (const method of ['addOperator', 'removeOperator']) {
      for (const signer of [lab.owner, lab.g1, lab.node.signer, lab.stranger]) {
        await refuse('OnlyNovaAppRegistry', signer, method, ...args);
      }
    }
    const registry = await chain.as(reg().target);
    await refuse('AppIdMismatch', registry, 'addOperator', NOBODY, 2, 1, 9);
    await refuse('AppIdMismatch', registry, 'removeOperator', NOBODY, 2, 1, 9);
    equal(await lab.view(k(), 'isOperator', NOBODY), false);
    equal(await send(registry, 'removeOperator', ...args), [['OperatorRemoved', ...args]]);
    equal(await k().operatorCount(), 1);
    equal(await send(registry, 'addOperator', ...args), [['OperatorAdded', ...args]]);
    await send(registry, 'addOperator', ...args);
    equal(await lab.view(k(), 'operatorCount'), 2);
    equal(await k().isOperator(NOBODY), true);
    const list = [lab.node.wallet.address, NOBODY];
    equal(await lab.view(k(), 'getOperators'), list);
    for (const i of [0, 1]) equal(await lab.view(k(), 'operatorAt', i), list[i]);
    await refuse('Index out of bounds', lab.stranger, 'operatorAt', 2);
    await refuse('Index out of bounds', lab.stranger, 'operatorAt', ethers.MaxUint256);
    for (const [from, count, expected] of [
      [0, 1, list.slice(0, 1)],
      [1, 5, list.slice(1)],
      [2, 1, []],
      [0, 0, []],
      [ethers.MaxUint256, ethers.MaxUint256, []],
      [0, ethers.MaxUint256, list],
    ]) {
      equal(await lab.view(k(), 'operatorsPage', from, count), expected);
    }
    await send(registry, 'removeOperator', ...args);
    equal(await k().getOperators(), list.slice(0, 1));
  });

  test('three operators, the middle one is removed', async () => {
    const [a, b] = [await lab.newInstance(), await lab.newInstance()];
    await owner('endInstance', a.id, STOPPED);
    equal(await k().getOperators(), [lab.node.wallet.address, b.wallet.address]);
    equal(await k().isOperator(a.wallet.address), false);
    await owner('endInstance', lab.node.id, STOPPED);
    equal(await k().getOperators(), [b.wallet.address]);
    await owner('endInstance', b.id, FAILED);
    equal(await k().getOperators(), []);
  });
}
