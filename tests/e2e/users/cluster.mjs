// Users of three nodes of a cluster, each of which is asked what another one was told.
// usage: cluster.mjs JSON: {urls: [a, b, c], operator: private key of Ed25519 in PEM, master: URL of who can
// stop b and c, and kill c}; ends with N passed, N failed.
import {
  addService, authenticatorId, b64u, enrolment, keyBody, localTenant, login, makeKey, meet, post, Refused, Service,
  statement,
} from './user_client.mjs';
import { ask, check, end, given, operator, refusal } from './counted.mjs';
import { judge, TRANSFER } from './transfer.mjs';

const ACCOUNTS = '/v1/starknet/accounts';
const nodes = await Promise.all(given.urls.map(meet));
const [a, b, c] = nodes;
const place = { domain: a.domain, tenant: localTenant(a.domain, 'default') };
const commit = (node, said) => post(node.url, '/v1/statements', said.whole);
// What a client asks again for, here or elsewhere.
const LATER = ['BEHIND', 'NOT_CURRENT', 'UNAVAILABLE', 'WRITE_UNSETTLED', 'OVERLOADED'];

// Ask until it is so, at most for the seconds that the formats promise. Returns: seconds, or Infinity.
async function until(wanted, doing, seconds = 40) {
  const began = Date.now();
  let code = '';
  while (Date.now() - began < 1000 * seconds) {
    code = 'OK';
    try {
      await doing();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      code = error.code;
    }
    if (code === wanted) return (Date.now() - began) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  console.log(`    last said: ${code}`);
  return Infinity;
}

const soon = async (what, wanted, doing, seconds) => check(what, await until(wanted, doing, seconds) < Infinity);

async function patient(doing) {
  for (let i = 0; ; i++) {
    try {
      return await doing();
    } catch (error) {
      if (!LATER.includes(error.code) || i === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

// Stated at one node, a user logs in at the next one and signs at all.
async function everywhere() {
  const key = makeKey(1);
  await patient(async () => commit(a, await enrolment(place, 'alice', key, operator)));
  const session = await patient(() => login(b, place, 'alice', [key], makeKey(2)));
  const addresses = new Set();
  for (const node of nodes) {
    const account = await patient(() => session.call('POST', ACCOUNTS, {}, { node }));
    addresses.add(account.address);
    const signed = await patient(() => session.call('POST', '/v1/starknet/sign', { transaction: TRANSFER }, { node }));
    check('each node signs for the one account', judge(account, signed), JSON.stringify(signed));
    for (const other of nodes.filter((each) => each !== node)) {
      await refusal('what is for one node is not for another', 'NODE_CHANGED', () =>
        session.send({ ...session.last, url: other.url }));
    }
    await refusal('nor twice for that one', 'NONCE_SPENT', () => session.send(session.last));
  }
  check('there is one account', addresses.size === 1);
  const lines = { recipient: `cluster:${place.tenant}` };
  await session.call('GET', '/v1/sessions', undefined, { lines });
  const list = session.last;
  for (const node of [a, c]) {
    await refusal('what is read is for all of them', 'OK', () => session.send({ ...list, url: node.url, node }));
  }
  return { key, session };
}

async function services() {
  const key = makeKey(4);
  await patient(async () => commit(c, await addService(place, operator, key)));
  for (const node of nodes) {
    const service = new Service(node, key, place.tenant);
    await soon('a service key counts at each node', 'OK', () => service.call('POST', ACCOUNTS, { username: 'alice' }));
  }
}

async function revocations({ key, session }) {
  const other = await patient(() => login(c, place, 'alice', [key], makeKey(4)));
  await patient(() => session.call('DELETE', `/v1/sessions/${other.caller}`, undefined, { node: a }));
  for (const node of nodes) {
    await soon('a session that was revoked at one node is so at all', 'SESSION_REVOKED', () =>
      other.call('POST', ACCOUNTS, {}, { node }), 30);
  }
  await refusal('and the other one goes on', 'OK', () => session.call('POST', ACCOUNTS, {}, { node: a }));
  const lost = makeKey(3);
  await patient(async () => commit(b, await enrolment(place, 'bob', lost, operator)));
  const his = await patient(() => login(a, place, 'bob', [lost], makeKey(1)));
  await patient(async () => commit(c, await statement(place, {
    op: 'user.revoke', scope: 'u:bob', body: { ids: [b64u(authenticatorId(place.tenant, lost))], since: null },
  }, [operator])));
  for (const node of nodes) {
    await soon('with a key all of its sessions end', 'SESSION_REVOKED', () => his.call('POST', ACCOUNTS, {}, { node }), 30);
  }
}

// Two devices at once, at two nodes: one is first.
async function races() {
  const key = makeKey(1);
  const first = await enrolment(place, 'carol', key, operator);
  await patient(() => commit(a, first));
  const added = await Promise.all([1, 4].map(async (n) => {
    const second = makeKey(n);
    return statement(place, {
      op: 'user.add', scope: 'u:carol', seq: 2, prev: first.P, body: keyBody(second),
    }, [key, second]);
  }));
  const codes = await Promise.all([b, c].map((node, i) => patient(() => commit(node, added[i])).then(() => 'OK', (error) => error.code)));
  check('one of two entries for one place is taken', codes.sort().join() === 'OK,STATEMENT_SEQ', codes);
}

// Two who have leave for one name, at two nodes at once: it is of one of them, wherever one asks.
async function names() {
  for (let i = 0; i < 3; i++) {
    const user = `dave-${i}`;
    const keys = [makeKey(4), makeKey(4)];
    const said = await Promise.all(keys.map((key) => enrolment(place, user, key, operator)));
    const codes = await Promise.all(said.map((each, k) => patient(() => commit(nodes[(i + k) % 3], each))
      .then(() => 'OK', (error) => error.code)));
    check('a name is given once', codes.sort().join() === 'OK,STATEMENT_SEQ', codes);
    const entered = await Promise.all(keys.map((key) => patient(() => login(nodes[(i + 2) % 3], place, user, [key], makeKey(4)))
      .then(() => 'OK', (error) => error.code)));
    check('and one key logs in', entered.sort().join() === 'AUTH_FAILED,OK', entered);
  }
}

// A node that is killed while it commits: what anybody was told is done is there.
async function killed() {
  const done = [];
  let isOver = false;
  await Promise.all([...nodes.map(async (_, w) => {
    for (let i = 0; !isOver; i++) {
      const user = `erin-${w}-${i}`;
      const key = makeKey(4);
      const said = await enrolment(place, user, key, operator);
      // Also what was cut off may be done; who was not told does not count on it.
      const code = await commit(nodes[(w + i) % 3], said).then(() => 'OK', (error) => error.code ?? 'cut off');
      if (code === 'OK') done.push({ user, key });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }), (async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await ask('/killed');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    isOver = true;
  })()]);
  check('some were enrolled', done.length > 3, done.length);
  for (const { user, key } of done.slice(-30)) {
    for (const node of [a, b]) {
      await refusal(`${user} is there`, 'OK', () => patient(() => login(node, place, user, [key], makeKey(4))));
    }
  }
}

// A node that hears no majority does not know what was revoked.
async function alone({ session }) {
  await ask('/alone');
  await soon('nobody acts for users where no majority is heard', 'UNAVAILABLE', () =>
    session.call('POST', ACCOUNTS, {}, { node: a }), 45);
  await ask('/together');
  await soon('and goes on when it is', 'OK', () => session.call('POST', ACCOUNTS, {}, { node: a }), 60);
}

const alice = await everywhere();
await services();
await revocations(alice);
await races();
await names();
await alone(alice);
await killed();
end();
