// A peer of bench/run: @scure/starknet and starknet.js, with the protocol of bench/bench_stark.c.
'use strict';
const scure = require('@scure/starknet');
const { Signer, constants } = require('starknet');

const SAMPLE_NS = 100e6;
const secret = '0x4000000000000123456789876543200000000000000030000000123456789';
const felt = '0x5d3a8378500478b36a152987cc3e22504ad8841d4bb3a1b7f2b1b6d8c2c6a1';
const bound = (amount) => ({ max_amount: amount, max_price_per_unit: 12000000000n });
const details = {
  walletAddress: '0x2d4390709be5d0487ef910004c1c5473aded9b1845e9593fa4fd264b081cba6',
  nonce: 0n,
  chainId: constants.StarknetChainId.SN_SEPOLIA,
  version: '0x3',
  cairoVersion: '1',
  tip: 0n,
  resourceBounds: { l1_gas: bound(0n), l2_gas: bound(1200000n), l1_data_gas: bound(400n) },
  paymasterData: [],
  accountDeploymentData: [],
  nonceDataAvailabilityMode: 'L1',
  feeDataAvailabilityMode: 'L1',
};
const transfer = [{ contractAddress: felt, entrypoint: 'transfer', calldata: [felt, '1000', '0'] }];
const signer = new Signer(secret);
let turn = 0n;

const publicKey = scure.getPublicKey(secret, false);
const signature = scure.sign(felt, secret);
const operations = {
  public_key: () => scure.getPublicKey(secret),
  sign: () => scure.sign('0x' + (BigInt(felt) + turn++).toString(16), secret),
  verify: () => scure.verify(signature, felt, publicKey),
  pedersen: () => scure.pedersen(felt, secret),
  hades: () => scure.poseidonHash(BigInt(felt), turn++),
  invoke_v3_hash_sign: () => signer.signTransaction(transfer, { ...details, nonce: turn++ }),
};

async function measure(run) {
  for (let count = 1; ; count *= 2) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) await run();
    const elapsed = Number(process.hrtime.bigint() - start);
    if (elapsed >= SAMPLE_NS / 2) return elapsed / count;
  }
}

async function main() {
  const lines = require('readline').createInterface({ input: process.stdin });
  for await (const name of lines) {
    const run = operations[name];
    if (name === 'list') console.log(Object.keys(operations).join(' '));
    else console.log(run ? (await measure(run)).toFixed(3) : 'none');
  }
}
main();
