// The protocol of the Nova KMS, version 1, as an existing client uses it. Written from: what
// nova_client.mjs was. usage: nova_v1.mjs FILE,
// with {node: {url, wallet, tee_pubkey}, wallet, tee}. A line for each check: ok or FAILED.
import { readFileSync } from 'node:fs';
import {
  DERIVATIONS, NovaClient, Refused, point, require,
} from './nova_client.mjs';

const given = JSON.parse(readFileSync(process.argv[2]));
const node = { url: given.node.url, wallet: given.node.wallet, point: point(given.node.tee_pubkey) };
let failed = 0;

function check(what, good, detail = '') {
  console.log(`${good ? 'ok   ' : 'FAILED '}${what} ${good ? '' : detail}`);
  failed += good ? 0 : 1;
}

async function refused(what, status, call) {
  try {
    check(what, false, JSON.stringify(await call()));
  } catch (error) {
    const told = error instanceof Refused && error.status === status
      && typeof error.body.detail === 'string' && error.body.code && error.body.error_code;
    check(what, told, String(error));
  }
}

// One app under each age of the platform's supervisor in turn; the oldest names the ciphertext in
// either way.
const kinds = Object.keys(DERIVATIONS).map((derivation) => ['encrypted_data', derivation]);
for (const [name, derivation] of [['ciphertext', 'static'], ...kinds]) {
  const client = new NovaClient(node, given.wallet, given.tee, name, derivation);
  const field = `${name}, ${derivation}`;
  const key = await client.derive('path', 'context', 48);
  const again = await client.derive('path', 'context', 48);
  check(`${field}: a key of the length that was asked for`,
    Buffer.from(key.key, 'base64').length === 48 && key.path === 'path' && key.length === 48, key);
  check(`${field}: the same again`, key.key === again.key);
  const put = await client.put('a/key', 'value of é');
  check(`${field}: put says when`, Number.isInteger(put.updated_at_ms) && put.app_id === 8, put);
  check(`${field}: get`, (await client.get('a/key')).toString() === 'value of é');
  const list = await client.list();
  check(`${field}: list`, list.count === 1 && list.keys[0] === 'a/key', JSON.stringify(list));
  const gone = await client.delete('a/key');
  check(`${field}: delete`, gone.deleted === true && gone.key === 'a/key', JSON.stringify(gone));
  await refused(`${field}: get of what was deleted`, 404, () => client.get('a/key'));
}

const client = new NovaClient(node, given.wallet, given.tee);
const proof = await client.proof();
await client.call('GET', '/kms/data', undefined, proof);
await refused('a proof is good once', 403, () => client.call('GET', '/kms/data', undefined, proof));
await refused('a proof for another node', 403, async () => client.call(
  'GET', '/kms/data', undefined, await client.proof(`0x${'11'.repeat(20)}`)));
await refused('no path', 400, () => client.call('POST', '/kms/derive', { context: 'x' }));
await refused('a key of no bytes', 400, () => client.derive('path', '', 0));
const checksum = await client.proof(require('ethers').getAddress(node.wallet));
check('the wallet in the spelling of EIP-55', (await client.call(
  'GET', '/kms/data', undefined, checksum).then((list) => list.count === 0, String)) === true);
process.exit(failed ? 1 : 0);
