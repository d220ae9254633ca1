// Authorities, servers and a proxy for judge.mjs: certificates of openssl's command line, TLS of node
// and of openssl, and a running oidc_watch.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

export const DAY = 86400_000;
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature\n';
const SERVER = 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n';
const NAMES = 'subjectAltName=DNS:issuer.test,DNS:localhost,IP:127.0.0.1\n';
export const OTHER_NAMES = 'subjectAltName=DNS:another.test,IP:127.0.0.2\n';
const CONFIG = '[ca]\ndefault_ca = mine\n[mine]\ndatabase = index\nnew_certs_dir = .\nserial = serial\n' +
  'policy = any\ndefault_md = sha256\nunique_subject = no\n[any]\ncommonName = supplied\n';

export const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const when = (ms) => new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');

// Certificates in a folder of their own.
export class Authorities {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'coffer-oidc-'));
    this.put('config', CONFIG);
    this.put('index', '');
  }

  at(name) { return path.join(this.folder, name); }

  put(name, text) {
    fs.writeFileSync(this.at(name), text);
    return this.at(name);
  }

  run(...words) { return execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] }); }

  // In: by, the name of the issuer, itself for one that signs itself; from and to, milliseconds from now.
  make(name, by, { extensions = '', from = -DAY, to = 30 * DAY } = {}) {
    const serial = crypto.randomBytes(8);
    serial[0] &= 0x7f;
    this.run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`);
    this.run('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', 'request');
    this.put('extensions', extensions);
    this.put('serial', serial.toString('hex').toUpperCase());
    const issuer = by === name ? ['-selfsign', '-keyfile', `${name}.key`]
      : ['-cert', `${by}.pem`, '-keyfile', `${by}.key`];
    this.run('ca', '-batch', '-notext', '-config', 'config', ...issuer, '-in', 'request', '-extfile', 'extensions',
      '-startdate', when(Date.now() + from), '-enddate', when(Date.now() + to), '-out', `${name}.pem`);
    return name;
  }

  authority(name, by, more) { return this.make(name, by, { extensions: AUTHORITY, ...more }); }

  server(name, by, { names = NAMES, ...more } = {}) {
    return this.make(name, by, { extensions: SERVER + names, ...more });
  }

  pem(name) { return fs.readFileSync(this.at(`${name}.pem`), 'utf8'); }

  // What node's TLS and the trust configuration want of them. The hash is made as docs/oidc.md says.
  chain(...names) {
    return { key: fs.readFileSync(this.at(`${names[0]}.key`), 'utf8'), cert: names.map((one) => this.pem(one)).join('') };
  }

  root(name) {
    const hash = execFileSync('sh', ['-c', `openssl x509 -in ${name}.pem -noout -pubkey | ` +
      'openssl pkey -pubin -outform DER | openssl dgst -sha256 -r'], { cwd: this.folder, encoding: 'utf8' });
    return `0x${hash.slice(0, 64)}`;
  }
}

const opened = [];

// A server on a free port of loopback. In: chain, of Authorities; answer(request, response).
export async function serve(chain, answer) {
  const seen = { connections: 0, resumed: 0, requests: 0 };
  const server = https.createServer({ ...chain, ...(chain.options ?? {}) }, (request, response) => {
    seen.requests += 1;
    answer(request, response);
  });
  server.on('secureConnection', (socket) => {
    seen.connections += 1;
    seen.resumed += socket.isSessionReused() ? 1 : 0;
  });
  server.on('tlsClientError', () => {});
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  opened.push(server);
  return { server, seen, port: server.address().port };
}

// The same of openssl: it serves files of the folder.
export async function serveOpenssl(authorities, names, file) {
  const rest = authorities.put('rest.pem', names.slice(1).map((one) => authorities.pem(one)).join(''));
  const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-cert', `${names[0]}.pem`, '-key',
    `${names[0]}.key`, '-cert_chain', rest, '-HTTP'], { cwd: authorities.folder, stdio: ['pipe', 'pipe', 'ignore'] });
  opened.push({ close: () => child.kill() });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const found = /^ACCEPT 127\.0\.0\.1:(\d+)/.exec(line);
    if (found) return `https://127.0.0.1:${found[1]}/${file}`;
  }
  throw new Error('openssl s_server did not start');
}

// Whatever it is asked to connect to, what happens then is for talk(socket, target).
export async function proxy(talk) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => talk(socket, /^CONNECT (\S+)/.exec(data.toString())?.[1]));
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  opened.push(server);
  return `127.0.0.1:${server.address().port}`;
}

export function pipe(socket, port, { onServer = (data, pass) => pass(data) } = {}) {
  const out = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  socket.on('data', (data) => out.write(data));
  out.on('data', (data) => onServer(data, (more) => { if (!socket.destroyed) socket.write(more); }));
  out.on('error', () => socket.destroy());
  out.on('close', () => socket.end());
  socket.on('close', () => out.destroy());
}

// A running reader. In: tenants, each a list of issuers.
export class Watch {
  static async start(program, tenants, authorities, { pool = [], through } = {}) {
    const watch = new Watch();
    const rows = tenants.map((issuers, i) => ({ name: i === 0 ? 'default' : `tenant-${i}`, seed: 'imported',
      derivation: 'v1', chains: ['SN_MAIN'], assurance: 'asserted', issuers }));
    const trust = authorities.put(`trust-${crypto.randomUUID()}.json`, JSON.stringify({ profile: 'dev', tenants: rows }));
    const at = authorities.put(`pool-${crypto.randomUUID()}.pem`, pool.map((one) => authorities.pem(one)).join(''));
    watch.child = spawn(program, [trust, at, ...(through ? [through] : [])], { stdio: ['pipe', 'pipe', 'pipe'] });
    watch.log = '';
    watch.child.stderr.on('data', (data) => { watch.log += data; });
    watch.waiting = [];
    readline.createInterface({ input: watch.child.stdout }).on('line', (line) => watch.waiting.shift()?.(JSON.parse(line)));
    opened.push({ close: () => watch.child.stdin.end() });
    watch.started = await watch.next();
    return watch;
  }

  next() { return new Promise((done) => { this.waiting.push(done); }); }

  ask(...words) {
    const answer = this.next();
    this.child.stdin.write(`${words.join(' ')}\n`);
    return answer;
  }

  // Its issuers, once all of them (or those that are named) are as wanted.
  async until(wanted, seconds = 40) {
    let facts = [];
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
      facts = await this.ask('facts');
      if (wanted(facts)) return facts;
      await pause(20);
    }
    return facts;
  }

  async stop() {
    const ended = new Promise((done) => { this.child.on('exit', done); });
    this.child.stdin.end();
    return ended;
  }
}

// A real node. In: row, its only issuer; tunables besides. Out: get(path) and how it ends.
export async function startNode(program, row, authorities, tunables = {}, rules = {}) {
  const folder = fs.mkdtempSync(path.join(authorities.folder, 'node-'));
  const socketPath = path.join(folder, 'socket');
  const put = (name, value) => {
    fs.writeFileSync(path.join(folder, name), JSON.stringify(value));
    return path.join(folder, name);
  };
  const child = spawn(program, ['--config', put('node.json', { listen: [`unix:${socketPath}`], data_dir: folder,
    audit_file: path.join(folder, 'audit.jsonl'), ...tunables }),
  '--trust', put('trust.json', { profile: 'dev', ...rules, tenants: [{ name: 'default', seed: 'imported', derivation: 'v1',
    chains: ['SN_MAIN'], assurance: 'asserted', issuers: [row] }] })], { stdio: ['ignore', 'ignore', 'pipe'] });
  const node = { log: '', ended: new Promise((done) => { child.on('exit', done); }) };
  child.stderr.on('data', (data) => { node.log += data; });
  opened.push({ close: () => child.kill() });
  const call = (method, target, body) => new Promise((done) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    http.request({ socketPath, path: target, method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data) => { text += data; });
      response.on('end', () => done(text));
    }).on('error', () => done('')).end(body);
  });
  node.get = (target) => call('GET', target);
  node.post = async (target, body) => JSON.parse(await call('POST', target, JSON.stringify(body)));
  node.stop = () => { child.kill(); return node.ended; };
  node.until = async (wanted, seconds = 40) => {
    for (const end = Date.now() + seconds * 1000; Date.now() < end && child.exitCode === null;) {
      const text = await node.get('/status');
      const found = text === '' ? undefined : JSON.parse(text).issuers;
      if (found !== undefined && wanted(found)) return found;
      await pause(50);
    }
    return node.log;
  };
  return node;
}

export async function closeAll(authorities) {
  for (const one of opened) {
    one.closeAllConnections?.();
    one.close();
  }
  fs.rmSync(authorities.folder, { recursive: true });
}
