// The interface that existing clients speak: reference vectors, the documented layouts, and what
// must not be there.
import { readFileSync } from 'node:fs';
import { equal, hash, POINT } from '../lab.mjs';
import { abiText, compile } from '../../../../contracts/build.mjs';
import { artifact, contractAt, ethers } from '../../../../contracts/deployment.mjs';

const VECTORS = JSON.parse(readFileSync('tests/vectors/nova.json', 'utf8'));

const LAYOUTS = {
  'getApp(uint256)':
    'uint256 id, address owner, bytes32 teeArch, address dappContract, string metadataUri,' +
    ' uint256 latestVersionId, uint256 createdAt, uint8 status, address appWallet',
  'getVersion(uint256,uint256)':
    'uint256 id, string versionName, bytes32 codeMeasurement, string imageUri, string auditUrl,' +
    ' string auditHash, string githubRunId, uint8 status, uint256 enrolledAt, address enrolledBy',
  'getInstance(uint256)':
    'uint256 id, uint256 appId, uint256 versionId, address operator, string instanceUrl,' +
    ' bytes teePubkey, address teeWalletAddress, bool zkVerified, uint8 status, uint256 registeredAt',
};
LAYOUTS['getInstanceByWallet(address)'] = LAYOUTS['getInstance(uint256)'];
const LISTS = {
  'getInstancesForVersion(uint256,uint256)': 'uint256[]',
  'getActiveInstances(uint256)': 'address[]',
};

const KMS_FUNCTIONS = [
  'novaAppRegistry()',
  'kmsAppId()',
  'masterSecretHash()',
  'setMasterSecretHash(bytes32)',
  'addOperator(address,uint256,uint256,uint256)',
  'removeOperator(address,uint256,uint256,uint256)',
  'isOperator(address)',
  'operatorCount()',
  'operatorAt(uint256)',
  'getOperators()',
];
const KMS_EVENTS = [
  'OperatorAdded(address,uint256,uint256,uint256)',
  'OperatorRemoved(address,uint256,uint256,uint256)',
  'MasterSecretHashSet(bytes32,address)',
  'KmsAppIdSet(uint256)',
  'NovaAppRegistrySet(address)',
];
const KMS_ERRORS = [
  'OnlyNovaAppRegistry()',
  'InvalidRegistryAddress()',
  'AppIdMismatch()',
  'MasterSecretHashAlreadySet()',
  'NotAuthorizedToSetHash()',
];

// What the reference has and ours must not: whoever could call it could take a root back.
const ABSENT = [
  'initialize(address,address)',
  'setNovaAppRegistry(address)',
  'setKmsAppId(uint256)',
  'resetMasterSecretHash()',
  'owner()',
  'pendingOwner()',
  'transferOwnership(address)',
  'acceptOwnership()',
  'renounceOwnership()',
  'upgradeToAndCall(address,bytes)',
  'proxiableUUID()',
  'UPGRADE_INTERFACE_VERSION()',
  'OWNER()',
];

export function abi(lab) {
  const { test, chain } = lab;

  test('selectors, topics and errors are those of the reference', async () => {
    const nova = artifact('NovaAppRegistry').selectors;
    const kms = artifact('KMSRegistry').selectors;
    const has = (table, names, vectors) => {
      for (const name of names) {
        if (!(name in vectors)) throw new Error(`no vector for ${name}`);
        equal(table[name], vectors[name], name);
      }
    };
    has(nova.functions, [...Object.keys(LAYOUTS), ...Object.keys(LISTS)], VECTORS.selectors);
    has(kms.functions, KMS_FUNCTIONS, VECTORS.selectors);
    has(kms.events, KMS_EVENTS, VECTORS.event_topics);
    has(kms.errors, KMS_ERRORS, VECTORS.error_selectors);
    const known = [
      ...Object.keys(LAYOUTS),
      ...Object.keys(LISTS),
      ...KMS_FUNCTIONS,
      ...ABSENT,
    ].sort();
    equal(
      known,
      Object.keys(VECTORS.selectors).sort(),
      'every selector of the vectors is decided on',
    );
  });

  test('what could take something back is not there', async () => {
    const { functions } = artifact('KMSRegistry').selectors;
    const data = ethers.concat([hash('x'), hash('y'), hash('z')]);
    for (const name of ABSENT) {
      equal(functions[name], undefined, name);
      for (const from of [lab.owner, lab.node.signer, await chain.as(lab.registry.target)]) {
        const call = { to: lab.kms.target, data: ethers.concat([VECTORS.selectors[name], data]) };
        await mustFail(from.call(call), name);
      }
    }
    for (const to of [lab.kms.target, lab.registry.target]) {
      await mustFail(lab.owner.call({ to, value: 1 }), 'ether');
      await mustFail(lab.owner.call({ to, data: '0x' }), 'an empty call');
    }
    const changing = artifact('KMSRegistry').abi.filter(
      (f) => f.type === 'function' && f.stateMutability !== 'view',
    );
    equal(changing.map((f) => f.name).sort(), [
      'addOperator',
      'anchor',
      'execute',
      'proposeEpoch',
      'proposeSeed',
      'removeOperator',
      'setMasterSecretHash',
      'veto',
    ]);
  });

  test('no contract delegates, or can be destroyed', async () => {
    for (const name of ['NovaAppRegistry', 'KMSRegistry', 'SignatureVerifier']) {
      const ops = opcodes(ethers.getBytes(artifact(name).deployedBytecode));
      for (const [op, what] of [
        [0xf4, 'DELEGATECALL'],
        [0xf2, 'CALLCODE'],
        [0xff, 'SELFDESTRUCT'],
        [0xf0, 'CREATE'],
        [0xf5, 'CREATE2'],
      ]) {
        equal(ops.has(op), false, `${what} in ${name}`);
      }
    }
  });

  test('the layouts of the views are those of the reference', async () => {
    const face = lab.registry.interface;
    for (const [name, layout] of Object.entries(LAYOUTS)) {
      const [output] = face.getFunction(name).outputs;
      const fields = output.components.map((field) => `${field.type} ${field.name}`);
      equal(fields.join(', '), layout, name);
    }
    for (const [name, type] of Object.entries(LISTS))
      equal(face.getFunction(name).outputs[0].type, type);
  });

  test('the compiled interface reads and writes the reference bytes', async () => {
    const face = lab.registry.interface;
    const again = (name, bytes) =>
      face.encodeFunctionResult(name, face.decodeFunctionResult(name, bytes));
    let count = 0;
    for (const [what, bytes] of flat(VECTORS.returndata)) {
      const name = /^(\w+)/.exec(what)[1];
      if (!face.hasFunction(name) || what.includes('8')) continue;
      equal(again(name, bytes), bytes, what);
      count++;
    }
    equal(count >= 5, true, `only ${count} vectors`);
  });

  test('what the chain answers is what the layout says, byte for byte', async () => {
    const face = lab.registry.interface;
    const wallet = lab.node.wallet.address;
    for (const [name, ...args] of [
      ['getApp', 1],
      ['getApp', 9],
      ['getVersion', 1, 1],
      ['getVersion', 1, 9],
      ['getInstance', 1],
      ['getInstance', 9],
      ['getInstanceByWallet', wallet],
      ['getInstanceByWallet', ethers.ZeroAddress],
      ['getInstancesForVersion', 1, 1],
      ['getActiveInstances', 1],
      ['getActiveInstances', 9],
    ]) {
      const data = face.encodeFunctionData(name, args);
      const bytes = await chain.provider.call({ to: lab.registry.target, data });
      const layout = LAYOUTS[face.getFunction(name).format('sighash')];
      const type = layout ? `tuple(${layout})` : LISTS[face.getFunction(name).format('sighash')];
      const coder = ethers.AbiCoder.defaultAbiCoder();
      equal(coder.encode([type], coder.decode([type], bytes)), bytes, name);
    }
    equal((await lab.registry.getInstanceByWallet(wallet)).teePubkey, POINT);
  });

  test('the reference wallet without a record gets the reference bytes', async () => {
    const zeros = [...flat(VECTORS.returndata)].find(([what]) => what.includes('zero'));
    const data = lab.registry.interface.encodeFunctionData('getInstanceByWallet', [
      ethers.ZeroAddress,
    ]);
    equal(await chain.provider.call({ to: lab.registry.target, data }), zeros[1]);
  });

  test('the same sources give the same bytes, and abi.txt is their interface', async () => {
    const again = compile();
    for (const name of Object.keys(again)) {
      equal(again[name].bytecode, artifact(name).bytecode, name);
      const { length } = ethers.getBytes(again[name].deployedBytecode);
      equal(length < 24576, true, `${name} has ${length} bytes`);
    }
    equal(readFileSync('contracts/abi.txt', 'utf8'), abiText(again));
  });

  test('a verifier cannot be asked to change anything', async () => {
    const verifier = contractAt('SignatureVerifier', await lab.registry.verifier(), lab.owner);
    for (const f of verifier.interface.fragments.filter((one) => one.type === 'function')) {
      equal(['view', 'pure'].includes(f.stateMutability), true, f.name);
    }
  });
}

async function mustFail(promise, what) {
  const passed = await promise.then(
    () => true,
    () => false,
  );
  if (passed) throw new Error(`${what} passes`);
}

// The opcodes of a program, without what they push.
function opcodes(code) {
  const seen = new Set();
  for (let i = 0; i < code.length; i++) {
    seen.add(code[i]);
    if (code[i] >= 0x60 && code[i] <= 0x7f) i += code[i] - 0x5f;
  }
  return seen;
}

// The vectors' texts with their names, however deep they lie.
function* flat(value, name = '') {
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string') yield [name + key, item];
    else yield* flat(item, `${name}${key} `);
  }
}
