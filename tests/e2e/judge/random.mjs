// Random inputs that a seed repeats: SHA-256 in counter mode.
import { createHash } from 'node:crypto';

export const PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;

export class Random {
  constructor(seed) {
    this.seed = seed;
    this.counter = 0;
  }

  bits(count) {
    let value = 0n;
    for (let have = 0; have < count; have += 256) {
      const block = createHash('sha256').update(`${this.seed}/${this.counter++}`).digest('hex');
      value = (value << 256n) | BigInt(`0x${block}`);
    }
    return BigInt.asUintN(count, value);
  }

  below(limit) {
    return Number(this.bits(64) % BigInt(limit));
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  list(max, make) {
    return Array.from({ length: this.below(max + 1) }, make);
  }

  // Numbers of every size, with the ends of the range among them.
  number(bits) {
    if (this.chance(10)) return this.pick([0n, 1n, 2n ** BigInt(bits) - 1n]);
    return this.bits(1 + this.below(bits));
  }

  felt() {
    return this.chance(5) ? PRIME - 1n : this.number(251) % PRIME;
  }

  address() {
    return 2n + this.bits(250);
  }

  // A number as JSON may have it.
  written(value) {
    const forms = [`0x${value.toString(16)}`, value.toString()];
    if (value < 2n ** 53n) forms.push(Number(value));
    return this.pick(forms);
  }

  text(alphabet, min, max) {
    const length = min + this.below(max - min + 1);
    return Array.from({ length }, () => this.pick(alphabet)).join('');
  }
}
