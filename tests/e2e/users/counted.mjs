// What the clients of the tests of users share: counted checks, and what they were given.
import { createPrivateKey } from 'node:crypto';
import { ofOperator, Refused, Session } from './user_client.mjs';

process.on('uncaughtException', (error) => {
  console.log(`FAILED ${error.stack}`);
  process.exit(1);
});
export const given = JSON.parse(process.argv[2]);
export const operator = ofOperator(createPrivateKey(given.operator));
const counts = { passed: 0, failed: 0 };

export function check(what, good, detail = '') {
  counts[good ? 'passed' : 'failed'] += 1;
  if (!good) console.log(`FAILED ${what}\n    ${String(detail).slice(0, 600)}`);
}

// Whether it is refused with a code, or not at all where that is OK. Returns: what came of it.
export async function refusal(what, expected, ask) {
  try {
    const said = await ask();
    check(what, expected === 'OK', said instanceof Session ? 'a session' : JSON.stringify(said));
    return said;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    check(what, error.code === expected, `${error.code}, not ${expected}: ${error.message}`);
    return error;
  }
}

// Whoever started the nodes does what only he can.
export const ask = async (what) => (await fetch(given.master + what)).json();

export function end() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed === 0 ? 0 : 1);
}
