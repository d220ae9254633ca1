// Our side: a program that answers each line with one line, in order.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Peer {
  constructor(program) {
    this.process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.waiting = [];
    this.process.on('exit', (code) => {
      for (const { reject } of this.waiting) reject(new Error(`the peer ended with ${code}`));
      this.waiting = [];
    });
    createInterface({ input: this.process.stdout }).on('line', (line) => this.waiting.shift().resolve(line));
  }

  // The answer, as text.
  ask(...words) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.process.stdin.write(`${words.join(' ')}\n`);
    });
  }

  close() {
    this.process.removeAllListeners('exit');
    this.process.stdin.end();
  }
}
