// Users and service keys of two nodes that have one root, and everything that must not work.
// usage: users.mjs JSON: {urls: [a, b], operator: private key of Ed25519 in PEM, master: URL of who started
// them, secrets: file for what must be nowhere}; ends with N passed, N failed.
import { writeFileSync } from 'node:fs';
import {
  addService, authenticatorId, b64u, enrolment, hex, keyBody, localTenant, login, makeKey, meet, post, secrets,
  Service, serviceId, Session, statement, stepUp, verify,
} from './user_client.mjs';
import { ask, check, end, given, operator, refusal } from './counted.mjs';
import { judge, TRANSFER } from './transfer.mjs';

const [a, b] = await Promise.all(given.urls.map(meet));
const place = { domain: a.domain, tenant: localTenant(a.domain, 'default') };
const both = { domain: a.domain, tenant: localTenant(a.domain, 'both') };
const strict = { domain: a.domain, tenant: localTenant(a.domain, 'strict') };
check('two nodes of one deployment', a.domain === b.domain && a.name !== b.name);

// Nodes without a cluster: each is told what there is.
const told = [];
async function commit(said) {
  told.push(said.whole);
  for (const node of [a, b]) await post(node.url, '/v1/statements', said.whole);
}

async function enrol(where, user, key) {
  const said = await enrolment(where, user, key, operator);
  await commit(said);
  return said.P;
}

/* --- what works ------------------------------------------------------------------------------- */

async function works(user, enrolled, client) {
  const key = makeKey(enrolled);
  await enrol(place, user, key);
  const session = await login(a, place, user, [key], makeKey(client));
  const account = await session.call('POST', '/v1/starknet/accounts', {});
  check(`${user}: the account is his`, account.username === user);
  const signed = await session.call('POST', '/v1/starknet/sign', { transaction: TRANSFER });
  check(`${user}: starknet.js takes the signature`, judge(account, signed), JSON.stringify(signed));
  return { user, key, session, account };
}

// Each scheme enrols and logs in, and each signs requests.
const people = [];
for (let n = 1; n <= 5; n++) people.push(await works(`user-${n}`, n, 1 + (n % 5)));
const [alice, bob] = people;

const service = new Service(a, makeKey(4), place.tenant);
await commit(await addService(place, operator, service.key, { users: ['user-1', 'user-3'] }));
const shown = await service.call('POST', '/v1/starknet/accounts', { username: 'user-1' });
check('a service key is shown the same account', shown.address === alice.account.address);
const signed = await service.call('POST', '/v1/starknet/sign', { username: 'user-1', transaction: TRANSFER });
check('and signs for it', judge(alice.account, signed));

/* --- what must not ---------------------------------------------------------------------------- */

const ACCOUNTS = '/v1/starknet/accounts';
const SIGN = '/v1/starknet/sign';
const sign = (session, body = {}, options = {}) => session.call('POST', SIGN, { transaction: TRANSFER, ...body }, options);
const withHeader = (name, value) => (parts) => ({ ...parts, headers: { ...parts.headers, [name]: value } });
const flip = (text) => (text[0] === 'A' ? 'B' : 'A') + text.slice(1);

async function replays() {
  const { session } = alice;
  await sign(session);
  const made = session.last;
  await refusal('the same again', 'NONCE_SPENT', () => session.send(made));
  const other = await refusal('at the other node', 'NODE_CHANGED', () => session.send({ ...made, url: b.url }));
  check('which says who it is', other.answer.headers.get('Coffer-Resp-Node') === b.name);
  check('and signs nothing of it', other.answer.headers.get('Coffer-Resp-Signature') === null);
  await refusal('signed for it, its first time', 'OK', () => sign(session, {}, { node: b }));
  const atB = session.last;
  await refusal('and there once only', 'NONCE_SPENT', () => session.send(atB));
  await refusal('nor at the first one', 'NODE_CHANGED', () => session.send({ ...atB, url: a.url }));
  await refusal('as if it had been for it', 'POP_SIGNATURE', () => session.send({
    ...withHeader('Coffer-Pop-Recipient', a.name)(atB), url: a.url,
  }));
  await service.call('POST', ACCOUNTS, { username: 'user-1' });
  await refusal('of a service key', 'NONCE_SPENT', () => service.send(service.last));
  await refusal('of a service key elsewhere', 'NODE_CHANGED', () => service.send({ ...service.last, url: b.url }));
  const key = 'once-1';
  const first = await sign(session, {}, { repeat: key });
  const second = await sign(session, {}, { repeat: key });
  check('a repeat is the same answer', JSON.stringify(first) === JSON.stringify(second));
  await refusal('of another body', 'IDEMPOTENCY_CONFLICT', () => sign(session, { key_index: 1 }, { repeat: key }));
  const his = await sign(bob.session, {}, { repeat: key });
  check('and nobody else\'s', his.transaction_hash !== first.transaction_hash);
}

// Whoever carries answers may swap, change and repeat them.
async function answers() {
  const { session, account } = alice;
  await session.call('POST', ACCOUNTS, { key_index: 1 });
  const { answer, told, digest } = session.answer;
  const signed = (text, by = digest, of = answer) => verify(a, of, text, by);
  check('an answer is signed', signed(told));
  check('as it is', !signed(told.replace(/"address":"0x[0-9a-f]{3}/, '"address":"0x123')));
  await session.call('POST', ACCOUNTS, {});
  check('for its own request', !signed(told, session.answer.digest)
    && !verify(a, answer, session.answer.told, session.answer.digest));
  await refusal('a refusal', 'FORBIDDEN', () => session.call('POST', ACCOUNTS, { username: 'user-2' }));
  check('is signed too', session.isSigned);
  await bob.session.call('POST', ACCOUNTS, {});
  const his = bob.session.answer;
  check('nobody is shown what another one asked for', !verify(a, his.answer, his.told, session.answer.digest)
    && account.address !== JSON.parse(his.told).address);
}

// What is only read may go to any node.
async function everywhere() {
  const { session } = alice;
  const lines = { recipient: `cluster:${place.tenant}` };
  await refusal('a list, for all nodes', 'OK', () => session.call('GET', '/v1/sessions', undefined, { lines }));
  const made = session.last;
  await refusal('once at each', 'NONCE_SPENT', () => session.send(made));
  await refusal('and at the other', 'OK', () => session.send({ ...made, url: b.url, node: b }));
  await refusal('of another tenant', 'AUTH_FAILED', () => session.call('GET', '/v1/sessions', undefined, {
    lines: { recipient: `cluster:${strict.tenant}` },
  }));
  await refusal('with another query', 'POP_SIGNATURE', () => session.call('GET', '/v1/sessions', undefined, {
    lines, change: (parts) => ({ ...parts, path: `${parts.path}?x=1` }),
  }));
  await refusal('not to revoke', 'POP_MALFORMED', () => session.call('DELETE', `/v1/sessions/${bob.session.caller}`, undefined, { lines }));
  await refusal('nor of a service key', 'POP_MALFORMED', () => service.call('POST', ACCOUNTS, { username: 'user-1' }, { lines }));
}

// The same node, started again: whoever knows it from before has to meet it anew.
async function startedAgain() {
  const { session, key, user } = alice;
  const early = await ask('/again');
  const [now] = await Promise.all([meet(early.url)]);
  check('it has another name', now.name !== a.name && now.wallet !== a.wallet);
  const said = await refusal('what was signed for it before', 'NODE_CHANGED', () => sign(session, {}, { node: { ...a, url: now.url } }));
  check('is told whom to verify', said.answer.headers.get('Coffer-Resp-Node') === now.name);
  await refusal('of a service key', 'NODE_CHANGED', () => service.call('POST', ACCOUNTS, { username: 'user-1' }, {
    node: { ...a, url: now.url },
  }));
  await refusal('signed anew, by a user whom it does not know yet', 'BEHIND', () => sign(session, {}, { node: now }));
  await refusal('and a service key', 'AUTH_FAILED', () => service.call('POST', ACCOUNTS, { username: 'user-1' }, { node: now }));
  for (const each of told) await post(now.url, '/v1/statements', each);
  const answer = await refusal('once it was told again, they go on', 'OK', () => sign(session, {}, { node: now, repeat: 'once-2' }));
  check('with the same keys', judge(alice.account, answer));
  await refusal('the service key too', 'OK', () => service.call('POST', ACCOUNTS, { username: 'user-1' }, { node: now }));
  await refusal('what was revoked stays so', 'SESSION_REVOKED', () => sign(people[2].session, {}, { node: now }));
  await refusal('and he logs in there', 'OK', () => login(now, place, user, [key], makeKey(1)));
}

async function changes() {
  const { session } = alice;
  const other = JSON.stringify({ transaction: { ...TRANSFER, nonce: 8 } });
  await refusal('another body', 'POP_SIGNATURE', () => sign(session, {}, { change: (parts) => ({ ...parts, body: other }) }));
  await refusal('another target', 'POP_SIGNATURE', () => session.call('POST', ACCOUNTS, {}, {
    change: (parts) => ({ ...parts, path: SIGN }),
  }));
  await refusal('another key for repeats', 'POP_SIGNATURE', () => sign(session, {}, { change: withHeader('Idempotency-Key', 'x') }));
  for (const [name, code] of [['Time', 'POP_SIGNATURE'], ['Nonce', 'POP_SIGNATURE']]) {
    await refusal(`another ${name}`, code, () => sign(session, {}, {
      change: (parts) => withHeader(`Coffer-Pop-${name}`, name === 'Time' ? String(Date.now() + 7)
        : 'f'.repeat(16))(parts),
    }));
  }
  for (const [what, lines] of [['label', { label: 'CofferPoP/1' }], ['role', { role: 'service' }], ['method', { method: 'PUT' }],
    ['domain', { domain: '00'.repeat(32) }]]) {
    await refusal(`signed for another ${what}`, 'POP_SIGNATURE', () => sign(session, {}, { lines }));
  }
  await refusal('a signature that is none', 'POP_SIGNATURE', () => sign(session, {}, {
    change: (parts) => withHeader('Coffer-Pop-Signature', flip(parts.headers['Coffer-Pop-Signature']))(parts),
  }));
  const late = String(Date.now() - 65000);
  await refusal('late', 'POP_STALE', () => sign(session, {}, { lines: { time: late } }));
  await refusal('early', 'POP_STALE', () => sign(session, {}, { lines: { time: String(Date.now() + 65000) } }));
  await refusal('for all nodes, though it signs', 'POP_MALFORMED', () => sign(session, {}, {
    lines: { recipient: `cluster:${place.tenant}` },
  }));
}

async function others() {
  const { session } = alice;
  await refusal('another user', 'FORBIDDEN', () => sign(session, { username: 'user-2' }));
  await refusal('another user in a batch', 'OK', async () => {
    const said = await session.call('POST', SIGN, { items: [{ transaction: TRANSFER }, { username: 'user-2', transaction: TRANSFER }] });
    check('is refused alone', said.results[0].success && said.results[1].error_code === 'FORBIDDEN', JSON.stringify(said));
    return said;
  });
  await refusal('the key of another session', 'AUTH_FAILED', () => sign(session, {}, {
    change: withHeader('Coffer-Pop-Key', b64u(bob.session.key.K)),
  }));
  const thief = new Session(a, makeKey(1), session.made);
  await refusal('a token with another key', 'AUTH_FAILED', () => sign(thief));
  thief.key = bob.session.key;
  await refusal('or with one that has a session itself', 'AUTH_FAILED', () => sign(thief));
  const mixed = new Session(a, session.key, bob.session.made);
  await refusal('a key with another token', 'AUTH_FAILED', () => sign(mixed));
  mixed.caller = session.caller;
  await refusal('and the name of its own session', 'AUTH_FAILED', () => sign(mixed));
  const [head, tail] = session.made.token.split(/\.(?=[^.]*$)/);
  for (const token of [`${head}.${flip(tail)}`, `${head.slice(0, 60)}${flip(head.slice(60))}.${tail}`, head, 'cfs1..', '']) {
    await refusal('a token that is none', 'AUTH_FAILED', () => sign(session, {}, { change: withHeader('Authorization', `Bearer ${token}`) }));
  }
  await refusal('no token', 'POP_MISSING', () => sign(session, {}, {
    change: (parts) => {
      delete parts.headers.Authorization;
      return parts;
    },
  }));
}

async function counters() {
  const key = makeKey(4);
  const session = await login(a, place, alice.user, [alice.key], key);
  session.counter = 999n;
  await sign(session);
  for (const [what, counter, code] of [['the same', 1000n, 'NONCE_SPENT'], ['the oldest that may come', 937n, 'OK'],
    ['once', 937n, 'NONCE_SPENT'], ['one that is too old', 936n, 'NONCE_INVALID'], ['the first of all', 0n, 'NONCE_INVALID'],
    ['far ahead', 2n ** 63n, 'OK'], ['what was next before that', 1001n, 'NONCE_INVALID'],
    ['the greatest', 2n ** 64n - 1n, 'OK'], ['after which there is none', 0n, 'NONCE_INVALID']]) {
    session.counter = counter - 1n;
    await refusal(`counter: ${what}`, code, () => sign(session, {}, { lines: { nonce: counter.toString(16).padStart(16, '0') } }));
  }
  for (const nonce of ['1', '0000000000000ABC', '00000000000000001', '0x00000000000001']) {
    await refusal('a counter of another form', 'POP_MALFORMED', () => sign(session, {}, { lines: { nonce } }));
  }
}

async function bearers() {
  const made = await login(a, place, alice.user, [alice.key], null);
  const ask = (path, body, token = made.token) => fetch(a.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const read = await ask(ACCOUNTS, {});
  check('a bearer reads', read.status === 200 && (await read.json()).address === alice.account.address);
  check('and nobody vouches for what it reads', read.headers.get('Coffer-Resp-Signature') === null);
  for (const [what, path, body, token, code] of [
    ['it signs nothing', SIGN, { transaction: TRANSFER }, made.token, 'SCOPE'],
    ['nor for others', ACCOUNTS, { username: 'user-2' }, made.token, 'FORBIDDEN'],
    ['a token that has a key is nothing without it', ACCOUNTS, {}, alice.session.made.token, 'POP_MISSING'],
  ]) {
    const said = await (await ask(path, body, token)).json();
    check(what, said.error_code === code, JSON.stringify(said));
  }
  const forged = new Session(a, makeKey(1), made);
  await refusal('a key is not added to it', 'AUTH_FAILED', () => sign(forged));
}

async function services() {
  await refusal('a user whom it may not act for', 'AUTH_FAILED', () => service.call('POST', ACCOUNTS, { username: 'user-2' }));
  await refusal('a user whom there is not', 'AUTH_FAILED', () => service.call('POST', ACCOUNTS, { username: 'nobody' }));
  await refusal('nobody named', 'MISSING_FIELD', () => service.call('POST', ACCOUNTS, {}));
  const reader = new Service(a, makeKey(1), place.tenant);
  await refusal('one that is not there yet', 'AUTH_FAILED', () => reader.call('POST', ACCOUNTS, { username: 'user-1' }));
  await commit(await addService(place, operator, reader.key, { scopes: 3 }));
  await refusal('one that may read', 'OK', () => reader.call('POST', ACCOUNTS, { username: 'user-2' }));
  await refusal('may not sign', 'SCOPE', () => sign(reader, { username: 'user-2' }));
  const thief = new Service(a, makeKey(1), place.tenant);
  thief.caller = reader.caller;
  await refusal('another key with its name', 'AUTH_FAILED', () => thief.call('POST', ACCOUNTS, { username: 'user-2' }));
  await refusal('with a token beside', 'POP_MALFORMED', () => service.call('POST', ACCOUNTS, { username: 'user-1' }, {
    change: withHeader('Authorization', `Bearer ${alice.session.made.token}`),
  }));
  const end = await statement(place, {
    op: 'service.revoke', scope: `s:${reader.caller}`, body: {},
  }, [operator]);
  await commit(end);
  await refusal('a revoked one', 'AUTH_FAILED', () => reader.call('POST', ACCOUNTS, { username: 'user-2' }));
  const old = new Service(a, makeKey(3), place.tenant);
  await commit(await addService(place, operator, old.key, { not_after: Date.now() + 1500 }));
  await refusal('one for a moment', 'OK', () => old.call('POST', ACCOUNTS, { username: 'user-1' }));
  await new Promise((resolve) => setTimeout(resolve, 1600));
  await refusal('is over then', 'AUTH_FAILED', () => old.call('POST', ACCOUNTS, { username: 'user-1' }));
}

// A tenant that wants the user's own word for everything.
async function tenants() {
  const key = makeKey(1);
  const first = await enrol(strict, 'user-1', key);
  const session = await login(a, strict, 'user-1', [key], makeKey(1));
  const account = await session.call('POST', ACCOUNTS, {});
  check('the same name elsewhere is somebody else', account.address !== alice.account.address);
  await refusal('the key of one tenant is none of another', 'AUTH_FAILED', () => login(a, place, 'user-1', [key], makeKey(1)));
  await refusal('another tenant in a body', 'UNKNOWN_FIELD', () => sign(session, { tenant: place.tenant }));
  const bearer = await login(a, strict, 'user-1', [key], null);
  const read = await fetch(a.url + ACCOUNTS, {
    method: 'POST', body: '{}', headers: { Authorization: `Bearer ${bearer.token}`, 'Content-Type': 'application/json' },
  });
  check('a bearer is not sure enough', (await read.json()).error_code === 'FORBIDDEN');
  const backend = new Service(a, makeKey(2), strict.tenant);
  await commit(await addService(strict, operator, backend.key));
  await refusal('nor a service key without the user\'s word', 'FORBIDDEN', () => sign(backend, { username: 'user-1' }));
  const grant = await statement(strict, {
    op: 'user.grant', scope: 'u:user-1', seq: 2, prev: first,
    body: { service: b64u(serviceId(strict.tenant, backend.key)), document: null, not_after: Date.now() + 3600000 },
  }, [key]);
  await commit(grant);
  await refusal('with it it is', 'OK', () => sign(backend, { username: 'user-1' }));
}

// A tenant that wants a second authenticator for everything.
async function seconds() {
  const key = makeKey(1);
  const second = makeKey(3);
  const prev = await enrol(both, 'user-1', key);
  await commit(await statement(both, {
    op: 'user.add', scope: 'u:user-1', seq: 2, prev, body: keyBody(second),
  }, [key, second]));
  const client = makeKey(4);
  const session = await login(a, both, 'user-1', [key], client);
  const asked = (step, options = {}) => session.call('POST', ACCOUNTS, {}, { step, ...options });
  await refusal('one authenticator is not enough', 'FORBIDDEN', () => asked());
  await refusal('the same one again neither', 'FORBIDDEN', () => asked(stepUp(both, 'user-1', client, [key])));
  await refusal('a second one for this request', 'OK', () => asked(stepUp(both, 'user-1', client, [second])));
  const kept = session.last.headers['Coffer-Pop-Step'];
  await refusal('and not for the next', 'FORBIDDEN', () => asked());
  await refusal('nor when it is shown again', 'AUTH_FAILED', () => asked(async () => kept));
  await refusal('nor of another user', 'AUTH_FAILED', () => asked(stepUp(both, 'user-2', client, [second])));
  await refusal('nor of another client', 'AUTH_FAILED', () => asked(stepUp(both, 'user-1', makeKey(4), [second])));
  await refusal('nor of another tenant', 'AUTH_FAILED', () => asked(stepUp(strict, 'user-1', client, [second])));
  await refusal('nor with a login\'s', 'AUTH_FAILED', () => asked(stepUp(both, 'user-1', client, [second], 'login')));
  await refusal('nor with a key of nobody\'s', 'AUTH_FAILED', () => asked(stepUp(both, 'user-1', client, [makeKey(3)])));
  await refusal('nor with one that is none', 'POP_MALFORMED', () => asked(async () => 'AAAA'));
  await refusal('and for its body alone', 'POP_SIGNATURE', () => asked(stepUp(both, 'user-1', client, [second]), {
    change: (parts) => ({ ...parts, body: '{"key_index":1}' }),
  }));
  const whole = await login(a, both, 'user-1', [key, second], client);
  await refusal('both at the login', 'OK', () => whole.call('POST', ACCOUNTS, {}));
  const backend = new Service(a, makeKey(2), both.tenant);
  await commit(await addService(both, operator, backend.key));
  await refusal('a service key never', 'FORBIDDEN', () => backend.call('POST', ACCOUNTS, { username: 'user-1' }));
}

async function revocations() {
  const { session, key, user } = people[2];
  await sign(session);
  const said = await statement(place, {
    op: 'user.revoke', scope: `u:${user}`,
    body: { ids: [b64u(authenticatorId(place.tenant, key))], since: null },
  }, [operator]);
  await commit(said);
  await refusal('a session of before a revocation', 'SESSION_REVOKED', () => sign(session));
  await refusal('nor does the key log in again', 'AUTH_FAILED', () => login(a, place, user, [key], makeKey(1)));
  const mine = await login(a, place, bob.user, [bob.key], makeKey(2));
  const other = await login(a, place, bob.user, [bob.key], makeKey(2));
  await mine.call('DELETE', `/v1/sessions/${other.caller}`);
  await refusal('a session that was revoked', 'SESSION_REVOKED', () => sign(other));
  await refusal('and no other one', 'OK', () => sign(mine));
}

for (const rows of [
  replays, changes, answers, everywhere, others, counters, bearers, services, tenants, seconds, revocations,
  startedAgain,
]) await rows();
writeFileSync(given.secrets, JSON.stringify([...secrets].filter((text) => text.length === 24)));
end();
