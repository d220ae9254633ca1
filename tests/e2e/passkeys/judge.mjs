// Whether @simplewebauthn/server takes assertions; it lies in the working folder.
// Written from: that library's documentation. In: a JSON array of cases, as cases.py has them.
// Out: a JSON array of true and false.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { verifyAuthenticationResponse } = createRequire(`${process.cwd()}/`)('@simplewebauthn/server');
const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64url');

async function isTaken({ cose, challenge, cred, counter, proof, rpId, origins }) {
  const { cred: id, client, auth, sig } = JSON.parse(proof);
  const { verified } = await verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON: client, authenticatorData: auth, signature: sig },
    },
    expectedChallenge: base64(challenge),
    expectedOrigin: origins,
    expectedRPID: rpId,
    credential: { id: base64(cred), publicKey: Buffer.from(cose, 'hex'), counter },
    requireUserVerification: true,
  });
  return verified;
}

const verdicts = [];
for (const one of JSON.parse(readFileSync(0, 'utf8'))) {
  verdicts.push(await isTaken(one).catch((error) => {
    if (process.env.PASSKEYS_WHY) console.error(one.name, '|', error.message);
    return false;
  }));
}
console.log(JSON.stringify(verdicts));
