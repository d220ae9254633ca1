// Apps and versions of the app registry.
import { equal, hash, NOBODY } from '../lab.mjs';
import { contractAt, deploy, ethers, mined } from '../../../../contracts/deployment.mjs';

const ARCH = ethers.encodeBytes32String('nitro');
const ZERO = ethers.ZeroAddress;
const LONG = 'x'.repeat(257);
const TEXT = ['1.0', 'image', 'audit', 'hash', '12345'];
const ENROLLED = 0;
const [ACTIVE, INACTIVE, REVOKED] = [0, 1, 2];

export function apps(lab) {
  const { test } = lab;
  const reg = () => lab.registry;

  test('a registry needs a verifier', async () => {
    await lab.deployReverts('InvalidVerifier', 'NovaAppRegistry', ZERO);
    await lab.deployReverts('InvalidVerifier', 'NovaAppRegistry', NOBODY);
    await lab.deployReverts('InvalidSigner', 'SignatureVerifier', ZERO);
  });

  test('setKmsRegistry: by the deployer, of one that names this registry, once', async () => {
    const verifier = await reg().verifier();
    const fresh = await deploy('NovaAppRegistry', lab.owner, verifier);
    const guardians = [lab.g1.address];
    const kmsOf = async (registry, app) =>
      (await deploy('KMSRegistry', lab.owner, registry, app, 3600, guardians, 1)).target;
    const good = await kmsOf(fresh.target, 1);
    const set = (...args) => lab.reverts(args[0], fresh, args[1], 'setKmsRegistry', args[2]);
    await set('NotDeployer', lab.other, good);
    await set('InvalidKmsRegistry', lab.owner, NOBODY);
    await set('InvalidKmsRegistry', lab.owner, ZERO);
    await set('InvalidKmsRegistry', lab.owner, lab.kms.target);
    await set(null, lab.owner, verifier);
    await set('AppNotFound', lab.owner, good);
    await mined(fresh.createApp(ARCH, ZERO, '', ZERO));
    await mined(fresh.enrollVersion(1, hash('m'), TEXT));
    const snapshot = await lab.chain.provider.send('evm_snapshot', []);
    const { registration } = lab.instance({ teeWallet: lab.owner.address });
    await mined(fresh.registerInstance(registration, '0x', '0x'));
    await set('KmsAppHasInstances', lab.owner, good);
    await lab.chain.provider.send('evm_revert', [snapshot]);
    equal(await lab.send(fresh, lab.owner, 'setKmsRegistry', good), [['KmsRegistrySet', good, 1]]);
    equal(await lab.view(fresh, 'kmsRegistry'), good);
    equal(await lab.view(fresh, 'kmsAppId'), 1);
    await set('KmsRegistryAlreadySet', lab.owner, good);
    await set('KmsRegistryAlreadySet', lab.owner, await kmsOf(fresh.target, 1));
  });

  test('what is fixed at deployment', async () => {
    equal(await lab.view(reg(), 'deployer'), lab.owner.address);
    equal((await lab.view(reg(), 'verifier')).toLowerCase(), lab.chain.deployment.verifier.address);
    equal(await lab.view(reg(), 'MAX_TEXT'), 256);
    const verifier = contractAt('SignatureVerifier', await reg().verifier(), lab.owner);
    equal(await lab.view(verifier, 'signer'), lab.chain.verifier.address);
  });

  test('createApp', async () => {
    await lab.reverts('InvalidText', reg(), lab.other, 'createApp', ARCH, ZERO, LONG, ZERO);
    const uri = LONG.slice(1);
    equal(await lab.send(reg(), lab.other, 'createApp', ARCH, NOBODY, uri, lab.g1.address), [
      ['AppCreated', 2, lab.other.address, ARCH, NOBODY, uri],
      ['AppWalletSet', 2, lab.g1.address],
    ]);
    equal((await lab.send(reg(), lab.other, 'createApp', ARCH, ZERO, '', ZERO)).length, 1);
    equal(await lab.view(reg(), 'appCount'), 3);
    const { timestamp } = await lab.chain.provider.getBlock((await lab.chain.head()).number - 1);
    equal(await lab.view(reg(), 'getApp', 2), [
      2,
      lab.other.address,
      ARCH,
      NOBODY,
      uri,
      0,
      timestamp,
      ACTIVE,
      lab.g1.address,
    ]);
    const zeros = [0, ZERO, ethers.ZeroHash, ZERO, '', 0, 0, 0, ZERO];
    equal(await lab.view(reg(), 'getApp', 4), zeros);
    equal(await lab.view(reg(), 'getApp', 0), zeros);
    equal(await lab.view(reg(), 'getApp', ethers.MaxUint256), zeros);
  });

  test('setAppStatus: by the owner; REVOKED is for ever', async () => {
    const set = (error, signer, id, status) =>
      lab.reverts(error, reg(), signer, 'setAppStatus', id, status);
    await set('AppNotFound', lab.owner, 9, INACTIVE);
    await set('AppNotFound', lab.owner, 0, INACTIVE);
    await set('NotAppOwner', lab.other, 1, INACTIVE);
    await set('StatusUnchanged', lab.owner, 1, ACTIVE);
    await set(null, lab.owner, 1, 3);
    equal(await lab.send(reg(), lab.owner, 'setAppStatus', 1, INACTIVE), [
      ['AppStatusChanged', 1, INACTIVE],
    ]);
    await set('StatusUnchanged', lab.owner, 1, INACTIVE);
    await lab.send(reg(), lab.owner, 'setAppStatus', 1, ACTIVE);
    equal((await reg().getApp(1)).status, ACTIVE);
    await lab.send(reg(), lab.owner, 'setAppStatus', 1, REVOKED);
    for (const status of [ACTIVE, INACTIVE, REVOKED])
      await set('AppIsRevoked', lab.owner, 1, status);
    equal((await reg().getApp(1)).status, REVOKED);
    await lab.reverts('AppIsRevoked', reg(), lab.owner, 'enrollVersion', 1, hash('new'), TEXT);
  });

  test('setAppWallet', async () => {
    await lab.reverts('AppNotFound', reg(), lab.owner, 'setAppWallet', 9, NOBODY);
    await lab.reverts('NotAppOwner', reg(), lab.other, 'setAppWallet', 1, NOBODY);
    const wallet = lab.g2.address;
    equal(await lab.send(reg(), lab.owner, 'setAppWallet', 1, wallet), [
      ['AppWalletSet', 1, wallet],
    ]);
    equal((await reg().getApp(1)).appWallet, wallet);
  });

  test('an app changes hands only when both want it', async () => {
    const { address: a } = lab.owner;
    const { address: b } = lab.other;
    await lab.reverts('AppNotFound', reg(), lab.owner, 'proposeAppOwner', 9, b);
    await lab.reverts('NotAppOwner', reg(), lab.other, 'proposeAppOwner', 1, b);
    await lab.reverts('NotPendingOwner', reg(), lab.other, 'acceptApp', 1);
    await lab.reverts('NotPendingOwner', reg(), lab.other, 'acceptApp', 9);
    equal(await lab.send(reg(), lab.owner, 'proposeAppOwner', 1, b), [
      ['AppOwnerProposed', 1, a, b],
    ]);
    equal(await lab.view(reg(), 'pendingAppOwner', 1), b);
    equal((await reg().getApp(1)).owner, a);
    await lab.reverts('NotPendingOwner', reg(), lab.stranger, 'acceptApp', 1);
    await lab.send(reg(), lab.owner, 'proposeAppOwner', 1, ZERO);
    await lab.reverts('NotPendingOwner', reg(), lab.other, 'acceptApp', 1);
    await lab.send(reg(), lab.owner, 'proposeAppOwner', 1, b);
    equal(await lab.send(reg(), lab.other, 'acceptApp', 1), [['AppOwnerChanged', 1, a, b]]);
    equal((await reg().getApp(1)).owner, b);
    await lab.reverts('NotPendingOwner', reg(), lab.other, 'acceptApp', 1);
    await lab.reverts('NotAppOwner', reg(), lab.owner, 'setAppStatus', 1, INACTIVE);
    await lab.send(reg(), lab.other, 'setAppStatus', 1, INACTIVE);
  });

  test('enrollVersion', async () => {
    const enroll = (error, signer, ...args) =>
      lab.reverts(error, reg(), signer, 'enrollVersion', ...args);
    await enroll('AppNotFound', lab.owner, 9, hash('a'), TEXT);
    await enroll('NotAppOwner', lab.other, 1, hash('a'), TEXT);
    await enroll('InvalidMeasurement', lab.owner, 1, ethers.ZeroHash, TEXT);
    for (let i = 0; i < 5; i++) {
      const text = TEXT.map((one, j) => (i === j ? LONG : one));
      await enroll('InvalidText', lab.owner, 1, hash('a'), text);
    }
    equal(await lab.send(reg(), lab.owner, 'enrollVersion', 1, hash('a'), TEXT), [
      ['VersionEnrolled', 1, 2, hash('a'), '1.0'],
    ]);
    const { timestamp } = await lab.chain.head();
    equal(await lab.view(reg(), 'getVersion', 1, 2), [
      2,
      '1.0',
      hash('a'),
      'image',
      'audit',
      'hash',
      '12345',
      ENROLLED,
      timestamp,
      lab.owner.address,
    ]);
    equal((await reg().getApp(1)).latestVersionId, 2);
    equal(await lab.view(reg(), 'versionOfMeasurement', 1, hash('a')), 2);
    const zeros = [0, '', ethers.ZeroHash, '', '', '', '', 0, 0, ZERO];
    for (const [app, version] of [
      [1, 3],
      [1, 0],
      [2, 1],
      [0, 0],
    ]) {
      equal(await lab.view(reg(), 'getVersion', app, version), zeros);
    }
    await enroll('MeasurementAlreadyEnrolled', lab.owner, 1, hash('a'), TEXT);
    await lab.send(reg(), lab.owner, 'revokeVersion', 1, 2);
    await enroll('MeasurementAlreadyEnrolled', lab.owner, 1, hash('a'), TEXT);
    await lab.send(reg(), lab.other, 'createApp', ARCH, ZERO, '', ZERO);
    await lab.send(reg(), lab.other, 'enrollVersion', 2, hash('a'), TEXT);
  });

  test('deprecateVersion and revokeVersion go one way', async () => {
    const deprecate = (error, signer, ...args) =>
      lab.reverts(error, reg(), signer, 'deprecateVersion', ...args);
    const revoke = (error, signer, ...args) =>
      lab.reverts(error, reg(), signer, 'revokeVersion', ...args);
    for (const refuse of [deprecate, revoke]) {
      await refuse('AppNotFound', lab.owner, 9, 1);
      await refuse('NotAppOwner', lab.other, 1, 1);
      await refuse('VersionNotFound', lab.owner, 1, 9);
      await refuse('VersionNotFound', lab.owner, 1, 0);
    }
    equal(await lab.send(reg(), lab.owner, 'deprecateVersion', 1, 1), [
      ['VersionStatusChanged', 1, 1, 1],
    ]);
    equal((await reg().getVersion(1, 1)).status, 1);
    await deprecate('VersionNotEnrolled', lab.owner, 1, 1);
    equal(await lab.send(reg(), lab.owner, 'revokeVersion', 1, 1), [
      ['VersionStatusChanged', 1, 1, 2],
    ]);
    equal((await reg().getVersion(1, 1)).status, 2);
    await revoke('StatusUnchanged', lab.owner, 1, 1);
    await deprecate('VersionNotEnrolled', lab.owner, 1, 1);
    const { versionId } = await lab.chain.enroll(1);
    await lab.send(reg(), lab.owner, 'revokeVersion', 1, versionId);
    equal((await reg().getVersion(1, versionId)).status, 2);
  });
}
