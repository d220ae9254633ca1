// A JSON-RPC endpoint that passes requests on to another, and lies as told. Written from: the JSON-RPC
// specification; what is true comes from a real anvil behind it.
import http from 'node:http';

// What an endpoint may do wrong; an absent member does nothing.
//   delay_ms       answers late
//   hang           takes the request and never answers
//   reset          closes the connection instead of answering
//   status         answers with this HTTP status and an empty object
//   redirect       answers 307 with this Location
//   body           answers with this text, whatever was asked
//   truncate       sends only so many bytes of the answer it announced
//   pad            puts so many spaces behind the answer
//   behind         shows the chain as it was so many blocks ago
//   shuffle        answers a batch in reverse order
//   id             answers with this id
//   overrides      [{method, to, data, result | error | flip}]: for a method, and where named only
//                  calls to this address whose data begins so: answers result, answers error
//                  {code, message}, or flips the last bit of byte number flip of the true result
//   limit          the overrides hold for so many answers, then none
export class Proxy {
  constructor(target) {
    this.target = target;
    this.faults = {};
    this.port = 0;
    this.asked = {};
    this.sockets = new Set();
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  set(faults) {
    this.faults = { ...faults };
  }

  // The first time on a free port, later on the same.
  async listen() {
    if (this.server) return;
    this.server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise((resolve, reject) => {
      this.server.on('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = this.server.address().port;
  }

  // Nobody listens any more.
  async close() {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  async #serve(request, response) {
    let text = '';
    request.setEncoding('utf8');
    for await (const part of request) text += part;
    const { faults } = this;
    const asked = JSON.parse(text);
    for (const one of [asked].flat()) this.asked[one.method] = (this.asked[one.method] ?? 0) + 1;
    if (faults.delay_ms) await new Promise((resolve) => setTimeout(resolve, faults.delay_ms));
    if (faults.hang) return;
    if (faults.reset) return void request.socket.destroy();
    if (faults.redirect) return void response.writeHead(307, { location: faults.redirect }).end();
    if (faults.status) return void response.writeHead(faults.status).end('{}');
    const answer = faults.body ?? (await this.#answer(asked, faults)) + ' '.repeat(faults.pad ?? 0);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    if (faults.truncate === undefined) return void response.end(answer);
    response.write(answer.slice(0, faults.truncate), () => request.socket.destroy());
  }

  async #answer(asked, faults) {
    if (!Array.isArray(asked)) return JSON.stringify(await this.#one(asked, faults));
    const answers = await Promise.all(asked.map((one) => this.#one(one, faults)));
    return JSON.stringify(faults.shuffle ? answers.reverse() : answers);
  }

  async #one(asked, faults) {
    const sent = faults.behind ? await this.#earlier(asked, faults.behind) : asked;
    const answer = await this.#pass(sent);
    if (faults.behind && asked.method === 'eth_blockNumber')
      answer.result = await this.#block(faults.behind);
    if (faults.id !== undefined) answer.id = faults.id;
    const rule = faults.overrides?.find((one) => matches(one, asked));
    if (!rule || (faults.limit !== undefined && faults.limit-- <= 0)) return answer;
    const { jsonrpc, id } = answer;
    if (rule.error) return { jsonrpc, id, error: rule.error };
    if (rule.flip !== undefined) return { jsonrpc, id, result: flipped(answer.result, rule.flip) };
    return { jsonrpc, id, result: rule.result };
  }

  async #pass(asked) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(asked);
    return (await fetch(this.target(), { method: 'POST', headers, body })).json();
  }

  async #block(behind) {
    const { result } = await this.#pass({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_blockNumber',
      params: [],
    });
    return `0x${Math.max(0, Number(result) - behind).toString(16)}`;
  }

  // Names of blocks become numbers, of an earlier chain.
  async #earlier(asked, behind) {
    const latest = await this.#block(behind);
    const params = [];
    for (const param of asked.params ?? []) {
      if (param === 'latest' || param === 'pending') params.push(latest);
      else params.push(param);
    }
    return { ...asked, params };
  }
}

function matches(rule, asked) {
  if (rule.method !== asked.method) return false;
  const call = asked.params?.[0] ?? {};
  const same = (a, b) =>
    String(a ?? '')
      .toLowerCase()
      .startsWith(b.toLowerCase());
  if (rule.to !== undefined && !same(call.to, rule.to)) return false;
  return rule.data === undefined || same(call.data ?? call.input, rule.data);
}

function flipped(hex, byte) {
  const at = 2 + 2 * byte + 1;
  return hex.slice(0, at) + (parseInt(hex[at], 16) ^ 1).toString(16) + hex.slice(at + 1);
}
