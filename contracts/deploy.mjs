// Deploys the contracts of a cluster and prints, as JSON, what a node's trust configuration needs.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connect, deployAll, describe, ethers } from './deployment.mjs';

const HELP = `usage: tools/deploy-contracts OPTION ...

where the chain is (one of):
  --rpc URL               an endpoint; an address with a secret in it belongs into a file
  --rpc-file FILE         the first line of a file

who pays and deploys (one of):
  --key-file FILE         private key, 64 hex digits; a regular file of yours with mode 0600
  --key-fd N              the same, read from an open descriptor
  --unlocked              the first account of a development chain

what is deployed:
  --verifier ADDRESS      the attestation verifier of the app registry, or
  --verifier-signer ADDRESS   a SignatureVerifier that trusts this signer (private chains and tests)
  --registry ADDRESS --kms-app-id N   instead: an app registry that is there already
  --metadata-uri TEXT     of the app that is created for the KMS
  --guardian ADDRESS      one of those who can veto; repeated
  --threshold K           vetoes that end a proposal
  --delay SECONDS         between proposal and execution (default 172800)

instead of deploying:
  --describe --registry ADDRESS --kms-registry ADDRESS
                          prints what stands there; "ours": whether it was built from these sources

The deployer owns the app that is created; proposeAppOwner and acceptApp hand it over. Nothing else
is left in the deployer's hands. Options and environment never hold a key.`;

const OPTIONS = {
  help: { type: 'boolean' },
  rpc: { type: 'string' },
  'rpc-file': { type: 'string' },
  'key-file': { type: 'string' },
  'key-fd': { type: 'string' },
  unlocked: { type: 'boolean' },
  verifier: { type: 'string' },
  'verifier-signer': { type: 'string' },
  registry: { type: 'string' },
  'kms-app-id': { type: 'string' },
  'kms-registry': { type: 'string' },
  'metadata-uri': { type: 'string' },
  guardian: { type: 'string', multiple: true },
  threshold: { type: 'string' },
  delay: { type: 'string' },
  describe: { type: 'boolean' },
};

class UsageError extends Error {}

function exactlyOne(options, ...names) {
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length !== 1)
    throw new UsageError(`exactly one of ${names.map((name) => `--${name}`).join(', ')} is needed`);
  return given[0];
}

function number(options, name, otherwise) {
  const text = options[name] ?? otherwise;
  if (text === undefined || !/^[0-9]{1,18}$/.test(text))
    throw new UsageError(`--${name} needs a number`);
  return BigInt(text);
}

function address(text, name) {
  if (!ethers.isAddress(text)) throw new UsageError(`--${name} needs an address`);
  return ethers.getAddress(text);
}

function rpcUrl(options) {
  if (exactlyOne(options, 'rpc', 'rpc-file') === 'rpc') return options.rpc;
  return readFileSync(options['rpc-file'], 'utf8').split('\n')[0].trim();
}

// The key never passes through an argument, the environment or a message.
function readKey(options) {
  let descriptor;
  if (options['key-file'] !== undefined) {
    descriptor = openSync(options['key-file'], 'r');
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.uid !== process.getuid() || (stat.mode & 0o077) !== 0) {
      closeSync(descriptor);
      throw new UsageError('the key file must be a regular file of yours with mode 0600');
    }
  } else {
    descriptor = Number(number(options, 'key-fd'));
  }
  const text = readFileSync(descriptor, 'utf8').trim();
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new UsageError('the key is not 64 hex digits');
  return text.startsWith('0x') ? text : `0x${text}`;
}

async function signerOf(options, provider) {
  if (exactlyOne(options, 'key-file', 'key-fd', 'unlocked') === 'unlocked')
    return provider.getSigner(0);
  return new ethers.NonceManager(new ethers.Wallet(readKey(options), provider));
}

function planOf(options) {
  const plan = {
    guardians: (options.guardian ?? []).map((text) => address(text, 'guardian')),
    threshold: number(options, 'threshold'),
    delay: number(options, 'delay', '172800'),
    metadataUri: options['metadata-uri'],
  };
  if (plan.guardians.length === 0) throw new UsageError('at least one --guardian is needed');
  const source = exactlyOne(options, 'verifier', 'verifier-signer', 'registry');
  if (source === 'registry') plan.kmsAppId = number(options, 'kms-app-id');
  const member = source === 'verifier-signer' ? 'verifierSigner' : source;
  plan[member] = address(options[source], source);
  return plan;
}

async function main(argv) {
  let options;
  try {
    options = parseArgs({ args: argv, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
  if (options.help) {
    console.log(HELP);
    return;
  }
  const url = rpcUrl(options);
  const plan = options.describe ? undefined : planOf(options);
  const provider = connect(url);
  try {
    let answer;
    if (plan === undefined) {
      const registry = address(options.registry, 'registry');
      answer = await describe(provider, {
        registry,
        kmsRegistry: address(options['kms-registry'], 'kms-registry'),
      });
    } else {
      answer = await deployAll(await signerOf(options, provider), plan);
    }
    console.log(JSON.stringify(answer, null, 2));
  } finally {
    provider.destroy();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`deploy: ${error.shortMessage ?? error.message}`);
  if (error instanceof UsageError) console.error('deploy: --help lists the options');
  process.exit(error instanceof UsageError ? 2 : 1);
}
