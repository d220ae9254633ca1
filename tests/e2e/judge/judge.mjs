// Judges a running node: starknet.js and the keys of the seed document say, from the inputs alone,
// which address, which hash and which key each answer must have.
// usage: node judge.mjs COFFER-NODE PEER; JUDGE_SEED repeats a run, JUDGE_CASES is the number of each kind
// PEER is that of tests/e2e/ethers, for what wallets sign to log in.
import { randomBytes } from 'node:crypto';
import { ec, hash, outsideExecution, typedData } from 'starknet';
import { account, CLASSES, DEFAULT_CLASS, GUARDED } from './accounts.mjs';
import { Logins } from './logins.mjs';
import { Node } from './node.mjs';
import { Random } from './random.mjs';
import { chainId, chainOf, randomCall, randomDeclare, randomDeploy, randomInvoke, randomSeedSign } from './transactions.mjs';
import { randomTypedData } from './typed.mjs';

const cases = Number(process.env.JUDGE_CASES ?? 60);
const seed = process.env.JUDGE_SEED ?? randomBytes(8).toString('hex');
const random = new Random(seed);
const node = new Node(process.argv[2]);
const hex = (value) => `0x${BigInt(value).toString(16)}`;
let passed = 0;
let failed = 0;

function same(what, actual, expected) {
  if (actual === undefined || BigInt(actual) !== BigInt(expected)) {
    throw new Error(`${what} is ${actual}, not ${hex(expected)}`);
  }
}

function sameList(what, actual, expected) {
  same(`length of ${what}`, actual.length, expected.length);
  expected.forEach((each, i) => same(`${what}[${i}]`, actual[i], each));
}

function verifies(what, messageHash, signature, point) {
  const [r, s] = signature.map(BigInt);
  if (!ec.starkCurve.verify(new ec.starkCurve.Signature(r, s), hex(messageHash), point)) {
    throw new Error(`${what} does not verify`);
  }
}

// Every answer to a signing request.
function checkSigned(answer, expected, owner) {
  if (!answer.success) throw new Error(JSON.stringify(answer));
  same('hash', answer.transaction_hash ?? answer.message_hash, expected);
  same('public_key', answer.public_key, owner.publicKey);
  same('account_address', answer.account_address, owner.address);
  verifies('signature', expected, answer.signature.slice(0, 2), owner.point);
}

// The transaction that comes back is the one that was asked for, ready to be sent.
function checkTransaction(answer, asked, owner) {
  const sent = answer.transaction;
  sameList('signature', sent.signature, answer.signature);
  same('nonce', sent.nonce, asked.api.nonce);
  same('tip', sent.tip, asked.api.tip ?? 0);
  for (const [name, bound] of Object.entries(asked.api.resource_bounds)) {
    same(`${name} amount`, sent.resource_bounds[name].max_amount, bound.max_amount);
    same(`${name} price`, sent.resource_bounds[name].max_price_per_unit, bound.max_price_per_unit);
  }
  if (asked.api.type !== 'DEPLOY_ACCOUNT') same('sender', sent.sender_address, owner.address);
  for (const [name, list] of Object.entries(asked.lists)) sameList(name, sent[name] ?? [], list);
}

// What a Braavos account's deployment signs besides: what it becomes.
function checkDeployment(answer, asked, owner) {
  const signature = answer.signature.map(BigInt);
  if (owner.class.implementation === undefined) {
    same('signature length', signature.length, 2);
    return;
  }
  const zeros = Array(9).fill(0n);
  const second = [owner.class.implementation, ...zeros, BigInt(chainId(asked.chain))];
  sameList('signature', signature.slice(2, 13), second);
  const expected = hash.computePoseidonHashOnElements(second);
  verifies('second signature', expected, signature.slice(13), owner.point);
}

const known = [];
function newOwner(ofClass = random.pick(CLASSES)) {
  const username = `judge_${known.length}_${random.text([...'abcXYZ019.-'], 1, 12)}`;
  const index = random.chance(50) ? 0 : Number(random.number(31));
  const made = account(node.seed, username, index, ofClass);
  const names = { username, key_index: index };
  if (ofClass !== DEFAULT_CLASS || random.chance(50)) names.account_class = ofClass.name;
  const owner = { ...made, names };
  known.push(owner);
  return owner;
}

// An address costs starknet.js as much as all else of a case, so most ask for one that was made
// before, which the node has in its cache.
function anyOwner() {
  return random.chance(75) ? random.pick(known) : newOwner();
}

const transactionCase = (make, more) => (i) => {
  const owner = i < CLASSES.length ? newOwner(CLASSES[i]) : anyOwner();
  const asked = make(random, owner);
  return {
    body: { ...owner.names, transaction: asked.api },
    check: (answer) => {
      checkSigned(answer, asked.expected, owner);
      checkTransaction(answer, asked, owner);
      more?.(answer, asked, owner);
    },
  };
};

const typedCase = (revision) => () => {
  const owner = anyOwner();
  const data = randomTypedData(random, revision);
  const expected = typedData.getMessageHash(data, hex(owner.address));
  return {
    body: { ...owner.names, typed_data: data },
    check: (answer) => checkSigned(answer, expected, owner),
  };
};

// As typed data and from its fields, in turn.
const outsideCase = (version) => (i) => {
  const owner = anyOwner();
  const chain = chainOf(random);
  const calls = random.list(4, () => randomCall(random));
  const options = {
    caller: random.chance(50) ? '0x414e595f43414c4c4552' : hex(random.address()),
    execute_after: random.number(50).toString(),
    execute_before: hex(random.number(63)),
  };
  const nonce = hex(random.felt());
  const js = calls.map((each) => each.js);
  const data = outsideExecution.getTypedData(chainId(chain), options, nonce, js, version);
  const expected = typedData.getMessageHash(data, hex(owner.address));
  const fields = { version: Number(version), nonce, ...options, calls: calls.map((each) => each.api) };
  const asked = i % 2 === 0 ? { typed_data: data } : { outside_execution: fields, chain_id: chain };
  return {
    body: { ...owner.names, ...asked },
    check: (answer) => {
      checkSigned(answer, expected, owner);
      if (answer.type !== 'outside_execution') throw new Error(`taken for ${answer.type}`);
    },
  };
};

const hashCase = () => {
  const owner = anyOwner();
  const message = random.bits(251);
  return {
    body: { ...owner.names, message_hash: random.written(message) },
    check: (answer) => checkSigned(answer, message, owner),
  };
};

const accountCase = (i) => {
  const owner = newOwner(CLASSES[i % CLASSES.length]);
  return {
    path: '/v1/starknet/accounts',
    body: owner.names,
    check: (answer) => {
      same('address', answer.address, owner.address);
      same('public_key', answer.public_key, owner.publicKey);
      same('class_hash', answer.class_hash, owner.class.classHash);
      sameList('constructor_calldata', answer.constructor_calldata, owner.calldata);
    },
  };
};

const seedSignCase = () => {
  const owner = newOwner(DEFAULT_CLASS);
  const asked = randomSeedSign(random, owner);
  const { username, key_index } = owner.names;
  return {
    path: '/sign',
    body: { username, key_index, operation: 'sign_transaction', transaction_payload: asked.payload },
    check: (answer) => {
      const signature = answer.transaction_signed.split(',');
      sameList('transaction.signature', answer.transaction.signature, signature);
      checkSigned({ ...answer, signature }, asked.expected, owner);
    },
  };
};

const KINDS = {
  account: accountCase,
  'invoke v3': transactionCase(randomInvoke),
  'deploy_account v3': transactionCase(randomDeploy, checkDeployment),
  'declare v3': transactionCase(randomDeclare),
  'typed data, revision 0': typedCase(0),
  'typed data, revision 1': typedCase(1),
  'outside execution v1': outsideCase('1'),
  'outside execution v2': outsideCase('2'),
  'message hash': hashCase,
  'seed /sign': seedSignCase,
};

// Half of what may come in a batch does.
async function answers(list) {
  const batched = list.filter((each, i) => each.path === undefined && i % 2 === 0);
  if (batched.length > 0) {
    const body = { items: batched.map((each) => each.body) };
    const answer = await node.call('POST', '/v1/starknet/sign', body);
    if (!answer.success) throw new Error(JSON.stringify(answer));
    batched.forEach((each, i) => (each.answer = answer.results[i]));
  }
  for (const each of list.filter((one) => one.answer === undefined)) {
    each.answer = await node.call('POST', each.path ?? '/v1/starknet/sign', each.body);
  }
}

function judge(kind, each) {
  try {
    each.check(each.answer);
    passed++;
    return true;
  } catch (error) {
    failed++;
    console.log(`FAILED ${kind}: ${error.message}\n  asked ${JSON.stringify(each.body).slice(0, 2000)}`);
    return false;
  }
}

// An answer that is wrong in one place must not pass.
function judgeJudge(kind, each) {
  const flip = (value) => hex(BigInt(value) ^ 1n);
  for (const name of ['address', 'account_address', 'public_key', 'transaction_hash', 'message_hash', 'signature']) {
    if (each.answer[name] === undefined) continue;
    const wrong = structuredClone(each.answer);
    wrong[name] = name === 'signature' ? [wrong[name][0], flip(wrong[name][1])] : flip(wrong[name]);
    try {
      each.check(wrong);
    } catch {
      passed++;
      continue;
    }
    failed++;
    console.log(`FAILED ${kind}: a wrong ${name} passes`);
  }
}

// An account of two keys, both of the node's users: each signs its half.
async function judgeGuarded(i) {
  const ofClass = GUARDED[i % GUARDED.length];
  const guard = newOwner(DEFAULT_CLASS);
  const plainOwner = newOwner(ofClass);
  const { username, key_index } = plainOwner.names;
  const owner = account(node.seed, username, key_index, ofClass, guard.publicKey);
  const data = randomTypedData(random, 1);
  const asked = [
    () => ((each) => [{ transaction: each.api }, each.expected])(randomInvoke(random, owner)),
    () => ((each) => [{ transaction: each.api }, each.expected])(randomDeploy(random, owner)),
    () => [{ typed_data: data }, typedData.getMessageHash(data, hex(owner.address))],
  ];
  const [what, expected] = asked[i % asked.length]();
  const shared = { ...what, account_class: ofClass.name, account_address: hex(owner.address), expected_hash: expected };
  const sign = (names) => node.call('POST', '/v1/starknet/sign', { ...shared, ...names });
  const half = await sign({ username, key_index, guardian: hex(guard.publicKey) });
  const whole = await sign({
    username: guard.names.username,
    key_index: guard.names.key_index,
    owner: hex(owner.publicKey),
    other_signature: half.signature,
  });
  if (!whole.success) throw new Error(`${JSON.stringify(half)} ${JSON.stringify(whole)}`);
  same('account_address', whole.account_address, owner.address);
  same('hash', whole.transaction_hash ?? whole.message_hash, expected);
  same('length of signature', whole.signature.length, 4);
  verifies("the owner's half", expected, whole.signature.slice(0, 2), owner.point);
  verifies("the guardian's half", expected, whole.signature.slice(2), guard.point);
  if (whole.transaction) sameList('signature', whole.transaction.signature, whole.signature);
}

async function judgeAllGuarded() {
  let good = 0;
  for (let i = 0; i < cases; i++) {
    try {
      await judgeGuarded(i);
      good++;
      passed++;
    } catch (error) {
      failed++;
      console.log(`FAILED guardian: ${error.message}`);
    }
  }
  console.log(`accounts with a guardian: ${good} of ${cases}`);
}

async function judgeLogins() {
  const logins = new Logins(process.argv[3], random);
  for (const kind of ['wallet', 'plain']) {
    let good = 0;
    for (let i = 0; i < cases / 3; i++) {
      try {
        await logins[kind]();
        good++;
        passed++;
      } catch (error) {
        failed++;
        console.log(`FAILED ${kind} ${i}: ${error.message}`);
      }
    }
    console.log(`proofs, ${kind}: ${good} of ${Math.ceil(cases / 3)}`);
  }
  logins.end();
}

console.log(`JUDGE_SEED=${seed} JUDGE_CASES=${cases}`);
try {
  await node.ready();
  for (const [kind, make] of Object.entries(KINDS)) {
    const list = Array.from({ length: cases }, (_, i) => make(i));
    await answers(list);
    const good = list.filter((each) => judge(kind, each));
    if (good.length > 0) judgeJudge(kind, good[0]);
    console.log(`${kind}: ${good.length} of ${list.length}`);
  }
  await judgeAllGuarded();
  await judgeLogins();
} catch (error) {
  failed++;
  console.log(`FAILED ${error.stack}`);
} finally {
  await node.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
