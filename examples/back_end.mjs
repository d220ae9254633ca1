// A back end that has Coffer sign for its users with a service key, as docs/for-back-ends.md says.
//
// usage: node back_end.mjs DEPLOYMENT KEY USERNAME [TRANSACTION]
//
// Without a transaction it shows the account of the user. DEPLOYMENT and TRANSACTION are files in
// JSON, KEY is one in PEM, of P-256 or Ed25519. Needs Node.js 20 and the package ethers, which
// checks who answered.
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { verifyMessage } from 'ethers';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hex = (data) => Buffer.from(data).toString('hex');

// A key as Coffer names it: the number of its scheme, and the bytes of its public half.
function readKey(file) {
  const secret = createPrivateKey(readFileSync(file));
  const { crv, x, y } = createPublicKey(secret).export({ format: 'jwk' });
  const bytes = Buffer.from(x, 'base64url');
  if (crv === 'Ed25519') return { scheme: 4, bytes, sign: (text) => sign(null, Buffer.from(text), secret) };
  const even = Buffer.of(2 + (Buffer.from(y, 'base64url')[31] & 1));
  return {
    scheme: 1,
    bytes: Buffer.concat([even, bytes]),
    sign: (text) => sign('sha256', Buffer.from(text), { key: secret, dsaEncoding: 'ieee-p1363' }),
  };
}

const tenantId = (domain, name) =>
  sha256('coffer/tenant/1', Buffer.of(2), Buffer.from(domain, 'hex'), Buffer.of(name.length), name);
const serviceId = (tenant, key) =>
  hex(sha256('coffer/service/1', tenant, Buffer.of(key.scheme), key.bytes).subarray(0, 16));

// Who answers at an address. Its wallet has to be that of the deployment; what it calls this start
// of its program is believed, since answers that it did not sign are not.
async function meet({ url, wallet }, domain) {
  const said = await (await fetch(`${url}/v1/identity`)).json();
  if (said.domain_id !== domain || said.node.split(':')[0] !== wallet) {
    throw new Error(`${url} is not the node of the deployment`);
  }
  return { url, wallet, domain, name: said.node };
}

// Whether the node signed this answer, to this request and to no other one.
function isOfNode(node, digest, answer, text) {
  const said = (name) => answer.headers.get(`Coffer-Resp-${name}`) ?? '';
  const lines = ['CofferResp/2', digest, answer.status, hex(sha256(text)), said('Node'), said('Block'),
    said('Epoch'), said('Audit'), said('Time')];
  return said('Signature') !== '' && said('Node') === node.name
    && verifyMessage(lines.join('\n'), said('Signature')).toLowerCase() === node.wallet;
}

// One request. order: what makes it this order of yours and no other; it is carried out once for
// each, however often it is asked.
async function ask(node, key, path, body, order) {
  const text = JSON.stringify(body);
  const caller = serviceId(tenantId(node.domain, 'default'), key);
  const { nonce } = await (await fetch(`${node.url}/v1/nonce`)).json();
  const time = String(Date.now());
  const said = ['CofferPoP/2', 'service', 'POST', path, hex(sha256(text)), node.domain, node.name, caller, nonce,
    time, order].join('\n');
  const answer = await fetch(node.url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Coffer-Pop-Signature': key.sign(said).toString('base64url'),
      'Coffer-Pop-Nonce': nonce,
      'Coffer-Pop-Time': time,
      'Coffer-Pop-Caller': caller,
      'Coffer-Pop-Recipient': node.name,
      'Idempotency-Key': order,
    },
    body: text,
  });
  const told = await answer.text();
  const isSigned = isOfNode(node, hex(sha256(said)), answer, told);
  const result = JSON.parse(told);
  if (answer.status !== 200) {
    throw new Error(`${result.error_code}: ${result.error}${isSigned ? '' : ' (not signed by the node)'};`
      + ` next: ${result.hint}`);
  }
  if (!isSigned) throw new Error('the answer is not signed by the node: do not use it');
  return result;
}

const [deploymentFile, keyFile, username, transactionFile] = process.argv.slice(2);
if (username === undefined) {
  console.error('usage: node back_end.mjs DEPLOYMENT KEY USERNAME [TRANSACTION]');
  process.exit(2);
}
try {
  const deployment = JSON.parse(readFileSync(deploymentFile));
  const key = readKey(keyFile);
  const node = await meet(deployment.nodes[0], deployment.domain_id);
  const answer = transactionFile === undefined
    ? await ask(node, key, '/v1/starknet/accounts', { username, key_index: 0 }, randomUUID())
    : await ask(node, key, '/v1/starknet/sign',
      { username, key_index: 0, transaction: JSON.parse(readFileSync(transactionFile)) }, randomUUID());
  console.log(JSON.stringify(answer, null, 2));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
