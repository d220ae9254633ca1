// The C code against the compiled contracts on the chain: call data it writes, answers it reads,
// messages and transactions it signs.
import { readFileSync } from 'node:fs';
import { Peer } from '../../ethers/peer.mjs';
import { equal, hash, SPKI } from '../lab.mjs';
import { deploy, ethers, registrationText } from '../../../../contracts/deployment.mjs';

const word = (value) => ethers.toBeHex(value, 32);
const text = (value) => ethers.hexlify(ethers.toUtf8Bytes(value));
const low = (address) => address.toLowerCase();

// How the peer writes the fields of a struct.
const WRITE = {
  uint256: word,
  bytes32: word,
  address: low,
  string: text,
  bytes: String,
  bool: Number,
};
const NUMBERS = ['createdAt', 'enrolledAt', 'registeredAt', 'status'];

function fields(record, { components }) {
  return components.map(({ name, type }, i) => {
    if (NUMBERS.includes(name)) return String(record[i]);
    return String(WRITE[type](record[i]));
  });
}

export function codec(lab, program) {
  const { test, chain } = lab;

  async function withPeer(run) {
    const peer = new Peer(program);
    try {
      await run(async (...words) => (await peer.ask(...words)).split(' '));
    } finally {
      peer.close();
    }
  }

  const contractOf = (signature) =>
    [lab.registry, lab.kms].find((one) => one.interface.hasFunction(signature));

  test('every call that the C code knows is one of the contracts, with its selector', async () => {
    const source = readFileSync('src/ethereum/nova_abi.c', 'utf8');
    const rows = [
      ...source.matchAll(/\[NOVA_ABI_\w+\]\s*=\s*\{\s*(0x[0-9a-f]{8}),[^"]*"([^"]+)"/g),
    ];
    equal(rows.length >= 20, true, `${rows.length} rows`);
    await withPeer(async (ask) => {
      for (const [, selector, signature] of rows) {
        const contract = contractOf(signature);
        if (!contract) throw new Error(`${signature} is no call of the contracts`);
        const f = contract.interface.getFunction(signature);
        equal(f.selector, selector, signature);
        const args = f.inputs.map(({ type }, i) =>
          type === 'address' ? lab.g1.address : word(i + 77),
        );
        const words = args.map((arg) => (arg.length === 42 ? low(arg) : arg));
        const expected = contract.interface.encodeFunctionData(f, args);
        equal(await ask('call', signature, ...words), [expected], signature);
      }
    });
  });

  test('every error that both know has one selector', async () => {
    const source = readFileSync('src/ethereum/nova_abi.c', 'utf8');
    const rows = [...source.matchAll(/\{(0x[0-9a-f]{8}), "([^"]+)"\}/g)];
    let met = 0;
    for (const [, selector, signature] of rows) {
      const error = lab.kms.interface.getError(signature);
      if (!error) continue;
      equal(error.selector, selector, signature);
      met++;
    }
    equal(met >= 5, true, `${met} errors`);
  });

  test('the C code reads what the contracts answer', async () => {
    const longest = 'ä'.repeat(128);
    const appWallet = lab.g2.address;
    const args = [ethers.encodeBytes32String('nitro'), lab.g3.address, longest, appWallet];
    await lab.send(lab.registry, lab.owner, 'createApp', ...args);
    const texts = Array(5).fill(longest);
    await lab.send(lab.registry, lab.owner, 'enrollVersion', 2, hash('code'), texts);
    const node = await lab.newInstance({
      appId: 2n,
      versionId: 1n,
      teePubkey: SPKI,
      instanceUrl: longest,
    });
    await lab.newInstance({ appId: 2n, versionId: 1n });
    await lab.newInstance({ appId: 2n, versionId: 1n }, false);
    const { interface: face, target: to } = lab.registry;
    const none = lab.stranger.address;
    await withPeer(async (ask) => {
      for (const [form, name, ...params] of [
        ['app', 'getApp', 1],
        ['app', 'getApp', 2],
        ['app', 'getApp', 3],
        ['version', 'getVersion', 1, 1],
        ['version', 'getVersion', 2, 1],
        ['version', 'getVersion', 2, 2],
        ['instance', 'getInstance', 1],
        ['instance', 'getInstance', 2],
        ['instance', 'getInstance', 4],
        ['instance', 'getInstanceByWallet', node.wallet.address],
        ['instance', 'getInstanceByWallet', none],
      ]) {
        const data = await chain.provider.call({ to, data: face.encodeFunctionData(name, params) });
        const [record] = face.decodeFunctionResult(name, data);
        const expected = fields(record, face.getFunction(name).outputs[0]);
        equal(await ask(form, data), expected, `${name} ${params}`);
      }
      for (const [form, name, ...params] of [
        ['ids', 'getInstancesForVersion', 2, 1],
        ['ids', 'getInstancesForVersion', 9, 9],
        ['wallets', 'getActiveInstances', 2],
        ['wallets', 'getActiveInstances', 9],
      ]) {
        const data = await chain.provider.call({ to, data: face.encodeFunctionData(name, params) });
        const [list] = face.decodeFunctionResult(name, data);
        const items = list.map((item) => (form === 'ids' ? word(item) : low(item)));
        equal(await ask(form, data), [String(list.length), ...items], `${name} ${params}`);
      }
    });
  });

  test('the C code reads what was anchored', async () => {
    const { interface: face, target: to } = lab.kms;
    const seen = () => chain.provider.call({ to, data: face.encodeFunctionData('anchored') });
    await withPeer(async (ask) => {
      equal(await ask('anchor', await seen()), ['0', ethers.ZeroHash]);
      let last = ethers.ZeroHash;
      for (const height of [1n, 2n ** 20n]) {
        await lab.send(lab.kms, lab.node.signer, 'anchor', height, hash(`${height}`), last);
        last = hash(`${height}`);
        equal(await ask('anchor', await seen()), [String(height), last]);
      }
    });
  });

  test('a wallet of the C code registers, sets the first hash and anchors', async () => {
    const fresh = await deploy(
      'KMSRegistry',
      lab.owner,
      lab.registry.target,
      1,
      3600,
      [lab.g1.address],
      1,
    );
    const { wallet, registration } = lab.instance();
    const { privateKey: key, address } = wallet;
    const said = registrationText(
      chain.chainId,
      lab.registry.target,
      lab.other.address,
      registration,
    );
    const root = hash('root');
    await withPeer(async (ask) => {
      equal(await ask('key', key), [low(address), address]);
      const [signature] = await ask('sign', key, text(said));
      const proof = await chain.proof(registration);
      await lab.send(lab.registry, lab.other, 'registerInstance', registration, signature, proof);
      await chain.provider.send('anvil_setBalance', [address, ethers.toQuantity(10n ** 18n)]);
      const { baseFeePerGas } = await chain.provider.getBlock('latest');
      const fee = 2n * baseFeePerGas + 1000000n;
      const to = low(fresh.target);
      const limits = [1000000, fee, 300000];
      const send = async (nonce, ...call) => {
        const [data] = await ask('call', ...call);
        const words = ['tx', key, chain.chainId, nonce, ...limits, to, word(0), data];
        const [, sent, raw] = await ask(...words);
        equal(await chain.provider.send('eth_sendRawTransaction', [raw]), sent);
        const receipt = await chain.provider.send('eth_getTransactionReceipt', [sent]);
        equal([receipt.status, low(receipt.from)], ['0x1', low(address)]);
      };
      await send(0, 'setMasterSecretHash(bytes32)', root);
      equal(await fresh.masterSecretHash(), root);
      const words = [word(2n ** 20n - 1n), hash('header'), ethers.ZeroHash];
      await send(1, 'anchor(uint64,bytes32,bytes32)', ...words);
      equal(await fresh.anchored(), [2n ** 20n - 1n, hash('header')]);
    });
  });
}
