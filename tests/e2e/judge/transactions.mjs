// Random transactions of version 3, and what starknet.js makes of them.
import { constants, hash, transaction } from 'starknet';

const CHAINS = { SN_MAIN: constants.StarknetChainId.SN_MAIN, SN_SEPOLIA: constants.StarknetChainId.SN_SEPOLIA };
const DA = { L1: 0, L2: 1 };
const NAMES = ['transfer', 'approve', '__default__', 'set_number', 'a', 'swap_exact_tokens'];

const felts = (random, max) => random.list(max, () => random.felt());
const hex = (value) => `0x${BigInt(value).toString(16)}`;

export const chainOf = (random) => random.pick(Object.keys(CHAINS));
export const chainId = (name) => CHAINS[name];

// A call for starknet.js, and the same for the API.
export function randomCall(random) {
  const to = random.address();
  const entrypoint = random.pick(NAMES);
  const calldata = felts(random, 6);
  return {
    js: { contractAddress: hex(to), entrypoint, calldata: calldata.map(String) },
    api: { to: random.written(to), entrypoint, calldata: calldata.map((each) => random.written(each)) },
  };
}

function randomBound(random) {
  return { max_amount: random.number(64), max_price_per_unit: random.number(128) };
}

// What all kinds share: for the API, and for the hash functions.
function common(random) {
  const chain = chainOf(random);
  const fee = {
    nonce: random.felt(),
    tip: random.chance(30) ? 0n : random.number(64),
    paymasterData: random.chance(50) ? [] : felts(random, 4),
    resourceBounds: { l1_gas: randomBound(random), l2_gas: randomBound(random), l1_data_gas: randomBound(random) },
  };
  const nonceMode = random.pick(['L1', 'L2']);
  const feeMode = random.pick(['L1', 'L2']);
  const bound = (each) => ({
    max_amount: random.written(each.max_amount),
    max_price_per_unit: random.written(each.max_price_per_unit),
  });
  const api = {
    chain_id: random.pick([chain, chainId(chain), { SN_MAIN: 'mainnet', SN_SEPOLIA: 'sepolia' }[chain]]),
    nonce: random.written(fee.nonce),
    resource_bounds: {
      l1_gas: bound(fee.resourceBounds.l1_gas),
      l2_gas: bound(fee.resourceBounds.l2_gas),
      l1_data_gas: bound(fee.resourceBounds.l1_data_gas),
    },
  };
  if (fee.tip !== 0n || random.chance(50)) api.tip = random.written(fee.tip);
  if (fee.paymasterData.length > 0) api.paymaster_data = fee.paymasterData.map(hex);
  if (nonceMode === 'L2' || random.chance(50)) api.nonce_data_availability_mode = nonceMode;
  if (feeMode === 'L2' || random.chance(50)) api.fee_data_availability_mode = feeMode;
  const js = {
    ...fee,
    version: '0x3',
    chainId: chainId(chain),
    nonceDataAvailabilityMode: DA[nonceMode],
    feeDataAvailabilityMode: DA[feeMode],
  };
  return { chain, api, js };
}

function deploymentData(random, api) {
  const data = random.chance(70) ? [] : felts(random, 5);
  if (data.length > 0) api.account_deployment_data = data.map(hex);
  return data;
}

export function randomInvoke(random, account) {
  const { chain, api, js } = common(random);
  const calls = Array.from({ length: 1 + random.below(4) }, () => randomCall(random));
  const cairo = account.class.cairo;
  const calldata = transaction.getExecuteCalldata(calls.map((each) => each.js), cairo);
  const proofFacts = random.chance(75) ? [] : [random.felt(), ...felts(random, 6)];
  api.type = 'INVOKE';
  if (random.chance(20)) {
    api.calldata = calldata.map(hex);
  } else {
    api.calls = calls.map((each) => each.api);
  }
  if (random.chance(50)) api.cairo_version = Number(cairo);
  if (random.chance(50)) api.sender_address = hex(account.address);
  if (proofFacts.length > 0) {
    api.proof_facts = proofFacts.map(hex);
    api.proof = Buffer.from('proof').toString('base64');
  }
  const expected = hash.calculateInvokeTransactionHash({
    ...js,
    senderAddress: hex(account.address),
    compiledCalldata: calldata,
    accountDeploymentData: deploymentData(random, api),
    proofFacts,
  });
  return { chain, api, expected, lists: { calldata, proof_facts: proofFacts } };
}

export function randomDeploy(random, account) {
  const { chain, api, js } = common(random);
  api.type = 'DEPLOY_ACCOUNT';
  if (random.chance(50)) {
    api.class_hash = hex(account.class.classHash);
    api.contract_address_salt = hex(account.publicKey);
    api.constructor_calldata = account.calldata.map(hex);
  }
  const expected = hash.calculateDeployAccountTransactionHash({
    ...js,
    contractAddress: hex(account.address),
    classHash: hex(account.class.classHash),
    compiledConstructorCalldata: account.calldata.map(String),
    salt: hex(account.publicKey),
  });
  return { chain, api, expected, lists: { constructor_calldata: account.calldata } };
}

export function randomDeclare(random, account) {
  const { chain, api, js } = common(random);
  api.type = 'DECLARE';
  api.class_hash = hex(random.felt());
  api.compiled_class_hash = hex(random.felt());
  const expected = hash.calculateDeclareTransactionHash({
    ...js,
    classHash: api.class_hash,
    compiledClassHash: api.compiled_class_hash,
    senderAddress: hex(account.address),
    accountDeploymentData: deploymentData(random, api),
  });
  return { chain, api, expected, lists: {} };
}

// The form of the seed document: one call, and max_fee split by the default fee table.
export function randomSeedSign(random, account) {
  const chain = chainOf(random);
  const call = randomCall(random);
  const maxFee = 10n ** 15n + random.bits(60);
  const data = maxFee / 10n / 10n ** 12n;
  const rest = maxFee - data * 10n ** 12n;
  const l2 = rest / 12_000_000_000n;
  const nonce = random.number(64);
  const payload = {
    contract_address: call.js.contractAddress,
    function_name: call.js.entrypoint,
    calldata: call.api.calldata,
    max_fee: random.written(maxFee),
    nonce: random.written(nonce),
    chain_id: random.pick([chain, { SN_MAIN: 'mainnet', SN_SEPOLIA: 'testnet' }[chain]]),
  };
  const l2Amount = l2 > 1_210_000_000n ? 1_210_000_000n : l2;
  const resourceBounds = {
    l1_gas: { max_amount: 0n, max_price_per_unit: 0n },
    l1_data_gas: { max_amount: data, max_price_per_unit: 10n ** 12n },
    l2_gas: { max_amount: l2Amount, max_price_per_unit: 12_000_000_000n },
  };
  const expected = hash.calculateInvokeTransactionHash({
    senderAddress: hex(account.address),
    version: '0x3',
    compiledCalldata: transaction.getExecuteCalldata([call.js], '1'),
    chainId: chainId(chain),
    nonce,
    accountDeploymentData: [],
    nonceDataAvailabilityMode: 0,
    feeDataAvailabilityMode: 0,
    resourceBounds,
    tip: 0n,
    paymasterData: [],
  });
  return { payload, expected };
}
