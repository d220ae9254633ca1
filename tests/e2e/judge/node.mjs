// A real node as a child process, and its API.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Everything that a tenant can be allowed, so that every kind of signature is judged.
const TRUST = {
  profile: 'dev',
  // An account of Cairo 0: its class says how calls are encoded.
  account_classes: [
    { name: 'old-openzeppelin', kind: 'openzeppelin', cairo_version: 0, hash: `0x${'123'.padStart(64, '0')}` },
  ],
  tenants: [
    {
      name: 'default',
      seed: 'imported',
      derivation: 'v1',
      assurance: 'asserted',
      chains: ['SN_MAIN', 'SN_SEPOLIA'],
      opaque: true,
      declare: true,
      typed_data: true,
      session: true,
      fee_ceiling: (2n ** 250n).toString(),
    },
  ],
};

export class Node {
  constructor(program) {
    this.folder = mkdtempSync(join(tmpdir(), 'coffer-judge-'));
    // None is kept: between two kinds the judge may compute for longer than the node keeps one.
    this.agent = new http.Agent();
    this.socket = join(this.folder, 'socket');
    const config = join(this.folder, 'node.json');
    const trust = join(this.folder, 'trust.json');
    const audit = join(this.folder, 'audit.jsonl');
    const tunables = { listen: [`unix:${this.socket}`], data_dir: this.folder, audit_file: audit };
    writeFileSync(config, JSON.stringify(tunables));
    writeFileSync(trust, JSON.stringify(TRUST));
    this.log = '';
    this.child = spawn(program, ['--config', config, '--trust', trust]);
    this.child.stdout.on('data', (data) => (this.log += data));
    this.child.stderr.on('data', (data) => (this.log += data));
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
  }

  async ready() {
    for (let i = 0; i < 200 && this.child.exitCode === null; i++) {
      try {
        await this.call('GET', '/health');
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`the node does not serve:\n${this.log}`);
  }

  get seed() {
    return readFileSync(join(this.folder, 'dev-seed'));
  }

  call(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { Host: 'localhost' };
    if (text !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = Buffer.byteLength(text);
    }
    const options = { socketPath: this.socket, agent: this.agent, method, path, headers };
    return new Promise((resolve, reject) => {
      const request = http.request(options, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (data) => (answer += data));
        response.on('end', () => {
          try {
            resolve(JSON.parse(answer));
          } catch (error) {
            reject(error);
          }
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  async stop() {
    this.agent.destroy();
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.folder, { recursive: true });
  }
}
