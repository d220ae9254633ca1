// Deploying the contracts, and saying what was deployed: shared by deploy.mjs and tests/e2e/chain.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ethers } from 'ethers';

export { ethers };

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', 'build', 'contracts');

// What tools/build-contracts made of a contract.
export function artifact(name) {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
}

// Every read goes to the chain: nothing is answered from memory.
export function connect(url) {
  return new ethers.JsonRpcProvider(url, undefined, {
    cacheTimeout: -1,
    batchMaxCount: 1,
    pollingInterval: 50,
    staticNetwork: false,
  });
}

export function contractAt(name, address, runner) {
  return new ethers.Contract(address, artifact(name).abi, runner);
}

// The receipt of a transaction, asked for until it is there: a chain that went back in a test would
// make the library's own way wait for a block number that it has seen already.
export async function mined(sent) {
  const { hash, provider } = await sent;
  for (let wait = 5; ; wait = Math.min(2 * wait, 1000)) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt?.status === 1) return receipt;
    if (receipt) throw new Error(`transaction ${hash} was reverted`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export async function deploy(name, signer, ...args) {
  const { abi, bytecode } = artifact(name);
  const contract = await new ethers.ContractFactory(abi, bytecode, signer).deploy(...args);
  await mined(contract.deploymentTransaction());
  return contract;
}

export async function codeHash(provider, address) {
  const code = await provider.getCode(address);
  if (code === '0x') throw new Error(`there is no contract at ${address}`);
  return ethers.keccak256(code);
}

// Whether the code at an address is what the sources here compile to; immutables may be anything.
export async function isOurCode(provider, address, name) {
  const { deployedBytecode, immutableReferences } = artifact(name);
  const code = ethers.getBytes(await provider.getCode(address));
  for (const places of Object.values(immutableReferences)) {
    for (const { start, length } of places) code.fill(0, start, start + length);
  }
  return ethers.hexlify(code) === deployedBytecode;
}

// Deploys what is not given and answers what a node's trust configuration must say.
// In: signer with a provider; plan {verifier | verifierSigner, registry and kmsAppId of one that is
// there already, metadataUri, guardians, threshold, delay}.
export async function deployAll(signer, plan) {
  let { verifier, registry, kmsAppId } = plan;
  if (registry === undefined) {
    if (verifier === undefined) {
      verifier = await (
        await deploy('SignatureVerifier', signer, plan.verifierSigner)
      ).getAddress();
    }
    const made = await deploy('NovaAppRegistry', signer, verifier);
    registry = await made.getAddress();
    const teeArch = ethers.encodeBytes32String('nitro');
    await mined(
      made.createApp(teeArch, ethers.ZeroAddress, plan.metadataUri ?? '', ethers.ZeroAddress),
    );
    kmsAppId = await made.appCount();
  }
  const guardians = plan.guardians.map((guardian) => ethers.getAddress(guardian));
  const kms = await deploy(
    'KMSRegistry',
    signer,
    registry,
    kmsAppId,
    plan.delay,
    guardians,
    plan.threshold,
  );
  const kmsRegistry = await kms.getAddress();
  if (plan.registry === undefined) {
    await mined(contractAt('NovaAppRegistry', registry, signer).setKmsRegistry(kmsRegistry));
  }
  return describe(signer.provider, { registry, kmsRegistry });
}

// Reads back from the chain what stands there. trust has the members of a trust configuration.
export async function describe(provider, { registry, kmsRegistry }) {
  const kms = contractAt('KMSRegistry', kmsRegistry, provider);
  const chainId = Number((await provider.getNetwork()).chainId);
  const genesis = (await provider.send('eth_getBlockByNumber', ['0x0', false])).hash;
  const named = ethers.getAddress(await kms.novaAppRegistry());
  if (named !== ethers.getAddress(registry))
    throw new Error(`the KMS registry trusts ${named}, not ${registry}`);
  return {
    trust: {
      chain_id: chainId,
      genesis,
      registry: registry.toLowerCase(),
      registry_code: await codeHash(provider, registry),
      kms_registry: kmsRegistry.toLowerCase(),
      kms_registry_code: await codeHash(provider, kmsRegistry),
      kms_app_id: ethers.toBeHex(await kms.kmsAppId(), 32),
    },
    verifier: await verifierOf(provider, registry),
    veto: {
      delay: Number(await kms.delay()),
      threshold: Number(await kms.vetoThreshold()),
      guardians: (await kms.getGuardians()).map((guardian) => guardian.toLowerCase()),
      guardians_hash: await kms.guardiansHash(),
    },
    ours: {
      registry: await isOurCode(provider, registry, 'NovaAppRegistry'),
      kms_registry: await isOurCode(provider, kmsRegistry, 'KMSRegistry'),
    },
  };
}

// The verifier of a registry of ours; of another kind of registry nothing is known.
async function verifierOf(provider, registry) {
  if (!(await isOurCode(provider, registry, 'NovaAppRegistry'))) return null;
  const address = await contractAt('NovaAppRegistry', registry, provider).verifier();
  return { address: address.toLowerCase(), code: await codeHash(provider, address) };
}

// What the wallet of an instance signs for its operator, and what a claim's proof is signed over:
// computed here, so that the contracts are held to it.
export function registrationText(chainId, registry, operator, instance) {
  const digest = ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(
      ['uint256', 'address', 'address', 'uint256', 'uint256', 'address', 'bytes32', 'bytes32'],
      [
        chainId,
        registry,
        operator,
        instance.appId,
        instance.versionId,
        instance.teeWallet,
        ethers.keccak256(instance.teePubkey),
        ethers.id(instance.instanceUrl),
      ],
    ),
  );
  return `CofferRegister/1\n${digest}`;
}

export function claimText(chainId, registry, instance, measurement) {
  const digest = ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(
      ['uint256', 'address', 'uint256', 'uint256', 'address', 'bytes32', 'bytes32', 'bytes32'],
      [
        chainId,
        registry,
        instance.appId,
        instance.versionId,
        instance.teeWallet,
        ethers.keccak256(instance.teePubkey),
        measurement,
        ethers.id(instance.instanceUrl),
      ],
    ),
  );
  return `CofferAttest/1\n${digest}`;
}
