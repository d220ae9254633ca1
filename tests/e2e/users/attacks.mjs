// What hosts, thieves and strangers try with statements and logins at a node, beside users.mjs.
// usage: attacks.mjs JSON: {url, operator: private key of Ed25519 in PEM}; ends with N passed, N failed.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  addService, authenticatorId, b64u, enrolment, hex, keyBody, localTenant, login, makeKey, meet, post, SCHEMES,
  Service, serviceId, Session, sha256, statement, ticket,
} from './user_client.mjs';
import { check, end, given, operator, refusal } from './counted.mjs';
import { TRANSFER } from './transfer.mjs';

const node = await meet(given.url);
const place = { domain: node.domain, tenant: localTenant(node.domain, 'default') };
const elsewhere = { domain: node.domain, tenant: localTenant(node.domain, 'strict') };
const ACCOUNTS = '/v1/starknet/accounts';
const base64 = (data) => Buffer.from(data).toString('base64');

// What fails counts against its address: each part of this has one of its own.
let here = 0;
const commit = (said, address = `198.51.100.${here}`) => post(node.url, '/v1/statements', said.whole, {
  'X-Forwarded-For': address,
});
const state = async (said, signers, where = place) => {
  const made = await statement(where, said, signers);
  await commit(made);
  return made;
};
const refusalCode = (ask) => ask().then(() => 'OK', (error) => error.code);
const refuse = async (what, code, said, signers, where = place) =>
  refusal(what, code, async () => commit(await statement(where, said, signers)));
const idsOf = (...keys) => ({
  ids: keys.map((key) => authenticatorId(place.tenant, key)).sort(Buffer.compare).map(b64u), since: null,
});
const addKey = (user, seq, prev, key, leave = null) => ({
  op: 'user.add', scope: `u:${user}`, seq, prev, body: keyBody(key, leave),
});

const recoveryBody = (key) => {
  const { ticket: _, ...body } = keyBody(key);
  return body;
};

async function enrol(user, n = 1, where = place) {
  const key = makeKey(n);
  const said = await enrolment(where, user, key, operator);
  await commit(said);
  return { user, key, P: said.P };
}

/* --- tickets ---------------------------------------------------------------------------------- */

const first = (user, key, leave) => state(addKey(user, 1, undefined, key, leave), [key]);

async function tickets() {
  const key = makeKey(1);
  const thief = makeKey(1);
  const leave = await ticket(place, 'tina', key, [operator]);
  await refusal('a ticket for another key', 'TICKET_INVALID', () => first('tina', thief, leave));
  await refusal('a ticket for another name', 'TICKET_INVALID', () => first('tom', key, leave));
  await refusal('a ticket of nobody\'s', 'STATEMENT_SIGNER', async () =>
    first('tina', key, await ticket(place, 'tina', key, [makeKey(4)])));
  await refusal('a ticket of one\'s own', 'STATEMENT_SIGNER', async () =>
    first('tina', key, await ticket(place, 'tina', key, [key])));
  await refusal('a ticket for another tenant', 'TICKET_INVALID', async () =>
    first('tina', key, await ticket(elsewhere, 'tina', key, [operator])));
  await refusal('a ticket for another deployment', 'TICKET_INVALID', async () =>
    first('tina', key, await ticket({ ...place, domain: '11'.repeat(32) }, 'tina', key, [operator])));
  const over = leave.text.split('\n');
  over[6] = String(Date.now() - 1000);
  over[5] = String(Date.now() - 2000);
  await refusal('a ticket that is over', 'TICKET_INVALID', () => first('tina', key, {
    text: over.join('\n'), sigs: [[operator.n, b64u(operator.K), b64u(operator.prove(over.join('\n')))]],
  }));
  await refusal('a ticket that says more than was signed', 'TICKET_INVALID', () => first('tina', key, {
    ...leave, text: leave.text.replace(/[0-9a-f]{32}$/, hex(randomBytes(16))),
  }));
  await refusal('without a ticket', 'STATEMENT_SIGNER', () => first('tina', key, null));
  await refusal('a ticket and another\'s signature', 'STATEMENT_SIGNER', async () =>
    commit(await statement(place, addKey('tina', 1, undefined, key, leave), [thief])));
  await refusal('the one whom it is for', 'OK', () => first('tina', key, leave));
  await refusal('again, in another text', 'STATEMENT_SEQ', () => first('tina', key, leave));
  await state({ op: 'user.revoke', scope: 'u:tina', body: idsOf(key) }, [key]);
  const again = await refusal('once its key is revoked', 'STATEMENT_SEQ', () => first('tina', key, leave));
  check('it is nobody', again.code !== undefined, again.message);
  await refusal('nor does that key log in', 'AUTH_FAILED', () => login(node, place, 'tina', [key], makeKey(1)));
}

/* --- statements ------------------------------------------------------------------------------- */

async function strangers() {
  const alice = await enrol('alice');
  const mallory = await enrol('mallory', 4);
  const own = makeKey(1);
  await refuse('a key for somebody else, by a user', 'STATEMENT_SIGNER', addKey('alice', 2, alice.P, own), [mallory.key, own]);
  await refuse('a key for somebody else, by itself', 'STATEMENT_SIGNER', addKey('alice', 2, alice.P, own), [own]);
  await refuse('a key that does not sign itself', 'STATEMENT_SIGNER', addKey('alice', 2, alice.P, own), [alice.key]);
  await refuse('somebody else\'s key is revoked', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: 'u:alice', body: idsOf(alice.key) }, [mallory.key]);
  await refuse('as if it were one\'s own name', 'STATEMENT_SIGNER',
    { op: 'policy.freeze', scope: 'o:alice', body: { version: 0 } }, [mallory.key]);
  await refuse('a freeze of all', 'STATEMENT_SIGNER', { op: 'policy.freeze', scope: 't', body: { version: 0 } }, [mallory.key]);
  await refuse('a name that there is not', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: 'u:nobody', body: idsOf(mallory.key) }, [mallory.key]);
  await refuse('what authority says, by a user', 'STATEMENT_SIGNER', {
    op: 'user.recover', scope: 'u:alice', seq: 2, prev: alice.P, body: recoveryBody(own),
  }, [mallory.key]);
  await refusal('a service key by a user', 'STATEMENT_SIGNER', async () =>
    commit(await addService(place, mallory.key, makeKey(1))));
  const good = await statement(place, { op: 'user.revoke', scope: 'u:alice', body: idsOf(alice.key) }, [operator]);
  const swapped = b64u(JSON.stringify(idsOf(mallory.key)));
  await refusal('another body', 'RECORD_INVALID', () => commit({ whole: { ...good.whole, body: swapped } }));
  await refusal('at another tenant', 'STATEMENT_SIGNER', () =>
    commit({ whole: { ...good.whole, tenant: elsewhere.tenant } }));
  const moved = { ...good.whole, tenant: elsewhere.tenant, text: good.whole.text.replace(place.tenant, elsewhere.tenant) };
  await refusal('its text with it', 'AUTH_FAILED', () => commit({ whole: moved }));
  await refuse('for another deployment', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: 'u:alice', body: idsOf(alice.key) }, [operator], { ...place, domain: '22'.repeat(32) });
  await refusal('and she goes on', 'OK', () => login(node, place, 'alice', [alice.key], makeKey(1)));
}

// A stolen second key may not take the first one away, nor come back.
async function thieves() {
  const { key, P } = await enrol('victor');
  const stolen = makeKey(4);
  const second = await state(addKey('victor', 2, P, stolen), [key, stolen]);
  await refuse('a later key revokes an earlier one', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: 'u:victor', body: idsOf(key) }, [stolen]);
  await refuse('both at once', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: 'u:victor', body: idsOf(key, stolen) }, [stolen]);
  const another = makeKey(3);
  const third = await state(addKey('victor', 3, second.P, another), [stolen, another]);
  await state({
    op: 'user.revoke', scope: 'u:victor', body: { ...idsOf(stolen), since: 3 },
  }, [key]);
  await refusal('what a stolen key added goes with it', 'AUTH_FAILED', () =>
    login(node, place, 'victor', [another], makeKey(1)));
  await refusal('nor does it log in', 'AUTH_FAILED', () => login(node, place, 'victor', [stolen], makeKey(1)));
  await refuse('nor is it added again', 'STATEMENT_SIGNER', addKey('victor', 4, third.P, stolen), [key, stolen]);
  await refusal('while the first one does', 'OK', () => login(node, place, 'victor', [key], makeKey(1)));
}

async function services() {
  const { user, key, P } = await enrol('sam');
  const reader = new Service(node, makeKey(1), place.tenant);
  await commit(await addService(place, operator, reader.key, { users: [user] }));
  await refuse('revokes without leave', 'STATEMENT_SIGNER',
    { op: 'user.revoke', scope: `u:${user}`, body: idsOf(key) }, [reader.key]);
  const fresh = makeKey(1);
  await refusal('gives tickets without leave', 'STATEMENT_SIGNER', async () =>
    first('new-1', fresh, await ticket(place, 'new-1', fresh, [reader.key])));
  await refuse('adds a key to a user', 'STATEMENT_SIGNER', addKey(user, 2, P, fresh), [reader.key, fresh]);
  await refuse('adds itself to a user', 'STATEMENT_SIGNER', addKey(user, 2, P, reader.key), [reader.key]);
  await refuse('freezes', 'STATEMENT_SIGNER', { op: 'policy.freeze', scope: `u:${user}`, body: { version: 0 } }, [reader.key]);
  const helper = makeKey(4);
  await commit(await addService(place, operator, helper, { scopes: 16, users: ['new-2', user] }));
  await refusal('gives tickets for names that it has not', 'STATEMENT_SIGNER', async () =>
    first('new-3', fresh, await ticket(place, 'new-3', fresh, [helper])));
  const enrolled = await state(addKey('new-2', 1, undefined, fresh, await ticket(place, 'new-2', fresh, [helper])), [fresh]);
  const other = makeKey(1);
  await refuse('adds to whom it enrolled', 'STATEMENT_SIGNER',
    addKey('new-2', 2, enrolled.P, other, await ticket(place, 'new-2', other, [helper])), [other]);
  const asker = new Service(node, helper, place.tenant);
  await refusal('reads with a scope to enrol', 'SCOPE', () => asker.call('POST', ACCOUNTS, { username: user }));
  await state({ op: 'service.revoke', scope: `s:${hex(serviceId(place.tenant, helper))}`, body: {} }, [helper]);
  await refusal('gives tickets after it revoked itself', 'STATEMENT_SIGNER', async () =>
    first('new-2b', other, await ticket(place, 'new-2b', other, [helper])));
  await refusal('comes back', 'STATEMENT_SEQ', async () => commit(await addService(place, operator, helper)));
}

// A freeze that is over stays over, whoever brings it again.
async function freezes() {
  const { user, key } = await enrol('fred');
  const session = await login(node, place, user, [key], makeKey(1));
  const sign = () => session.call('POST', '/v1/starknet/sign', { transaction: TRANSFER });
  const freeze = await state({ op: 'policy.freeze', scope: `u:${user}`, body: { version: 0 } }, [operator]);
  await refusal('a frozen user signs', 'FROZEN', sign);
  await refusal('logs in', 'FROZEN', () => login(node, place, user, [key], makeKey(1)));
  await refuse('thaws itself', 'STATEMENT_SIGNER',
    { op: 'policy.set', scope: `u:${user}`, body: { version: 1, document: '{"v":1}' } }, [key]);
  await state({ op: 'policy.set', scope: `u:${user}`, body: { version: 1, document: '{"v":1}' } }, [operator]);
  await refusal('goes on', 'OK', sign);
  await refusal('the freeze is brought again', 'OK', () => commit(freeze));
  await refusal('and freezes nothing', 'OK', sign);
}

// Whoever has stolen a key would like nobody to revoke it.
async function floods() {
  const { user, key } = await enrol('flora');
  const revoke = { op: 'user.revoke', scope: `u:${user}`, body: idsOf(key) };
  const stranger = await statement(place, revoke, [makeKey(4)]);
  const forged = await statement(place, revoke, [key]);
  const [n, K, proof] = forged.whole.sigs[0];
  forged.whole.sigs[0] = [n, K, (proof[0] === 'A' ? 'B' : 'A') + proof.slice(1)];
  const others = [];
  for (let i = 0; i < 200; i++) {
    const lost = await refusalCode(() => commit(i % 2 ? stranger : forged, `192.0.2.${1 + (i & 2)}`));
    if (!others.includes(lost)) others.push(lost);
  }
  check('what fails is slowed down', others.includes('RATE_LIMITED'), others);
  const own = await statement(place, revoke, [key]);
  await refusal('and keeps nobody from revoking', 'OK', () => commit(own, '192.0.2.9'));
}

// Nobody acts for whom is frozen, by whichever way: a back end, a list of items, a bearer, a ticket.
async function waysAround() {
  const { user, key, P } = await enrol('wendy');
  const { user: free } = await enrol('walter');
  const backend = new Service(node, makeKey(4), place.tenant);
  await commit(await addService(place, operator, backend.key, { scopes: 15 }));
  const session = await login(node, place, user, [key], makeKey(1));
  const bearer = await login(node, place, user, [key], null);
  const read = async () => {
    const answer = await fetch(node.url + ACCOUNTS, {
      method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer.token}` },
    });
    return (await answer.json()).error_code ?? 'OK';
  };
  const sign = (body) => backend.call('POST', '/v1/starknet/sign', body);
  const rows = async (frozen) => {
    const code = frozen ? 'FROZEN' : 'OK';
    await refusal('a back end signs', code, () => sign({ username: user, transaction: TRANSFER }));
    await refusal('a back end looks', code, () => backend.call('POST', ACCOUNTS, { username: user }));
    await refusal('a session looks', code, () => session.call('POST', ACCOUNTS, {}));
    await refusal('a session is renewed', code, () => session.call('POST', '/v1/sessions/renew', {}));
    check('a bearer looks', await read() === code);
    const said = await sign({ items: [{ username: user, transaction: TRANSFER }, { username: free, transaction: TRANSFER }] });
    const codes = said.results.map((item) => item.error_code ?? 'OK');
    check('one item of two', codes.join() === `${code},OK`, JSON.stringify(said));
  };
  await rows(false);
  await state({ op: 'policy.freeze', scope: `o:${user}`, body: { version: 0 } }, [key]);
  await rows(true);
  const more = makeKey(4);
  await refuse('a key is added', 'FROZEN', addKey(user, 2, P, more), [key, more]);
  await state({ op: 'policy.set', scope: `o:${user}`, body: { version: 1, document: '{"v":1}' } }, [key]);
  await rows(false);
  await state({ op: 'policy.freeze', scope: `u:${user}`, body: { version: 0 } }, [operator]);
  await refuse('by its own layer', 'STATEMENT_SEQ',
    { op: 'policy.set', scope: `o:${user}`, body: { version: 1, document: '{"v":1}' } }, [key]);
  await state({ op: 'policy.set', scope: `o:${user}`, body: { version: 2, document: '{"v":1}' } }, [key]);
  await rows(true);
  await state({ op: 'policy.set', scope: `u:${user}`, body: { version: 1, document: '{"v":1}' } }, [operator]);
  await rows(false);
  await state({ op: 'policy.freeze', scope: `s:${backend.caller}`, body: { version: 0 } }, [operator]);
  await refusal('a frozen back end', 'FROZEN', () => sign({ username: free, transaction: TRANSFER }));
  await refusal('and nobody else', 'OK', () => session.call('POST', ACCOUNTS, {}));
}

// What a session may do is never more than what it was made for.
async function scopes() {
  const { user, key } = await enrol('sally');
  const client = makeKey(4);
  const made = await post(node.url, '/v1/sessions', { ...await parts(user, key, client), scopes: ['read'] });
  const session = new Session(node, client, made);
  const sign = (body) => session.call('POST', '/v1/starknet/sign', { transaction: TRANSFER, ...body });
  await refusal('a session to read signs', 'SCOPE', () => sign({}));
  await refusal('or revokes', 'SCOPE', () => session.call('DELETE', '/v1/sessions'));
  await refusal('or is renewed with more', 'UNKNOWN_FIELD', () =>
    session.call('POST', '/v1/sessions/renew', { scopes: ['sign'] }));
  session.made = await session.call('POST', '/v1/sessions/renew', {});
  await refusal('and renewed it is the same', 'SCOPE', () => sign({}));
  const signer = new Session(node, client, await post(node.url, '/v1/sessions', {
    ...await parts(user, key, client), scopes: ['sign', 'accounts'],
  }));
  await refusal('a session to sign takes a nonce of a lane', 'SCOPE', () =>
    signer.call('POST', '/v1/starknet/sign', { transaction: { ...TRANSFER, nonce: 7 }, lane: 0 }));
  const bearer = await login(node, place, user, [key], null);
  const answer = await fetch(`${node.url}/v1/sessions/renew`, {
    method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer.token}` },
  });
  check('a bearer is not renewed', answer.status !== 200, answer.status);
}

/* --- logins ----------------------------------------------------------------------------------- */

// A login, part by part, so that others can be put in their place.
async function parts(user, key, client, { purpose = 'login', where = place, detail = '-' } = {}) {
  const cnfType = client === null ? 0 : client.n;
  const cnf = sha256(Buffer.concat([Buffer.of(cnfType), client === null ? Buffer.alloc(0) : client.K]));
  const of = client === null ? null : { scheme: SCHEMES[client.n], key: base64(client.K) };
  const who = { tenant: where.tenant, username: user, client_key: of };
  const { challenge } = await post(node.url, '/v1/sessions/challenge', { ...who, purpose });
  const text = ['CofferAuth/1', where.domain, where.tenant, purpose, user, `${cnfType}:${hex(cnf)}`, challenge, detail]
    .join('\n');
  const proof = { scheme: SCHEMES[key.n], key: base64(key.K), proof: base64(await key.prove(text, purpose)) };
  return { ...who, challenge, proofs: [proof] };
}

async function logins() {
  const { user, key } = await enrol('lisa');
  const other = await enrol('larry');
  const client = makeKey(1);
  const mine = makeKey(1);
  const made = await parts(user, key, client);
  const enter = (what, code, body) => refusal(what, code, () => post(node.url, '/v1/sessions', body));
  const keyOf = (one) => ({ scheme: SCHEMES[one.n], key: base64(one.K) });
  await enter('a login for the key of a thief', 'AUTH_FAILED', { ...made, client_key: keyOf(mine) });
  await enter('a login for no key', 'AUTH_FAILED', { ...made, client_key: null });
  await enter('a login of another user', 'AUTH_FAILED', { ...made, username: other.user });
  await enter('a login at another tenant', 'AUTH_FAILED', { ...made, tenant: elsewhere.tenant });
  const his = await parts(other.user, other.key, client);
  await enter('a challenge of another user', 'AUTH_FAILED', { ...made, challenge: his.challenge });
  await enter('a challenge that is made up', 'AUTH_FAILED', { ...made, challenge: made.challenge.replace(/.{8}$/, '00000000') });
  await enter('a step-up for a login', 'AUTH_FAILED', await parts(user, key, client, { purpose: 'step-up', detail: '00'.repeat(32) }));
  await enter('the same proof twice', 'BAD_REQUEST', { ...made, proofs: [...made.proofs, ...made.proofs] });
  const one = await post(node.url, '/v1/sessions', made);
  const two = await post(node.url, '/v1/sessions', made);
  check('a login that is sent again is the same session', one.session_id === two.session_id);
  await post(node.url, '/v1/sessions', { ...made, scopes: ['read'] });
  const session = await login(node, place, user, [key], client);
  await session.call('DELETE', `/v1/sessions/${one.session_id}`);
  await enter('and stays revoked', 'SESSION_REVOKED', made);
  const early = await parts(user, key, client);
  await session.call('DELETE', '/v1/sessions');
  await enter('a challenge of before all were revoked', 'CHALLENGE_STALE', early);
  await refusal('a session of before', 'SESSION_REVOKED', () => session.call('POST', ACCOUNTS, {}));
}

// Whoever has a session could have it kept that thousands ended which there never were.
async function inventions() {
  const { user, key } = await enrol('ivan');
  const session = await login(node, place, user, [key], makeKey(4));
  const codes = [];
  for (let i = 0; i < 70; i++) {
    codes.push(await refusalCode(() => session.call('DELETE', `/v1/sessions/${randomUUID()}`)));
  }
  check('a few are taken, and then no more', codes[0] === 'OK' && codes[69] === 'RATE_LIMITED', codes.join());
  await refusal('but all can be ended', 'OK', () => session.call('DELETE', '/v1/sessions'));
  await refusal('and are', 'SESSION_REVOKED', () => session.call('POST', ACCOUNTS, {}));
}

/* --- bodies ----------------------------------------------------------------------------------- */

async function raw(body, path = '/v1/statements') {
  const answer = await fetch(node.url + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const told = await answer.text();
  return `${answer.status} ${JSON.parse(told).error_code}`;
}

async function bodies() {
  const { user, key } = await enrol('boris');
  const good = (await statement(place, { op: 'user.revoke', scope: `u:${user}`, body: idsOf(key) }, [makeKey(4)])).whole;
  const text = JSON.stringify(good);
  const sig = good.sigs[0];
  const rows = {
    'a member twice': text.replace('{', `{"text":${JSON.stringify(good.text)},`),
    'a NUL in a text': text.replace('CofferState', 'Coffer\\u0000State'),
    'a NUL': text.replace('CofferState', 'Coffer\0State'),
    'half a character': text.replace('CofferState', 'Coffer\\ud800State'),
    'nested': `{"text":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    'nested signatures': JSON.stringify({ ...good, sigs: [[[[[sig]]]]] }),
    'no signature': JSON.stringify({ ...good, sigs: [] }),
    'seventeen signatures': JSON.stringify({ ...good, sigs: Array(17).fill(sig) }),
    'one signature sixteen times': JSON.stringify({ ...good, sigs: Array(16).fill(sig) }),
    'a scheme that is none': JSON.stringify({ ...good, sigs: [[99, sig[1], sig[2]]] }),
    'a great number': text.replace('[[4,', '[[4e99,'),
    'a fraction': text.replace('[[4,', '[[4.5,'),
    'base64 of another kind': JSON.stringify({ ...good, body: `${good.body}=` }),
    'base64 with spaces': JSON.stringify({ ...good, body: ` ${good.body}` }),
    'a long key': JSON.stringify({ ...good, sigs: [[4, 'A'.repeat(4000), sig[2]]] }),
    'a long proof': JSON.stringify({ ...good, sigs: [[4, sig[1], 'A'.repeat(60000)]] }),
    'a member that there is not': JSON.stringify({ ...good, more: 1 }),
    'a tenant that is none': JSON.stringify({ ...good, tenant: 'x' }),
    'a tenant that there is not': JSON.stringify({ ...good, tenant: '44'.repeat(32) }),
    'a text that is null': JSON.stringify({ ...good, text: null }),
    'a list': `[${text}]`,
    'half of it': text.slice(0, -20),
    'two of them': text + text,
    'a long text': JSON.stringify({ ...good, text: 'x'.repeat(3000) }),
    'nothing': '',
  };
  for (const [what, body] of Object.entries(rows)) {
    const said = await raw(body);
    check(what, /^4(00|01|03|13|22|29) /.test(said), said);
  }
  for (const of of [
    '{"version":0,"version":0}', '{ "version":0}', '{"version":00}', '{"version":-1}', '{"version":1e0}', '{"version":0}\n',
    '{"version":18446744073709551616}', '{"version":"0"}', '{"VERSION":0}', '[]', '', '{"version":0,"x":null}',
  ]) {
    const lines = ['CofferState/1', place.domain, place.tenant, 'policy.freeze', 't', '-', '-', 0, hex(sha256(of)), hex(randomBytes(16))];
    const said = lines.join('\n');
    const whole = { text: said, body: b64u(of), sigs: [[operator.n, b64u(operator.K), b64u(operator.prove(said))]] };
    await refusal(`a freeze that says ${of}`, 'RECORD_INVALID', () => commit({ whole }));
  }
  await refusal('all go on', 'OK', () => login(node, place, user, [key], makeKey(1)));
}

for (const rows of [tickets, strangers, thieves, services, freezes, waysAround, floods, logins, scopes, inventions, bodies]) {
  here += 1;
  await rows();
}
end();
