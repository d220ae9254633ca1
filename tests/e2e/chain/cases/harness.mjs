// The harness that other tests stand on: the chain that stops, freezes and reorganises, endpoints
// that lie, and the commands over stdin.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { equal, hash, POINT } from '../lab.mjs';
import { rpc } from '../../../../contracts/anvil.mjs';

async function refused(promise) {
  return promise.then(
    () => false,
    () => true,
  );
}

function within(ms, promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, 'late'))]);
}

export function harness(lab) {
  const { test, chain } = lab;
  const isOperator = () =>
    lab.kms.interface.encodeFunctionData('isOperator', [lab.node.wallet.address]);
  const call = (url, block = 'latest') =>
    rpc(url, 'eth_call', [{ to: lab.kms.target, data: isOperator() }, block]);
  const YES = `0x${'0'.repeat(63)}1`;
  const NO = `0x${'0'.repeat(64)}`;

  test('proxy: honest as long as nothing is asked of it', async () => {
    const { url } = await chain.proxy('honest');
    equal(await call(url), YES);
    equal(await rpc(url, 'eth_blockNumber'), await rpc(chain.anvil.url, 'eth_blockNumber'));
    equal(chain.proxies.get('honest').asked, { eth_call: 1, eth_blockNumber: 1 });
  });

  test('proxy: lies', async () => {
    const lie = async (rule) => (await chain.proxy('liar', { overrides: [rule] })).url;
    const to = lab.kms.target;
    equal(await call(await lie({ method: 'eth_call', result: NO })), NO);
    equal(
      await call(
        await lie({ method: 'eth_call', to, data: isOperator().slice(0, 10), result: NO }),
      ),
      NO,
    );
    equal(await call(await lie({ method: 'eth_call', to: lab.registry.target, result: NO })), YES);
    equal(await call(await lie({ method: 'eth_call', data: '0xffffffff', result: NO })), YES);
    equal(await call(await lie({ method: 'eth_call', flip: 31 })), NO);
    equal(await call(await lie({ method: 'eth_call', flip: 0 })), `0x01${YES.slice(4)}`);
    equal(
      await refused(call(await lie({ method: 'eth_call', error: { code: 3, message: 'no' } }))),
      true,
    );
    equal(await rpc(await lie({ method: 'eth_chainId', result: '0x1' }), 'eth_chainId'), '0x1');
    const { url } = await chain.proxy('liar', {
      overrides: [{ method: 'eth_call', result: NO }],
      limit: 1,
    });
    equal([await call(url), await call(url)], [NO, YES]);
  });

  test('proxy: an earlier chain', async () => {
    const { url } = await chain.proxy('stale', { behind: 2 });
    const node = await lab.newInstance();
    const data = lab.kms.interface.encodeFunctionData('isOperator', [node.wallet.address]);
    const params = [{ to: lab.kms.target, data }, 'latest'];
    equal(await rpc(chain.anvil.url, 'eth_call', params), YES);
    equal(await rpc(url, 'eth_call', params), NO);
    const { number } = await chain.head();
    equal(Number(await rpc(url, 'eth_blockNumber')), number - 2);
    equal(Number((await rpc(url, 'eth_getBlockByNumber', ['latest', false])).number), number - 2);
    await chain.mine(2);
    equal(await rpc(url, 'eth_call', params), YES);
  });

  test('proxy: broken answers', async () => {
    const with_ = async (faults) => (await chain.proxy('broken', faults)).url;
    for (const faults of [
      { reset: true },
      { status: 500 },
      { status: 429 },
      { body: 'no' },
      { body: '' },
      { truncate: 10 },
      { down: true },
    ]) {
      equal(await refused(call(await with_(faults))), true, JSON.stringify(faults));
    }
    const answer = await fetch(await with_({ redirect: 'http://127.0.0.1:1/' }), {
      method: 'POST',
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
      redirect: 'manual',
    });
    equal([answer.status, answer.headers.get('location')], [307, 'http://127.0.0.1:1/']);
    equal(await within(300, call(await with_({ hang: true }))), 'late');
    equal(await within(100, call(await with_({ delay_ms: 200 }))), 'late');
    equal(await call(await with_({ pad: 100000 })), YES);
    const { url } = await chain.proxy('broken', { id: 77, shuffle: true });
    const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] }));
    const post = async (faults) => {
      await chain.proxy('broken', faults);
      return (await fetch(url, { method: 'POST', body: JSON.stringify(batch) })).json();
    };
    equal(
      (await post({ shuffle: true })).map((one) => one.id),
      [2, 1],
    );
    equal(
      (await post({ id: 77 })).map((one) => one.id),
      [77, 77],
    );
    equal(
      (await post({})).map((one) => one.id),
      [1, 2],
    );
  });

  test('a reorganisation takes transactions back', async () => {
    const before = await chain.head();
    const node = await lab.newInstance();
    await chain.mine(2);
    const { number, hash: tip } = await chain.head();
    const after = await chain.reorg(number - before.number);
    equal(after.number, number);
    equal(after.hash === tip, false);
    equal((await lab.registry.getInstanceByWallet(node.wallet.address)).id, 0);
    equal((await lab.registry.getInstanceByWallet(lab.node.wallet.address)).id, 1);
  });

  test('the chain ends with its program, even when that is killed', async () => {
    const child = spawn('tests/e2e/chain/chain', { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write('{"cmd":"start"}\n');
    const { url } = JSON.parse((await lines.next()).value);
    equal(await rpc(url, 'eth_chainId'), '0x7a69');
    child.kill('SIGKILL');
    for (let i = 0; i < 100 && !(await refused(rpc(url, 'eth_chainId'))); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    equal(await refused(rpc(url, 'eth_chainId')), true);
  });

  test('tests in other languages: commands as JSON lines', async () => {
    const child = spawn('tests/e2e/chain/chain', { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const raw = async (line) => {
      child.stdin.write(`${line}\n`);
      return JSON.parse((await lines.next()).value);
    };
    const command = async (cmd, members = {}) => {
      const { ok, id, ...rest } = await raw(JSON.stringify({ cmd, id: cmd, ...members }));
      equal(id, cmd);
      return ok ? rest : { refused: rest.reverted ?? true };
    };
    try {
      equal((await raw('{')).ok, false);
      equal((await raw('{"cmd":"toString"}')).ok, false);
      equal(await command('deploy'), { refused: true });
      const started = await command('start', { epoch_slots: 1, chain_id: 84532 });
      equal([started.chain_id, started.accounts.length], [84532, 20]);
      equal(await command('start'), { refused: true });
      const { trust } = await command('deploy');
      equal([trust.chain_id, trust.genesis], [84532, started.genesis]);
      const { version_id } = await command('version');
      const wallet = `0x${'ab'.repeat(20)}`;
      const node = { version_id, wallet, tee_pubkey: POINT, url: 'http://127.0.0.1:1' };
      equal(await command('instance', node), { instance_id: 1 });
      equal(await command('instance', node), { refused: 'WalletAlreadyRegistered' });
      const root = { wallet, hash: hash('root') };
      equal(await command('set_root_hash', { ...root, wallet: started.accounts[9] }), {
        refused: 'NotAuthorizedToSetHash',
      });
      equal(typeof (await command('set_root_hash', root)).block, 'number');
      const anchor = { wallet, height: 7, header: hash('s7') };
      equal(typeof (await command('anchor', anchor)).block, 'number');
      equal(await command('anchor', anchor), { refused: 'WrongHeight' });
      const next = { wallet, height: 8, header: hash('s8') };
      equal(await command('anchor', next), { refused: 'WrongPredecessor' });
      equal(typeof (await command('anchor', { ...next, follows: hash('s7') })).block, 'number');
      const commitment = hash('epoch 1');
      const proposal = { proposal_id: 1, commitment };
      await command('propose_epoch', { wallet, epoch: 1, commitment });
      equal(await command('execute', { wallet, ...proposal }), { refused: 'TooEarly' });
      await command('veto', { guardian: started.accounts[1], ...proposal });
      await command('pass', { seconds: 3601 });
      await command('execute', { wallet, ...proposal });
      const seen = await command('call', {
        contract: 'kms_registry',
        method: 'epochCommitment',
        args: [1],
      });
      equal(seen, { result: commitment });
      const { app_id } = await command('app');
      const other = await command('version', { app_id });
      const app = { ...node, app_id, version_id: other.version_id, wallet: started.accounts[7] };
      equal(await command('instance', app), { instance_id: 2 });
      await command('end_instance', { instance_id: 2, status: 'stopped' });
      await command('app_status', { app_id, status: 'inactive' });
      await command('deprecate', { app_id, version_id: other.version_id });
      await command('revoke', { version_id });
      const { result } = await command('call', {
        contract: 'registry',
        method: 'getVersion',
        args: [1, 1],
      });
      equal([result.status, result.versionName], [2, '1.0']);
      const head = await command('head');
      await command('stop');
      equal(await refused(rpc(started.url, 'eth_chainId')), true);
      await command('restart');
      equal(await command('head'), head);
      equal((await command('describe')).trust, trust);
      await command('freeze');
      equal(await within(200, rpc(started.url, 'eth_chainId')), 'late');
      await command('thaw');
      equal(await rpc(started.url, 'eth_chainId'), '0x14a34');
      child.stdin.end();
      equal(await ended, 0);
      equal(await refused(rpc(started.url, 'eth_chainId')), true);
    } finally {
      child.kill();
    }
  });
}
