// A real EVM chain as a child process: anvil on a free port of the loopback interface.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');

function program() {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const path = join(MODULES, '@foundry-rs', `anvil-${process.platform}-${arch}`, 'bin', 'anvil');
  if (!existsSync(path))
    throw new Error('anvil is not installed: run tools/build-contracts packages');
  return path;
}

// Blocks that are kept when a chain is started again: nobody here looks further back.
const BLOCKS_KEPT = 256;

// At each start anvil makes a block 0 of its own, which it then keeps beside that of the state it was
// given: with the next start one of them counts, by chance. The oldest is that of the chain. All
// other blocks stay in the file for ever, 2 KB for each second, so old ones go here.
export function pruneBlocks(blocks) {
  const number = ({ header }) => Number(header.number);
  const time = ({ header }) => Number(header.timestamp);
  const newest = blocks.reduce((most, block) => Math.max(most, number(block)), 0);
  const [first] = blocks.filter(isGenesis).sort((a, b) => time(a) - time(b));
  return blocks.filter(
    (block) => block === first || (!isGenesis(block) && number(block) > newest - BLOCKS_KEPT),
  );
}

function pruneState(file) {
  if (!existsSync(file)) return;
  const state = JSON.parse(readFileSync(file, 'utf8'));
  state.blocks = pruneBlocks(state.blocks);
  writeFileSync(file, JSON.stringify(state));
}

const isGenesis = (block) => Number(block.header.number) === 0;

// A port that nobody listens at: any, or the one that is named, or an error.
export function freePort(named = 0, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(named, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function rpc(url, method, params = []) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const headers = { 'content-type': 'application/json' };
  const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
  if (!('result' in answer)) throw new Error(`${method}: ${answer.error?.message ?? 'no result'}`);
  return answer.result;
}

// Ends with this program, however that ends: a shell waits for the end of a pipe that only this
// program holds, and then ends the chain.
export class Anvil {
  // options: block_time (seconds; without, a block for each transaction), epoch_slots (the safe
  // block is so many behind the latest, the finalized one twice as many; 32), timestamp, chain_id,
  // host (127.0.0.1; the address to listen at), port (a free one), folder (where the chain is kept;
  // without, it is gone when this program ends).
  constructor(options = {}) {
    this.options = options;
    this.host = options.host ?? '127.0.0.1';
    this.port = options.port;
    this.isKept = options.folder !== undefined;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'coffer-chain-'));
    this.kill = () => {
      this.guard?.kill('SIGKILL');
      this.child?.kill('SIGKILL');
      if (!this.isKept) rmSync(this.folder, { recursive: true, force: true });
    };
    process.on('exit', this.kill);
  }

  get url() {
    return `http://${this.host}:${this.port}`;
  }

  async start() {
    // Whoever listens there would answer in the place of ours.
    if (this.options.port !== undefined) {
      await freePort(this.port, this.host).catch((error) => {
        throw new Error(`port ${this.port} of the chain: ${error.message}`);
      });
    }
    for (let attempt = 0; attempt < 3; attempt++) {
      this.port ??= await freePort();
      if (await this.#launch()) return;
      if (this.started || this.options.port !== undefined)
        throw new Error(`anvil does not start on port ${this.port}`);
      this.port = undefined; // somebody else took it
    }
    throw new Error('anvil does not start');
  }

  // Goes on where it stopped, on the same port.
  async stop() {
    if (this.child === undefined) return;
    const { child, ended } = this;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    this.guard.kill('SIGKILL');
    this.child = undefined;
  }

  async end() {
    await this.stop();
    this.kill();
    process.off('exit', this.kill);
  }

  // Takes connections and says nothing, once each of its threads stands.
  async freeze() {
    this.child.kill('SIGSTOP');
    const tasks = `/proc/${this.child.pid}/task`;
    const stands = (task) => /\) [TZ] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
    while (!readdirSync(tasks).every(stands)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  async #launch() {
    const { block_time, epoch_slots, timestamp, chain_id } = this.options;
    const args = [
      '--host',
      this.host,
      '--port',
      `${this.port}`,
      '--silent',
      '--accounts',
      '20',
      '--state',
    ];
    const file = join(this.folder, 'state.json');
    pruneState(file);
    args.push(file);
    if (this.isKept) args.push('--state-interval', '15', '--prune-history', '256');
    else args.push('--preserve-historical-states');
    if (block_time !== undefined) args.push('--block-time', `${block_time}`);
    if (epoch_slots !== undefined) args.push('--slots-in-an-epoch', `${epoch_slots}`);
    if (timestamp !== undefined && !this.started) args.push('--timestamp', `${timestamp}`);
    if (chain_id !== undefined) args.push('--chain-id', `${chain_id}`);
    this.child = spawn(program(), args, { stdio: 'ignore' });
    const { child } = this;
    const last = this.isKept ? 'kill "$0"' : 'kill -9 "$0"; rm -rf "$1"';
    const watch = ['-c', `read -r _; ${last}`, `${child.pid}`, this.folder];
    this.guard = spawn('sh', watch, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.guard.unref();
    this.guard.stdin.unref();
    this.ended = new Promise((resolve) => child.on('exit', resolve));
    for (let i = 0; i < 300 && child.exitCode === null && child.signalCode === null; i++) {
      try {
        await rpc(this.url, 'eth_chainId');
        this.started = true;
        return true;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    this.child = undefined;
    this.guard.kill('SIGKILL');
    child.kill('SIGKILL');
    return false;
  }
}
