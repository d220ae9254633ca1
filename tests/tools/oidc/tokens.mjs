// Makes tests/vectors/oidc-tokens.json once: ID tokens for test_oidc_token.c. The good ones are
// made, and all are judged, by jose 6.2.3 (npm); what jose does not make is put together by node's
// crypto.
//
// usage: npm install jose@6.2.3 beside it, then node tokens.mjs >tests/vectors/oidc-tokens.json
//
// jose's word on a token stands beside ours. It knows nothing of our nonce and takes more than one
// audience; what it refuses we must refuse, and what we take it must take.
import * as crypto from "node:crypto";
import * as jose from "jose";

const now = 1764460800; // seconds
const iss = "https://issuer.example/realms/one";
const aud = "client-1";
const issuers = [
  { iss, auds: [aud], sub: "public", algs: ["RS256", "PS256", "ES256", "EdDSA"] },
  { iss: "https://pairwise.example", auds: [aud], sub: "pairwise", algs: ["ES256"] },
  { iss: "https://two.example", auds: [aud, "client-2"], sub: "public", algs: ["ES256", "EdDSA"] },
];
const proof = crypto.createHash("sha256").update("oidc-tokens").digest();
const nonce = proof.toString("base64url");
const b64 = (data) => Buffer.from(data).toString("base64url");

const algs = { rs: "RS256", ps: "PS256", es: "ES256", ed: "EdDSA", big: "RS256", plain: "RS256" };
const pairs = {};
const keys = [];
for (const [kid, alg] of Object.entries(algs)) {
  const options = { extractable: true, modulusLength: kid === "big" ? 4096 : 2048 };
  pairs[kid] = await jose.generateKeyPair(alg, options);
  const jwk = await jose.exportJWK(pairs[kid].publicKey);
  // As many issuers do, one key does not say what it is for.
  keys.push(kid === "plain" ? { ...jwk, kid } : { ...jwk, kid, alg, use: "sig" });
}
const set = jose.createLocalJWKSet({ keys });

const claims = { iss, aud, sub: "user-1", exp: now + 300, iat: now, nonce };
const cases = [];

async function judged(token, issuer) {
  try {
    await jose.jwtVerify(token, set, {
      issuer: issuer.iss, audience: issuer.auds, currentDate: new Date(now * 1000),
      algorithms: issuer.algs,
    });
    return true;
  } catch {
    return false;
  }
}

// K of the authenticator, from what was meant.
function keyOf(issuer, token) {
  const said = jose.decodeJwt(token);
  const counted = (text) => [Buffer.of(text.length >> 8, text.length & 255), Buffer.from(text)];
  const whom = issuer.sub === "pairwise" ? [said.aud].flat()[0] : "";
  return Buffer.concat([said.iss, whom, said.sub].flatMap(counted)).toString("hex");
}

async function add(name, code, token, at = 0) {
  const good = await judged(token, issuers[at]);
  if (code === "OK" && !good) throw new Error(`jose refuses ${name}`);
  const key = code === "OK" ? keyOf(issuers[at], token) : "";
  cases.push({ name, code, jose: good, issuer: at, key, token });
}

// By jose: what it signs as it is told.
function make(kid, payload, header = {}) {
  return new jose.SignJWT(payload).setProtectedHeader({ alg: algs[kid], kid, ...header })
    .sign(pairs[kid].privateKey);
}

const rsa = (key, padding) => (text) => crypto.sign("sha256", Buffer.from(text), {
  key: crypto.KeyObject.from(key), padding,
  saltLength: padding === crypto.constants.RSA_PKCS1_PSS_PADDING ? 32 : undefined });
const signers = {
  rs: rsa(pairs.rs.privateKey, crypto.constants.RSA_PKCS1_PADDING),
  ps: rsa(pairs.ps.privateKey, crypto.constants.RSA_PKCS1_PSS_PADDING),
};

// By hand: header and payload are texts, signed as they stand.
function raw(header, payload, sign = signers.rs) {
  const text = `${b64(header)}.${b64(payload)}`;
  return `${text}.${b64(sign(text))}`;
}

const head = (more = {}) => JSON.stringify({ alg: "RS256", kid: "rs", ...more });
const body = (more = {}) => JSON.stringify({ ...claims, ...more });
const without = (name) => JSON.stringify({ ...claims, [name]: undefined });

// What is taken.
for (const kid of Object.keys(algs)) await add(`signed with ${kid}`, "OK", await make(kid, claims));
await add("typ JWT", "OK", await make("rs", claims, { typ: "JWT" }));
await add("an audience in a list", "OK", await make("es", { ...claims, aud: [aud] }));
await add("another listed audience, azp", "OK",
  await make("es", { ...claims, iss: issuers[2].iss, aud: "client-2", azp: "client-1" }), 2);
await add("pairwise", "OK", await make("es", { ...claims, iss: issuers[1].iss }), 1);
await add("pairwise, a list", "OK",
  await make("es", { ...claims, iss: issuers[1].iss, aud: [aud] }), 1);
await add("the second audience", "OK",
  await make("ed", { ...claims, iss: issuers[2].iss, aud: "client-2" }), 2);
await add("the last millisecond", "OK", await make("es", { ...claims, exp: now + 1 }));
await add("an issuer's clock ahead", "OK", await make("es", { ...claims, iat: now + 60 }));
await add("nbf ahead", "OK", raw(head(), body({ nbf: now - 1 })));
await add("an old one with this nonce", "OK", await make("es", { ...claims, iat: now - 86400 }));
await add("what is never read", "OK", await make("ed", { ...claims,
  email: "somebody@else.example", email_verified: true, name: "\u0000", groups: ["admin"],
  at_hash: 7, auth_time: "x", jwk: keys[0], x5u: "https://evil.example" }));
await add("escapes in names and texts", "OK", raw(head(),
  body().replace('"sub"', '"s\\u0075b"').replace("user-1", "user\\u002d1")));
await add("the longest sub", "OK", await make("es", { ...claims, sub: "~".repeat(255) }));

// How it is signed.
const none = `${b64(head({ alg: "none" }))}.${b64(body())}.`;
await add("alg none", "OIDC_ALG", none);
await add("alg None", "OIDC_ALG", `${b64(head({ alg: "None" }))}.${b64(body())}.`);
await add("no signature", "AUTH_FAILED", `${b64(head())}.${b64(body())}.`);
const spki = await jose.exportSPKI(pairs.rs.publicKey);
for (const [what, secret] of Object.entries({
  PEM: spki, DER: crypto.createPublicKey(spki).export({ type: "spki", format: "der" }),
  modulus: Buffer.from(keys[0].n, "base64url"), JWK: JSON.stringify(keys[0]) })) {
  const hmac = (text) => crypto.createHmac("sha256", secret).update(text).digest();
  await add(`HS256 with the ${what} as secret`, "OIDC_ALG",
    raw(head({ alg: "HS256" }), body(), hmac));
  await add(`RS256 with an HMAC by the ${what}`, "AUTH_FAILED", raw(head(), body(), hmac));
}
for (const alg of ["RS384", "PS512", "ES384", "ES256K", "Ed25519", "rs256", "RS256 ", ""])
  await add(`alg ${alg}`, "OIDC_ALG", raw(head({ alg }), body()));
await add("alg 7", "OIDC_ALG", raw(head({ alg: 7 }), body()));
await add("no alg", "OIDC_ALG", raw(JSON.stringify({ kid: "rs" }), body()));
const crossed = (kid, padding) => rsa(pairs[kid].privateKey, padding);
await add("a PS256 signature by an RS256 key", "AUTH_FAILED",
  raw(head(), body(), crossed("rs", crypto.constants.RSA_PKCS1_PSS_PADDING)));
await add("a key for RS256 used for PS256", "OIDC_ALG",
  raw(head({ alg: "PS256" }), body(), crossed("rs", crypto.constants.RSA_PKCS1_PSS_PADDING)));
await add("a key for PS256 used for RS256", "OIDC_ALG",
  raw(head({ kid: "ps" }), body(), crossed("ps", crypto.constants.RSA_PKCS1_PADDING)));
await add("a key that says nothing used for PS256", "OIDC_ALG",
  raw(head({ alg: "PS256", kid: "plain" }), body(),
    crossed("plain", crypto.constants.RSA_PKCS1_PSS_PADDING)));
await add("PS256 with a salt of 20", "AUTH_FAILED", raw(head({ alg: "PS256", kid: "ps" }), body(),
  (text) => crypto.sign("sha256", Buffer.from(text), {
    key: crypto.KeyObject.from(pairs.ps.privateKey),
    padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 })));
await add("ES256 by an RSA key's name", "OIDC_ALG", raw(head({ alg: "ES256" }), body()));
await add("an algorithm that the issuer may not use", "OIDC_ALG",
  await make("rs", { ...claims, iss: issuers[1].iss }), 1);
await add("another issuer's audience", "OIDC_AUDIENCE",
  await make("es", { ...claims, iss: issuers[1].iss, aud: "client-2" }), 1);
const ecdsa = (encoding) => (text) => crypto.sign("sha256", Buffer.from(text),
  { key: crypto.KeyObject.from(pairs.es.privateKey), dsaEncoding: encoding });
const esHead = head({ alg: "ES256", kid: "es" });
await add("ES256 in DER", "AUTH_FAILED", raw(esHead, body(), ecdsa("der")));
await add("ES256 with more behind", "AUTH_FAILED",
  raw(esHead, body(), (text) => Buffer.concat([ecdsa("ieee-p1363")(text), Buffer.of(0)])));
await add("ES256 of zeros", "AUTH_FAILED", raw(esHead, body(), () => Buffer.alloc(64)));
await add("EdDSA of zeros", "AUTH_FAILED",
  raw(head({ alg: "EdDSA", kid: "ed" }), body(), () => Buffer.alloc(64)));
await add("EdDSA too short", "AUTH_FAILED",
  raw(head({ alg: "EdDSA", kid: "ed" }), body(), () => Buffer.alloc(63)));
await add("RS256 of zeros", "AUTH_FAILED", raw(head(), body(), () => Buffer.alloc(256)));
await add("RS256 too short", "AUTH_FAILED",
  raw(head(), body(), (text) => signers.rs(text).subarray(0, 255)));
await add("another key's signature", "AUTH_FAILED",
  raw(head(), body(), crossed("plain", crypto.constants.RSA_PKCS1_PADDING)));
await add("another key's name", "AUTH_FAILED", raw(head({ kid: "plain" }), body()));
await add("a name that is not there", "AUTH_FAILED", raw(head({ kid: "RS" }), body()));
await add("a name with more", "AUTH_FAILED", raw(head({ kid: "rs " }), body()));
await add("no kid", "OIDC_ALG", raw(JSON.stringify({ alg: "RS256" }), body()));
await add("a kid that is no text", "OIDC_ALG", raw(head({ kid: 7 }), body()));

// The header.
const forbidden = {
  crit: ["exp"], jku: "https://evil.example/keys", jwk: keys[0], x5u: "https://evil.example/cert",
  x5c: ["MIIB"], x5t: "AAAA", "x5t#S256": "AAAA", b64: true, cty: "JWT", enc: "A256GCM", zip: "DEF",
  url: "https://evil.example", p2c: 1, epk: keys[2], more: 0 };
for (const [name, value] of Object.entries(forbidden))
  await add(`header with ${name}`, "OIDC_ALG", raw(head({ [name]: value }), body()));
await add("unencoded payload", "OIDC_ALG", raw(head({ b64: false, crit: ["b64"] }), body()));
for (const typ of ["at+jwt", "jwt", "JWT ", "logout+jwt", "JOSE", "", 7])
  await add(`typ ${typ}`, "OIDC_ALG", raw(head({ typ }), body()));
await add("alg twice", "AUTH_FAILED",
  raw('{"alg":"none","kid":"rs","alg":"RS256"}', body()));
await add("kid twice, once escaped", "AUTH_FAILED",
  raw('{"alg":"RS256","kid":"plain","k\\u0069d":"rs"}', body()));
await add("a header that is a list", "AUTH_FAILED", raw('["RS256"]', body()));
await add("a header with more behind", "AUTH_FAILED", raw(`${head()} x`, body()));
await add("an empty header", "AUTH_FAILED", raw("", body()));

// The form.
const good = await make("rs", claims);
const [h, p, s] = good.split(".");
await add("padding behind the signature", "AUTH_FAILED", `${h}.${p}.${s}==`);
const padded = (text) => text + "=".repeat((4 - text.length % 4) % 4);
await add("padding behind all parts", "AUTH_FAILED", (() => {
  const text = `${padded(b64(head()))}.${padded(b64(body({ pad: 1 })))}`;
  return `${text}.${padded(b64(signers.rs(text)))}`;
})());
await add("the standard alphabet", "AUTH_FAILED", (() => {
  const text = `${b64(head())}.${Buffer.from(body({ x: "\u00ff\u00fe>>>???" }))
    .toString("base64").replaceAll("=", "")}`;
  return `${text}.${b64(signers.rs(text))}`;
})());
const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
await add("unused bits that are not zero", "AUTH_FAILED",
  `${h}.${p}.${s.slice(0, -1)}${last[last.indexOf(s.at(-1)) + 1]}`);
await add("a space in front", "AUTH_FAILED", ` ${good}`);
await add("a line's end behind", "AUTH_FAILED", `${good}\n`);
await add("two parts", "AUTH_FAILED", `${h}.${p}`);
await add("one part", "AUTH_FAILED", h);
await add("nothing", "AUTH_FAILED", "");
await add("four parts", "AUTH_FAILED", `${good}.`);
await add("an empty payload", "AUTH_FAILED", `${h}..${s}`);
await add("a JWS in JSON", "AUTH_FAILED",
  JSON.stringify({ protected: h, payload: p, signature: s }));
await add("a JWE", "AUTH_FAILED", await new jose.EncryptJWT(claims)
  .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "rs" })
  .encrypt(await jose.importSPKI(spki, "RSA-OAEP-256")));
await add("a JWE's header on a JWS", "OIDC_ALG",
  raw(head({ alg: "RSA-OAEP-256", enc: "A256GCM" }), body()));
await add("a token inside of a token", "AUTH_FAILED", raw(head(), good));
await add("a token as a JSON text", "AUTH_FAILED", raw(head(), JSON.stringify(good)));
await add("claims in a list", "AUTH_FAILED", raw(head(), `[${body()}]`));
await add("a payload that is no UTF-8", "AUTH_FAILED",
  raw(head(), Buffer.concat([Buffer.from(body().slice(0, -1) + ',"x":"'),
    Buffer.of(0xff, 0x22, 0x7d)])));
for (const [name, value] of Object.entries({ sub: "user-2", nonce: b64(Buffer.alloc(32)),
  iss: "https://evil.example", aud: "client-9", exp: now + 9999 })) {
  const twice = JSON.stringify({ [name]: value }).slice(1, -1);
  await add(`${name} twice`, "AUTH_FAILED", raw(head(), `{${twice},${body().slice(1)}`));
}
await add("an email twice", "AUTH_FAILED",
  raw(head(), `{"email":"a@a.example","email":"b@b.example",${body().slice(1)}`));
const long = raw(head(), body({ more: "x".repeat(5600) }));
await add("as long as can be", "OK", long.length <= 8192 ? long : "");
await add("too long", "AUTH_FAILED", raw(head(), body({ more: "x".repeat(5900) })));
await add("a changed payload", "AUTH_FAILED", `${h}.${b64(body({ sub: "user-2" }))}.${s}`);
await add("a changed header", "AUTH_FAILED", `${b64(head({ typ: "JWT" }))}.${p}.${s}`);

// The issuer and the audience.
for (const other of [`${iss}/`, iss.replace("https", "http"), iss.toUpperCase(), "", `${iss}\u0000`,
  ` ${iss}`, "https://evil.example"])
  await add(`iss ${JSON.stringify(other)}`, "OIDC_ISSUER", raw(head(), body({ iss: other })));
await add("no iss", "OIDC_ISSUER", raw(head(), without("iss")));
await add("two issuers", "OIDC_ISSUER", raw(head(), body({ iss: [iss, "https://x.example"] })));
for (const other of ["client-9", "", "CLIENT-1", "client-1 ", [], [aud, aud], [aud, "client-2"],
  [[aud]], { aud }, 7, null])
  await add(`aud ${JSON.stringify(other)}`, "OIDC_AUDIENCE", raw(head(), body({ aud: other })));
await add("no aud", "OIDC_AUDIENCE", raw(head(), without("aud")));
await add("a list of another", "OIDC_AUDIENCE", raw(head(), body({ aud: ["client-9"] })));
for (const azp of ["client-9", "", 7, [aud]])
  await add(`azp ${JSON.stringify(azp)}`, "OIDC_AUDIENCE", raw(head(), body({ azp })));

// Time, nonce, subject.
for (const exp of [now, now - 1, 0, -1, `${now + 300}`, now + 300.5, null, 1e300, 2 ** 53])
  await add(`exp ${JSON.stringify(exp)}`, "OIDC_EXPIRED", raw(head(), body({ exp })));
await add("no exp", "OIDC_EXPIRED", raw(head(), without("exp")));
for (const iat of [now + 61, `${now}`, now + 0.5, null, -1])
  await add(`iat ${JSON.stringify(iat)}`, "OIDC_EXPIRED", raw(head(), body({ iat })));
await add("no iat", "OIDC_EXPIRED", raw(head(), without("iat")));
for (const nbf of [now + 61, "0", 0.5])
  await add(`nbf ${JSON.stringify(nbf)}`, "OIDC_EXPIRED", raw(head(), body({ nbf })));
for (const other of [b64(Buffer.alloc(32)), "", `${nonce}=`, nonce.slice(0, -1), `${nonce}A`,
  proof.toString("hex"), [nonce], 7, null, nonce.toUpperCase()])
  await add(`nonce ${JSON.stringify(other)}`, "OIDC_NONCE", raw(head(), body({ nonce: other })));
await add("no nonce", "OIDC_NONCE", raw(head(), without("nonce")));
for (const sub of ["", 7, null, ["user-1"], "x".repeat(256), "user\u0000", "us\u00e9r", "a\u007f",
  "a\nb"])
  await add(`sub ${JSON.stringify(sub).slice(0, 20)}`, "AUTH_FAILED", raw(head(), body({ sub })));
await add("no sub", "AUTH_FAILED", raw(head(), without("sub")));

console.log("{");
console.log(`"origin": "jose 6.2.3", "made_by": "tests/tools/oidc/tokens.mjs",`);
console.log(`"now_ms": ${now * 1000}, "proof": "${proof.toString("hex")}",`);
console.log(`"set": ${JSON.stringify(JSON.stringify({ keys }))},`);
console.log(`"issuers": ${JSON.stringify(issuers)},`);
console.log(`"cases": [\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]}`);
