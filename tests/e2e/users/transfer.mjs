// A transfer as requests have it, and what starknet.js makes of the same one.
import { starknet } from './user_client.mjs';

const BOUND = { max_amount: '100', max_price_per_unit: '1000' };
const BOUNDS = { l1_gas: BOUND, l2_gas: BOUND, l1_data_gas: BOUND };
export const TRANSFER = {
  type: 'INVOKE', chain_id: 'SN_SEPOLIA', nonce: 7, resource_bounds: BOUNDS,
  calls: [{ to: '0x123', entrypoint: 'transfer', calldata: ['0x456', 7, 0] }],
};

// Whether an answer is the signature of it with the key of an account.
export function judge(account, answer) {
  const amounts = Object.fromEntries(Object.keys(BOUNDS).map((name) =>
    [name, { max_amount: 100n, max_price_per_unit: 1000n }]));
  const calls = [{ contractAddress: '0x123', entrypoint: 'transfer', calldata: ['0x456', '7', '0'] }];
  const expected = starknet.hash.calculateInvokeTransactionHash({
    senderAddress: account.address,
    version: '0x3',
    compiledCalldata: starknet.transaction.getExecuteCalldata(calls, '1'),
    chainId: starknet.constants.StarknetChainId.SN_SEPOLIA,
    nonce: 7n,
    accountDeploymentData: [],
    nonceDataAvailabilityMode: 0,
    feeDataAvailabilityMode: 0,
    resourceBounds: amounts,
    tip: 0n,
    paymasterData: [],
  });
  const [r, s] = answer.transaction.signature.map(BigInt);
  const { starkCurve } = starknet.ec;
  const isSigned = ['02', '03'].some((sign) => starkCurve.verify(
    new starkCurve.Signature(r, s), BigInt(expected).toString(16).padStart(64, '0'),
    sign + account.public_key.slice(2).padStart(64, '0')));
  return BigInt(answer.transaction_hash) === BigInt(expected) && isSigned;
}
