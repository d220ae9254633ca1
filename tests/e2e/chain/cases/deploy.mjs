// tools/deploy-contracts as a person uses it.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equal } from '../lab.mjs';
import { deployAll, ethers } from '../../../../contracts/deployment.mjs';

function run(args, stdio = 'ignore') {
  const options = { stdio: ['ignore', 'pipe', 'pipe', stdio] };
  const child = spawn(process.execPath, ['contracts/deploy.mjs', ...args], options);
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

export function deployment(lab) {
  const { test, chain } = lab;
  const plan = () => [
    '--rpc',
    chain.anvil.url,
    '--verifier-signer',
    lab.other.address,
    '--guardian',
    lab.g1.address,
    '--guardian',
    lab.g2.address,
    '--threshold',
    '2',
  ];

  test('deploy: wrong options are refused before anything is sent', async () => {
    const before = await chain.head();
    const without = (...names) =>
      plan().filter((_, i, all) => ![i, i - 1].some((j) => names.includes(all[j])));
    const wrong = [
      [],
      [...plan()],
      [...plan(), '--unlocked', '--key-fd', '3'],
      [...without('--guardian'), '--unlocked'],
      [...without('--threshold'), '--unlocked', '--threshold', '2x'],
      [...plan(), '--unlocked', '--verifier', lab.other.address],
      [...plan(), '--unlocked', '--private-key', '1'],
      [...without('--verifier-signer'), '--unlocked', '--registry', lab.registry.target],
    ];
    const answers = [];
    for (const args of wrong) answers.push(await run(args));
    answers.forEach(({ code, out, err }, i) =>
      equal([code, out, err.startsWith('deploy: ')], [2, '', true], wrong[i]),
    );
    equal(await chain.head(), before);
  });

  test('deploy: a key that others can read is refused; a key is never shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-deploy-'));
    const file = join(folder, 'key');
    const rpcFile = join(folder, 'rpc');
    const key = ethers.id('deployer');
    const { address } = new ethers.Wallet(key);
    await chain.provider.send('anvil_setBalance', [address, ethers.toQuantity(10n ** 19n)]);
    const expect = async (code, args, stdio) => {
      const answer = await run([...plan().slice(2), '--rpc-file', rpcFile, ...args], stdio);
      equal(
        [answer.code, (answer.out + answer.err).includes(key.slice(2))],
        [code, false],
        answer.err,
      );
      return answer;
    };
    try {
      writeFileSync(rpcFile, `${chain.anvil.url}\n`);
      writeFileSync(file, `${key}\n`, { mode: 0o644 });
      chmodSync(file, 0o644);
      await expect(2, ['--key-file', file]);
      chmodSync(file, 0o600);
      await expect(2, ['--key-file', folder]);
      await expect(1, ['--key-file', join(folder, 'none')]);
      const { trust } = JSON.parse((await expect(0, ['--key-file', file])).out);
      equal(await lab.registry.attach(trust.registry).deployer(), address);
      writeFileSync(file, `${key.slice(0, -1)}\n`);
      await expect(2, ['--key-file', file]);
      writeFileSync(file, key.slice(2));
      const descriptor = openSync(file, 'r');
      await expect(0, ['--key-fd', '3'], descriptor);
      closeSync(descriptor);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('deploy: what it prints is what stands on the chain', async () => {
    const { code, out, err } = await run([
      ...plan(),
      '--unlocked',
      '--delay',
      '600',
      '--metadata-uri',
      'ipfs://m',
    ]);
    equal([code, err], [0, '']);
    const seen = JSON.parse(out);
    const { trust, verifier, veto, ours } = seen;
    const hash = async (address) =>
      ethers.keccak256(await chain.provider.send('eth_getCode', [address, 'latest']));
    const block = await chain.provider.send('eth_getBlockByNumber', ['0x0', false]);
    equal(trust, {
      chain_id: 31337,
      genesis: block.hash,
      registry: trust.registry,
      registry_code: await hash(trust.registry),
      kms_registry: trust.kms_registry,
      kms_registry_code: await hash(trust.kms_registry),
      kms_app_id: ethers.toBeHex(1, 32),
    });
    equal(verifier.code, await hash(verifier.address));
    equal([veto.delay, veto.threshold], [600, 2]);
    equal(
      veto.guardians,
      [lab.g1.address, lab.g2.address].map((a) => a.toLowerCase()),
    );
    equal(ours, { registry: true, kms_registry: true });
    const registry = lab.registry.attach(trust.registry);
    equal((await registry.kmsRegistry()).toLowerCase(), trust.kms_registry);
    equal((await registry.getApp(1)).metadataUri, 'ipfs://m');
    const described = ['--describe', '--rpc', chain.anvil.url, '--registry', trust.registry];
    const again = await run([...described, '--kms-registry', trust.kms_registry]);
    equal(again.out, out);
    const mixed = await run([...described, '--kms-registry', lab.kms.target]);
    equal([mixed.code, mixed.out], [1, '']);
    const nothing = await run([...described, '--kms-registry', lab.other.address]);
    equal([nothing.code, nothing.out], [1, '']);
  });

  test('deploy: a KMS registry for an app registry that is there', async () => {
    const existing = ['--registry', lab.registry.target, '--kms-app-id', '1', '--unlocked'];
    const args = [...plan().filter((_, i) => i !== 2 && i !== 3), ...existing];
    const { code, out, err } = await run(args);
    equal([code, err], [0, '']);
    const { trust } = JSON.parse(out);
    equal(trust.registry, lab.registry.target.toLowerCase());
    equal((await lab.registry.kmsRegistry()).toLowerCase(), lab.kms.target.toLowerCase());
    equal(await lab.kms.attach(trust.kms_registry).isEligible(lab.node.wallet.address), true);
  });

  test('code hashes: another delay, threshold or guardian shows in them', async () => {
    const registry = lab.registry.target;
    const code = async (delay, threshold, ...guardians) => {
      const plan = { registry, kmsAppId: 1, delay, threshold, guardians };
      return (await deployAll(lab.owner, plan)).trust.kms_registry_code;
    };
    const [a, b, c] = [lab.g1.address, lab.g2.address, lab.g3.address];
    const same = [await code(600, 2, a, b), await code(600, 2, a, b)];
    const others = [await code(601, 2, a, b), await code(600, 1, a, b), await code(600, 2, a, c)];
    others.push(await code(600, 2, b, a), await code(600, 2, a, b, c));
    equal(new Set([...same, ...others]).size, 6);
    equal(same[0], same[1]);
  });
}
