// The contracts on a real chain. tests/e2e/chain/run runs it; --gas prints what each call costs, and
// another argument runs only the tests whose name has it.
import { abi } from './cases/abi.mjs';
import { apps } from './cases/apps.mjs';
import { codec } from './cases/codec.mjs';
import { deployment } from './cases/deploy.mjs';
import { harness } from './cases/harness.mjs';
import { instances } from './cases/instances.mjs';
import { kms } from './cases/kms.mjs';
import { model } from './cases/model.mjs';
import { artifact } from './chain.mjs';
import { Lab } from './lab.mjs';

const [showGas, only] = [
  process.argv.includes('--gas'),
  process.argv.slice(2).find((a) => a !== '--gas'),
];
const PEER = 'build/dev-checked/tests/e2e/ethers/peer';
const lab = new Lab();
let { passed, failed } = { passed: 0, failed: 0 };
try {
  await lab.start();
  for (const add of [apps, instances, kms, model, abi, codec, deployment, harness]) add(lab, PEER);
  ({ passed, failed } = await lab.run(only));
  if (!only) {
    const left = leftOut();
    if (left.length > 0) console.log(`FAILED no test saw ${left.join(', ')}`);
    if (left.length > 0) failed++;
    else passed++;
  }
} catch (error) {
  failed++;
  console.log(error);
}
await lab.chain.end();

// Every function, event and error of every contract must have been met.
function leftOut() {
  const names = ['NovaAppRegistry', 'KMSRegistry', 'SignatureVerifier'];
  const all = names.flatMap((name) =>
    artifact(name)
      .abi.filter((f) => f.type !== 'constructor')
      .map((f) => `${name}.${f.name}`),
  );
  return all.filter((member) => !lab.seen.has(member));
}

if (showGas) {
  for (const [name, used] of [...lab.gas].sort()) {
    console.log(`${name} | ${Math.min(...used)} | ${Math.max(...used)}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
