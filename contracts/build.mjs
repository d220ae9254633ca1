// Compiles the contracts with the pinned solc. Run tools/build-contracts, which installs it first.
//
// usage: node contracts/build.mjs [--out FOLDER] [--check | --write-abi]
//
// Writes FOLDER/NAME.json for each contract that can be deployed: name, compiler, abi, bytecode,
// deployedBytecode (immutables are zero in it), immutableReferences, selectors and
// storageLayout. FOLDER is
// build/contracts unless named. The same sources give the same bytes in every folder: no metadata
// is appended, no path goes in. contracts/abi.txt is the interface as text; a compiled interface
// that differs from it is an error, so that a change of it is seen. --write-abi writes it anew;
// --check writes nothing.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Interface } from 'ethers';
import solc from 'solc';

const HERE = dirname(fileURLToPath(import.meta.url));
const COMPILER = '0.8.37';
const ABI_FILE = join(HERE, 'abi.txt');
export const CONTRACTS = ['NovaAppRegistry', 'KMSRegistry', 'SignatureVerifier'];

const SETTINGS = {
  evmVersion: 'shanghai',
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: {
    '*': {
      '*': [
        'abi',
        'storageLayout',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
      ],
    },
  },
};

// Answers {NAME: artifact}; throws with the compiler's own words on any error or warning.
export function compile() {
  if (!solc.version().startsWith(`${COMPILER}+`)) {
    throw new Error(`solc ${COMPILER} is needed, this is ${solc.version()}`);
  }
  const sources = {};
  for (const file of readdirSync(HERE)
    .filter((name) => name.endsWith('.sol'))
    .sort()) {
    sources[file] = { content: readFileSync(join(HERE, file), 'utf8') };
  }
  const input = { language: 'Solidity', sources, settings: SETTINGS };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const artifacts = {};
  for (const name of CONTRACTS) {
    artifacts[name] = artifact(name, output.contracts[`${name}.sol`][name]);
  }
  return artifacts;
}

function artifact(name, compiled) {
  const deployed = compiled.evm.deployedBytecode;
  return {
    name,
    compiler: solc.version(),
    abi: compiled.abi,
    bytecode: `0x${compiled.evm.bytecode.object}`,
    deployedBytecode: `0x${deployed.object}`,
    immutableReferences: deployed.immutableReferences,
    selectors: selectors(compiled.abi),
    storageLayout: compiled.storageLayout.storage.map(({ label, slot, offset }) => ({
      label,
      slot,
      offset,
    })),
  };
}

function selectors(abi) {
  const out = { functions: {}, events: {}, errors: {} };
  const face = new Interface(abi);
  face.forEachFunction((f) => (out.functions[f.format('sighash')] = f.selector));
  face.forEachEvent((e) => (out.events[e.format('sighash')] = e.topicHash));
  face.forEachError((e) => (out.errors[e.format('sighash')] = e.selector));
  return out;
}

// One line for each function, event and error: contract, selector or topic, what it is in full.
export function abiText(artifacts) {
  const lines = [];
  for (const { name, abi } of Object.values(artifacts)) {
    const face = new Interface(abi);
    const add = (id, fragment) => lines.push(`${name} ${id} ${fragment.format('full')}`);
    face.forEachFunction((f) => add(f.selector, f));
    face.forEachEvent((e) => add(e.topicHash, e));
    face.forEachError((e) => add(e.selector, e));
    lines.push(`${name} - ${face.deploy.format('full')}`);
  }
  return `${lines.join('\n')}\n`;
}

function main(argv) {
  const value = (name) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  const folder = value('--out') ?? join(HERE, '..', 'build', 'contracts');
  const artifacts = compile();
  const text = abiText(artifacts);
  if (argv.includes('--write-abi')) writeFileSync(ABI_FILE, text);
  if (readFileSync(ABI_FILE, 'utf8') !== text) {
    throw new Error(
      'contracts/abi.txt is not the interface of the contracts; if that is meant: --write-abi',
    );
  }
  if (argv.includes('--check')) return;
  mkdirSync(folder, { recursive: true });
  for (const item of Object.values(artifacts)) {
    // Whole or not at all, for whoever reads it meanwhile.
    const file = join(folder, `${item.name}.json`);
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(item, null, 1)}\n`);
    renameSync(`${file}.${process.pid}`, file);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
