// Random typed data of both revisions: every type, in structs, arrays, trees and enums.
import { PRIME } from './random.mjs';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_';
const PRINTABLE = ` ${LETTERS}0123456789!#$%&'()*+,-./:;<=>?@[\\]^\`{|}~"`;
const BASIC = {
  0: ['felt', 'felt', 'bool', 'string', 'selector', 'shortstring', 'u128', 'timestamp'],
  1: ['felt', 'shortstring', 'string', 'selector', 'bool', 'u128', 'i128', 'timestamp',
    'ContractAddress', 'ClassHash', 'u256', 'TokenAmount', 'NftId'],
};

const shortText = (random) =>
  (random.pick([...LETTERS]) + random.text([...PRINTABLE], 0, 30)).slice(0, 31);

function signed(random) {
  const value = random.number(127) * (random.chance(50) ? 1n : -1n);
  if (random.chance(10)) return (-(2n ** 127n)).toString();
  return value > -(2n ** 53n) && value < 2n ** 53n ? Number(value) : value.toString();
}

// A value of a basic type or a preset, in one of the forms that it may have.
function basic(random, revision, type) {
  const wide = () => ({ low: basic(random, 1, 'u128'), high: basic(random, 1, 'u128') });
  switch (type) {
    case 'bool':
      return random.chance(50);
    case 'selector':
      return random.chance(50)
        ? random.text([...LETTERS], 1, 40)
        : `0x${random.felt().toString(16)}`;
    case 'string':
      return revision === 1 ? random.text([...PRINTABLE], 0, 100) : shortText(random);
    case 'i128':
      return signed(random);
    case 'u128':
    case 'timestamp':
      return random.written(random.number(128));
    case 'ContractAddress':
    case 'ClassHash':
      return random.written(random.felt());
    case 'u256':
      return wide();
    case 'TokenAmount':
      return { token_address: random.written(random.felt()), amount: wide() };
    case 'NftId':
      return { collection_address: random.written(random.felt()), token_id: wide() };
    default:
      if (random.chance(5)) return '';
      return random.chance(40) ? shortText(random) : random.written(random.felt() % PRIME);
  }
}

class Maker {
  constructor(random, revision) {
    this.random = random;
    this.revision = revision;
    this.types = {};
    this.names = [];
    const count = 1 + random.below(6);
    while (this.names.length < count) {
      const name = random.text([...LETTERS, ' '], 1, 12);
      const taken = [...BASIC[1], 'enum', 'merkletree', 'StarknetDomain', 'StarkNetDomain'];
      if (!this.names.includes(name) && !taken.includes(name)) this.names.push(name);
    }
    // The first is the primary type; each refers to later ones only.
    this.isEnum = this.names.map((_, i) => i > 0 && revision === 1 && random.chance(25));
    this.names.forEach((name, i) => (this.types[name] = this.fields(i)));
  }

  structsAfter(i) {
    return this.names.filter((_, j) => j > i && !this.isEnum[j]);
  }

  enumsAfter(i) {
    return this.names.filter((_, j) => j > i && this.isEnum[j]);
  }

  element(i, stars) {
    const structs = this.structsAfter(i);
    const name =
      structs.length > 0 && this.random.chance(50)
        ? this.random.pick(structs)
        : this.random.pick(BASIC[this.revision]);
    return name + '*'.repeat(this.random.chance(30) ? 1 + this.random.below(stars) : 0);
  }

  fields(i) {
    const count = 1 + this.random.below(5);
    const names = new Set();
    while (names.size < count) names.add(this.random.text([...LETTERS, ' ', '1', '2'], 1, 15));
    return [...names].map((name) => (this.isEnum[i] ? this.variant(i, name) : this.field(i, name)));
  }

  variant(i, name) {
    return { name, type: `(${this.random.list(3, () => this.element(i, 1)).join(',')})` };
  }

  field(i, name) {
    const enums = this.enumsAfter(i);
    if (enums.length > 0 && this.random.chance(50)) {
      return { name, type: 'enum', contains: this.random.pick(enums) };
    }
    if (this.random.chance(15)) {
      return { name, type: 'merkletree', contains: this.element(i, 1).replace('*', '') };
    }
    return { name, type: this.element(i, 2) };
  }

  // A type that nothing uses is refused.
  dropUnused() {
    const used = new Set([this.names[0]]);
    for (const name of used) {
      for (const field of this.types[name]) {
        const said = `${field.type},${field.contains ?? ''}`.split(/[(),*]/);
        this.names.filter((other) => said.includes(other)).forEach((other) => used.add(other));
      }
    }
    this.types = Object.fromEntries([...used].map((name) => [name, this.types[name]]));
  }

  value(type, contains) {
    if (type === 'enum') {
      const { name, type: tuple } = this.random.pick(this.types[contains]);
      const elements = tuple.slice(1, -1).split(',').filter((each) => each !== '');
      return { [name]: elements.map((each) => this.value(each)) };
    }
    if (type === 'merkletree') {
      const count = 1 + this.random.below(6);
      return Array.from({ length: count }, () => this.value(contains));
    }
    if (type.endsWith('*')) return this.random.list(3, () => this.value(type.slice(0, -1)));
    if (!(type in this.types)) return basic(this.random, this.revision, type);
    const fields = this.types[type].map((field) => [
      field.name,
      this.value(field.type, field.contains),
    ]);
    return Object.fromEntries(fields);
  }
}

const fieldsOf = (type, names) => names.map((name) => ({ name, type }));

// What a node may hash for it at most: each value, and the type of each struct.
function weight(value) {
  if (typeof value !== 'object' || value === null) return 1;
  const parts = Object.values(value).map(weight);
  return parts.reduce((sum, part) => sum + part, Array.isArray(value) ? 1 : 2);
}

// Few documents are larger, far below what a node takes (a string counts as more than one there);
// but starknet.js takes seconds for each, as long as for all others together.
const WEIGHT_MAX = 256;

export function randomTypedData(random, revision) {
  for (;;) {
    const made = makeTypedData(random, revision);
    if (weight([made.domain, made.message]) <= WEIGHT_MAX) return made;
  }
}

function makeTypedData(random, revision) {
  const maker = new Maker(random, revision);
  const chain = random.pick(['SN_MAIN', 'SN_SEPOLIA']);
  const number = BigInt(`0x${Buffer.from(chain).toString('hex')}`);
  const chainId = random.pick([chain, `0x${number.toString(16)}`, number.toString()]);
  const ofChain = revision === 0 && random.chance(30) ? 'chain_id' : 'chainId';
  const domain = { name: shortText(random), version: random.pick(['1', '2', 1, 'v1']), [ofChain]: chainId };
  const message = maker.value(maker.names[0]);
  maker.dropUnused();
  const names = ['name', 'version', ofChain];
  if (revision === 1) {
    domain.revision = random.pick(['1', 1]);
    maker.types.StarknetDomain = fieldsOf('shortstring', [...names, 'revision']);
  } else {
    if (random.chance(20)) domain.revision = '0';
    maker.types.StarkNetDomain = fieldsOf('felt', names);
  }
  return { types: maker.types, primaryType: maker.names[0], domain, message };
}
