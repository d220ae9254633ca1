// Instances of the app registry: who may register what, and what the lists say.
import { equal, NOBODY, POINT, sameSet, SPKI } from '../lab.mjs';
import {
  claimText,
  contractAt,
  deploy,
  ethers,
  mined,
  registrationText,
} from '../../../../contracts/deployment.mjs';

const ZERO = ethers.ZeroAddress;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const [ACTIVE, STOPPED, FAILED] = [0, 1, 2];
const flip = (hex, byte) =>
  hex.slice(0, 3 + 2 * byte) +
  (parseInt(hex[3 + 2 * byte], 16) ^ 1).toString(16) +
  hex.slice(4 + 2 * byte);

export function instances(lab) {
  const { test, chain } = lab;
  const reg = () => lab.registry;
  const text = (registration, operator) =>
    registrationText(chain.chainId, reg().target, operator.address, registration);

  // Everything that registers an instance by lab.other as operator; each part can be replaced.
  async function parts(changes = {}) {
    const { wallet, registration } = lab.instance(changes);
    const signature = await wallet.signMessage(text(registration, lab.other));
    const proof = await chain.proof(registration);
    return { wallet, registration, signature, proof };
  }
  const refuse = (error, signer, { registration, signature, proof }) =>
    lab.reverts(error, reg(), signer, 'registerInstance', registration, signature, proof);
  const register = (signer, { registration, signature, proof }) =>
    lab.send(reg(), signer, 'registerInstance', registration, signature, proof);

  test('registerInstance: the app and the version must be in force', async () => {
    const version = 2n;
    await chain.enroll(1);
    const p = await parts({ versionId: version });
    const { registration: r } = p;
    await refuse('AppNotFound', lab.other, { ...p, registration: { ...r, appId: 9 } });
    await refuse('VersionNotFound', lab.other, { ...p, registration: { ...r, versionId: 9 } });
    await refuse('VersionNotFound', lab.other, { ...p, registration: { ...r, versionId: 0 } });
    const during = async (error, method, ...args) => {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      await lab.send(reg(), lab.owner, method, ...args);
      await refuse(error, lab.other, p);
      await chain.provider.send('evm_revert', [snapshot]);
    };
    await during('AppNotActive', 'setAppStatus', 1, 1);
    await during('AppNotActive', 'setAppStatus', 1, 2);
    await during('VersionNotEnrolled', 'deprecateVersion', 1, version);
    await during('VersionNotEnrolled', 'revokeVersion', 1, version);
    await register(lab.other, p);
  });

  test('registerInstance: key and URL', async () => {
    const p = await parts();
    const wrong = (teePubkey) => ({ ...p, registration: { ...p.registration, teePubkey } });
    const bad = [
      '0x',
      POINT.slice(0, -2),
      `${POINT}00`,
      `0x02${POINT.slice(4)}`,
      `0x02${POINT.slice(4, 98)}`,
    ];
    bad.push(SPKI.slice(0, -2), `${SPKI}00`, `0x${'00'.repeat(97)}`, `0x${'04'.repeat(120)}`);
    for (let i = 0; i < 24; i++) bad.push(flip(SPKI, i));
    for (const key of bad) await refuse('InvalidTeePubkey', lab.other, wrong(key));
    for (const instanceUrl of ['', 'u'.repeat(257)]) {
      await refuse('InvalidText', lab.other, {
        ...p,
        registration: { ...p.registration, instanceUrl },
      });
    }
    await register(lab.other, await parts({ teePubkey: SPKI, instanceUrl: 'u'.repeat(256) }));
    await register(lab.other, await parts({ instanceUrl: 'u' }));
  });

  test('registerInstance: control of the wallet', async () => {
    const p = await parts();
    const { registration: r, wallet, signature } = p;
    const bad = async (signed) => refuse('WalletNotProven', lab.other, { ...p, signature: signed });
    await bad('0x');
    await bad(signature.slice(0, -2));
    await bad(`${signature}00`);
    await bad(`0x${'00'.repeat(65)}`);
    await bad(await lab.other.signMessage(text(r, lab.other)));
    await bad(await wallet.signMessage(text(r, lab.owner)));
    await bad(await wallet.signMessage(ethers.getBytes(ethers.id(text(r, lab.other)))));
    for (const [member, value] of Object.entries({
      appId: 2,
      versionId: 2,
      teeWallet: NOBODY,
      teePubkey: SPKI,
      instanceUrl: 'other',
    })) {
      await bad(await wallet.signMessage(text({ ...r, [member]: value }, lab.other)));
    }
    await bad(await wallet.signMessage(registrationText(1, reg().target, lab.other.address, r)));
    await bad(
      await wallet.signMessage(registrationText(chain.chainId, NOBODY, lab.other.address, r)),
    );
    for (let i = 0; i < 65; i++) await bad(flip(signature, i));
    const s = BigInt(`0x${signature.slice(66, 130)}`);
    const v = signature.slice(130) === '1b' ? '1c' : '1b';
    await bad(`${signature.slice(0, 66)}${(ORDER - s).toString(16).padStart(64, '0')}${v}`);
    for (const other of ['02', '1d', 'ff', '1a']) await bad(signature.slice(0, 130) + other);
    await refuse('WalletNotProven', lab.stranger, p);
    const short = (parseInt(signature.slice(130), 16) - 27).toString(16).padStart(2, '0');
    await register(lab.other, { ...p, signature: signature.slice(0, 130) + short });
  });

  test('registerInstance: a wallet registers once, for ever', async () => {
    const p = await parts();
    const events = await register(lab.other, p);
    const { appId, versionId, teeWallet, teePubkey, instanceUrl } = p.registration;
    equal(events, [
      [
        'InstanceRegistered',
        2,
        appId,
        teeWallet,
        versionId,
        lab.other.address,
        instanceUrl,
        teePubkey,
      ],
      ['InstanceVerified', 2, teeWallet],
      ['OperatorAdded', teeWallet, appId, versionId, 2],
    ]);
    await refuse('WalletAlreadyRegistered', lab.other, p);
    await lab.send(reg(), lab.other, 'endInstance', 2, STOPPED);
    await refuse('WalletAlreadyRegistered', lab.other, p);
    const appId2 = await chain.createApp();
    await chain.enroll(appId2);
    const moved = { ...p.registration, appId: appId2, versionId: 1 };
    const signature = await p.wallet.signMessage(text(moved, lab.other));
    const proof = await chain.proof(moved);
    await refuse('WalletAlreadyRegistered', lab.other, { registration: moved, signature, proof });
    await refuse('InvalidWallet', lab.other, {
      ...p,
      registration: { ...p.registration, teeWallet: ZERO },
    });
    const none = { ...p.registration, teeWallet: ZERO };
    await refuse('InvalidWallet', lab.other, {
      registration: none,
      signature: `0x${'00'.repeat(65)}`,
      proof,
    });
  });

  test('registerInstance: the attestation must be for exactly this', async () => {
    const p = await parts();
    const { registration: r } = p;
    const { codeMeasurement: m } = await reg().getVersion(1, 1);
    const at = reg().target;
    const signed = (...args) => chain.verifier.signMessage(claimText(...args));
    const wrong = [
      await signed(1, at, r, m),
      await signed(chain.chainId, NOBODY, r, m),
      await signed(chain.chainId, at, r, ethers.id('other code')),
      await lab.other.signMessage(claimText(chain.chainId, at, r, m)),
      await p.wallet.signMessage(claimText(chain.chainId, at, r, m)),
      '0x00',
      `0x${'00'.repeat(65)}`,
      p.proof.slice(0, -2),
      p.signature,
    ];
    for (const [member, value] of Object.entries({
      appId: 2,
      versionId: 2,
      teeWallet: NOBODY,
      teePubkey: SPKI,
      instanceUrl: 'other',
    })) {
      wrong.push(await signed(chain.chainId, at, { ...r, [member]: value }, m));
    }
    for (let i = 0; i < 65; i++) wrong.push(flip(p.proof, i));
    for (const proof of wrong) await refuse('InvalidProof', lab.other, { ...p, proof });
    await register(lab.other, p);
  });

  test('registerInstance without an attestation: the owner alone, and unverified', async () => {
    const p = await parts();
    await refuse('NotAllowed', lab.other, { ...p, proof: '0x' });
    const wallet = await chain.as(p.wallet.address);
    await refuse('NotAllowed', wallet, { ...p, proof: '0x' });
    const signature = await p.wallet.signMessage(text(p.registration, lab.owner));
    const events = await register(lab.owner, { ...p, signature, proof: '0x' });
    equal(
      events.map(([name]) => name),
      ['InstanceRegistered'],
    );
    equal(await lab.kms.isOperator(p.wallet.address), false);
    equal((await reg().getInstance(2)).zkVerified, false);
  });

  test('the wallet may send for itself', async () => {
    const p = await parts({ teePubkey: SPKI });
    await register(await chain.as(p.wallet.address), { ...p, signature: '0x' });
    const { timestamp } = await chain.head();
    const { appId, versionId, teeWallet, instanceUrl } = p.registration;
    const record = [
      2,
      appId,
      versionId,
      teeWallet,
      instanceUrl,
      SPKI,
      teeWallet,
      true,
      ACTIVE,
      timestamp,
    ];
    equal(await lab.view(reg(), 'getInstance', 2), record);
    equal(await lab.view(reg(), 'getInstanceByWallet', teeWallet), record);
    equal(await lab.view(reg(), 'instanceOfWallet', teeWallet), 2);
    equal(await lab.view(reg(), 'instanceCount'), 2);
    const zeros = [0, 0, 0, ZERO, '', '0x', ZERO, false, 0, 0];
    for (const id of [0, 3, ethers.MaxUint256])
      equal(await lab.view(reg(), 'getInstance', id), zeros);
    for (const one of [NOBODY, ZERO])
      equal(await lab.view(reg(), 'getInstanceByWallet', one), zeros);
  });

  test('the texts that are signed are the ones that are documented', async () => {
    const p = await parts();
    const seen = await lab.view(reg(), 'registrationText', p.registration, lab.other.address);
    equal(ethers.toUtf8String(seen), text(p.registration, lab.other));
    const verifier = contractAt('SignatureVerifier', await reg().verifier(), lab.owner);
    const { codeMeasurement } = await reg().getVersion(1, 1);
    const { appId, versionId, teeWallet, teePubkey, instanceUrl } = p.registration;
    const claim = [
      chain.chainId,
      reg().target,
      appId,
      versionId,
      teeWallet,
      ethers.keccak256(teePubkey),
    ];
    claim.push(codeMeasurement, ethers.id(instanceUrl));
    const said = claimText(chain.chainId, reg().target, p.registration, codeMeasurement);
    equal(ethers.toUtf8String(await lab.view(verifier, 'claimText', claim)), said);
    equal(await lab.view(verifier, 'verify', claim, p.proof), true);
    equal(await lab.view(verifier, 'verify', claim, '0x'), false);
  });

  test('verifyInstance: once, while everything is in force, by anybody', async () => {
    const made = await lab.newInstance({}, false);
    const proof = await chain.proof(made.registration);
    const other = await chain.proof(lab.node.registration);
    const refused = (error, id, bytes) =>
      lab.reverts(error, reg(), lab.stranger, 'verifyInstance', id, bytes);
    await refused('InstanceNotFound', 9, proof);
    await refused('InstanceNotFound', 0, proof);
    await refused('AlreadyVerified', lab.node.id, other);
    await refused('InvalidProof', made.id, other);
    await refused('InvalidProof', made.id, '0x');
    const during = async (error, method, ...args) => {
      const snapshot = await chain.provider.send('evm_snapshot', []);
      await lab.send(reg(), lab.owner, method, ...args);
      await refused(error, made.id, proof);
      await chain.provider.send('evm_revert', [snapshot]);
    };
    await during('InstanceNotActive', 'endInstance', made.id, STOPPED);
    await during('InstanceNotActive', 'endInstance', made.id, FAILED);
    await during('AppNotActive', 'setAppStatus', 1, 1);
    await during('VersionNotEnrolled', 'deprecateVersion', 1, 1);
    await during('VersionNotEnrolled', 'revokeVersion', 1, 1);
    equal(await lab.kms.isOperator(made.wallet.address), false);
    equal(await lab.send(reg(), lab.stranger, 'verifyInstance', made.id, proof), [
      ['InstanceVerified', made.id, made.wallet.address],
      ['OperatorAdded', made.wallet.address, 1, 1, made.id],
    ]);
    equal((await reg().getInstance(made.id)).zkVerified, true);
    await refused('AlreadyVerified', made.id, proof);
  });

  test('endInstance: by operator, wallet or owner; for ever', async () => {
    const refused = (error, signer, ...args) =>
      lab.reverts(error, reg(), signer, 'endInstance', ...args);
    await refused('InstanceNotFound', lab.owner, 9, STOPPED);
    await refused('InstanceNotFound', lab.owner, 0, STOPPED);
    for (const [by, status] of [
      ['wallet', STOPPED],
      ['operator', FAILED],
      ['owner', FAILED],
    ]) {
      const p = await parts();
      await register(lab.other, p);
      const id = await reg().instanceCount();
      const wallet = await chain.as(p.wallet.address);
      const signer = { wallet, operator: lab.other, owner: lab.owner }[by];
      await refused('NotAllowed', lab.stranger, id, status);
      await refused('NotAllowed', lab.node.signer, id, status);
      await refused('InvalidStatus', signer, id, ACTIVE);
      await refused(null, signer, id, 3);
      equal(await lab.send(reg(), signer, 'endInstance', id, status), [
        ['InstanceStatusChanged', id, p.wallet.address, status],
        ['OperatorRemoved', p.wallet.address, 1, 1, id],
      ]);
      for (const again of [ACTIVE, STOPPED, FAILED])
        await refused('InstanceNotActive', signer, id, again);
      equal((await reg().getInstanceByWallet(p.wallet.address)).status, status);
    }
  });

  test('endInstance of what is no operator tells the KMS registry nothing', async () => {
    const appId = await chain.createApp();
    const { versionId } = await chain.enroll(appId);
    const made = await lab.newInstance({ appId, versionId });
    const unverified = await lab.newInstance({}, false);
    for (const { id } of [made, unverified]) {
      const events = await lab.send(reg(), lab.owner, 'endInstance', id, STOPPED);
      equal(
        events.map(([name]) => name),
        ['InstanceStatusChanged'],
      );
    }
    sameSet(await lab.kms.getOperators(), [lab.node.wallet.address]);
  });

  test('the lists hold what is ACTIVE, whatever is taken out', async () => {
    const { versionId } = await chain.enroll(1);
    const appId = await chain.createApp();
    await chain.enroll(appId);
    const made = [lab.node];
    for (let i = 0; i < 4; i++)
      made.push(await lab.newInstance({ versionId: i % 2 ? versionId : 1n }));
    const elsewhere = await lab.newInstance({ appId, versionId: 1n });
    let live = [...made];
    const check = async () => {
      const wallets = live.map((one) => one.wallet.address);
      sameSet(await lab.view(reg(), 'getActiveInstances', 1), wallets, 'active');
      equal(await lab.view(reg(), 'activeInstanceCount', 1), wallets.length);
      sameSet(await lab.kms.getOperators(), wallets, 'operators');
      for (const version of [1n, versionId]) {
        const ids = live
          .filter((one) => one.registration.versionId === version)
          .map((one) => one.id);
        sameSet(
          await lab.view(reg(), 'getInstancesForVersion', 1, version),
          ids,
          `version ${version}`,
        );
      }
      equal(await lab.view(reg(), 'getActiveInstances', appId), [elsewhere.wallet.address]);
      equal(await lab.view(reg(), 'getInstancesForVersion', appId, 1), [elsewhere.id]);
    };
    await check();
    const all = await reg().getActiveInstances(1);
    for (const [from, count, expected] of [
      [0, 2, all.slice(0, 2)],
      [3, 9, all.slice(3)],
      [5, 1, []],
      [0, 0, []],
      [1, 3, all.slice(1, 4)],
      [ethers.MaxUint256, ethers.MaxUint256, []],
      [0, ethers.MaxUint256, all],
    ]) {
      equal(
        await lab.view(reg(), 'activeInstancesPage', 1, from, count),
        expected.toArray?.() ?? expected,
      );
    }
    for (const index of [2, 0, 4, 1, 3]) {
      await lab.send(reg(), lab.owner, 'endInstance', made[index].id, STOPPED);
      live = live.filter((one) => one !== made[index]);
      await check();
    }
    equal(await lab.view(reg(), 'getActiveInstances', 99), []);
    equal(await lab.view(reg(), 'getInstancesForVersion', 1, 99), []);
  });

  test('registrations cannot be carried to another registry', async () => {
    const verifier = await reg().verifier();
    const twin = await deploy('NovaAppRegistry', lab.owner, verifier);
    await mined(twin.createApp(ethers.ZeroHash, ZERO, '', ZERO));
    const { codeMeasurement } = await reg().getVersion(1, 1);
    await mined(twin.enrollVersion(1, codeMeasurement, ['', '', '', '', '']));
    const p = await parts();
    const args = [p.registration, p.signature, p.proof];
    await lab.reverts('WalletNotProven', twin, lab.other, 'registerInstance', ...args);
    const wallet = await chain.as(p.wallet.address);
    await lab.reverts('InvalidProof', twin, wallet, 'registerInstance', ...args);
  });
}
