// Holds a conversation with a server through the Node client etcd3. It ends with status 1 and a message at the first thing that
// is not as it must be. The server's address is the one argument. When the program prints RESTART it wants the server killed and
// started again, and a line on its standard input afterwards.
'use strict';

const assert = require('node:assert/strict');
const { Etcd3 } = require('etcd3');
const { ask, pause, putSurely, refused, tell, within } = require('./told.js');

const client = new Etcd3({ hosts: `http://${process.argv[2]}`, dialTimeout: 5000 });

async function kv() {
  for (let i = 0; i < 20; i++) await client.put(`kv/${String(i).padStart(2, '0')}`).value(i);
  assert.equal(await client.get('kv/03').string(), '3');
  assert.equal(await client.get('kv/none').string(), null);
  const all = await client.getAll().prefix('kv/').numbers();
  assert.equal(Object.keys(all).length, 20);
  assert.equal(all['kv/19'], 19);
  assert.equal(await client.getAll().prefix('kv/').count(), 20);
  const last = await client.getAll().prefix('kv/').sort('Mod', 'Descend').limit(3).keys();
  assert.deepEqual(last, ['kv/19', 'kv/18', 'kv/17']);
  const put = await client.put('kv/03').value('again').getPrevious();
  assert.equal(put.value.toString(), '3');
  const page = await client.getAll().inRange({ start: 'kv/05', end: 'kv/10' }).limit(2).exec();
  assert.equal(page.more, true);
  assert.equal(page.count, '5');
  const gone = await client.delete().prefix('kv/1');
  assert.equal(gone.deleted, '10');
}

async function txn() {
  const create = () =>
    client.if('txn/a', 'Create', '==', 0).then(client.put('txn/a').value('1')).else(client.get('txn/a')).commit();
  assert.equal((await create()).succeeded, true);
  const again = await create();
  assert.equal(again.succeeded, false);
  assert.equal(again.responses[0].response_range.kvs[0].value.toString(), '1');
  const both = await client.if('txn/a', 'Value', '==', '1').and('txn/a', 'Version', '<', 2)
    .then(client.put('txn/b').value('2'), client.delete().key('txn/a')).commit();
  assert.equal(both.succeeded, true);
  assert.equal(both.responses[1].response_delete_range.deleted, '1');
  await Promise.all(Array.from({ length: 8 }, () =>
    client.stm({ retries: 100 }).transact(async (tx) => {
      const count = await tx.get('txn/count').number();
      await tx.put('txn/count').value((count ?? 0) + 1);
    })));
  assert.equal(await client.get('txn/count').number(), 8);
}

async function refusals() {
  await refused('empty key', () => client.put('').value('x'), 'key is not provided');
  await refused('no lease', () => client.put('x').value('y').lease('12345'), 'requested lease not found');
}

async function namespaces() {
  const room = client.namespace('room/');
  await room.put('table').value('4 legs');
  assert.equal(await client.get('room/table').string(), '4 legs');
  assert.deepEqual(await room.getAll().strings(), { table: '4 legs' });
}

async function leases() {
  const lease = client.lease(2, { autoKeepAlive: false });
  await lease.put('lease/a').value('1');
  await lease.put('lease/b').value('2');
  for (let i = 0; i < 5; i++) {
    await pause(700);
    assert.equal((await lease.keepaliveOnce()).TTL, '2');
  }
  assert.equal(await client.getAll().prefix('lease/').count(), 2);
  await within(10000, 'a lease of 2 s ends', async () => (await client.getAll().prefix('lease/').count()) === 0);

  const kept = client.lease(2);
  await kept.put('lease/kept').value('1');
  await pause(3500);
  assert.equal(await client.get('lease/kept').string(), '1');
  const lost = new Promise((resolve) => kept.on('lost', resolve));
  await client.leaseClient.leaseRevoke({ ID: await kept.grant() });
  await lost;
  assert.equal(await client.get('lease/kept').string(), null);

  const revoked = client.lease(60);
  await revoked.put('lease/revoked').value('1');
  await revoked.revoke();
  assert.equal(await client.get('lease/revoked').string(), null);
}

async function locks() {
  let holders = 0;
  let turns = 0;
  await Promise.all(Array.from({ length: 3 }, async () => {
    for (let turn = 0; turn < 4; ) {
      const lock = client.lock('lock').ttl(20);
      try {
        await lock.acquire();
      } catch (error) {
        assert.equal(error.constructor.name, 'EtcdLockFailedError');
        await pause(10);
        continue;
      }
      holders += 1;
      assert.equal(holders, 1);
      await pause(5);
      holders -= 1;
      turn += 1;
      turns += 1;
      await lock.release();
    }
  }));
  assert.equal(turns, 12);
}

async function election() {
  const one = client.election('election', 5);
  const campaign = one.campaign('first');
  await campaign.wait();
  const observer = await client.election('election', 5).observe();
  await within(5000, 'the leader is seen', async () => observer.leader() === 'first');
  await campaign.resign();
  await observer.cancel();
}

// Every change comes once and in order; the library follows again by itself after a lost connection.
async function watch() {
  const seen = [];
  const deleted = [];
  const watcher = await client.watch().prefix('watch/').create();
  watcher.on('put', (kv) => seen.push([Number(kv.mod_revision), kv.value.toString()]));
  const deletes = await client.watch().prefix('watch/').only('delete').withPreviousKV().create();
  deletes.on('delete', (kv, previous) => deleted.push(previous.value.toString()));
  for (let i = 0; i < 40; i++) {
    if (i === 20) await ask('RESTART');
    await putSurely(client, `watch/${i % 3}`, String(i));
  }
  await within(30000, 'all changes are seen', () => seen.length >= 40);
  assert.deepEqual(seen.map(([, value]) => value), Array.from({ length: 40 }, (_, i) => String(i)));
  const revisions = seen.map(([revision]) => revision);
  assert.deepEqual(revisions, [...new Set(revisions)].sort((a, b) => a - b));
  await client.delete().prefix('watch/');
  await within(30000, 'the deletes are seen', () => deleted.length >= 3);
  assert.deepEqual(deleted.sort(), ['37', '38', '39']);
  await watcher.cancel();
  await deletes.cancel();
}

tell(client, [kv, txn, refusals, namespaces, leases, locks, election, watch]);
