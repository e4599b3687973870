// What a user with a password does over mutual TLS, through the Node client etcd3. Arguments: the server's address, the files of
// its authority and of the certificate and key to show, the user's name and password. The user may read and write what begins
// with app/; lease 4711 holds a key elsewhere.
//
// What the program asks of the test, each answered by a line: RESTART has the server killed and started again, DROP ends all of
// the user's tokens, LOGINS asks how often the user has logged in so far.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { once } = require('node:events');
const { Etcd3 } = require('etcd3');
const { ask, putSurely, refused, tell, within } = require('./told.js');

const [address, ca, cert, key, username, right] = process.argv.slice(2);
const DENIED = 'etcdserver: permission denied';

function connect(password) {
  return new Etcd3({
    hosts: `https://${address}`,
    credentials: { rootCertificate: fs.readFileSync(ca), privateKey: fs.readFileSync(key), certChain: fs.readFileSync(cert) },
    auth: { username, password },
    dialTimeout: 5000,
  });
}

const client = connect(right);

async function passwords() {
  const wrong = connect('guess');
  await refused('a wrong password', () => wrong.get('app/a'), 'etcdserver: authentication failed, invalid user ID or password');
  wrong.close();
}

async function keys() {
  await client.put('app/a').value('1');
  assert.equal(await client.get('app/a').string(), '1');
  assert.equal(await client.getAll().prefix('app/').count(), 1);
  const done = await client.if('app/a', 'Version', '>', 0).then(client.put('app/b').value('2')).commit();
  assert.equal(done.succeeded, true);
  assert.equal((await client.delete().key('app/b')).deleted, '1');
  await refused('a write elsewhere', () => client.put('other/a').value('1'), DENIED);
  await refused('a read elsewhere', () => client.get('other/a'), DENIED);
  await refused('a read of everything', () => client.getAll().all().exec(), DENIED);
  await refused('a delete elsewhere', () => client.delete().prefix('other/').exec(), DENIED);
  const partly = () => client.if('app/a', 'Version', '>', 0).then(client.put('app/b').value('2')).else(client.get('other/a')).commit();
  await refused('a transaction that is partly elsewhere', partly, DENIED);
  await refused('all users', () => client.getUsers(), DENIED);
}

async function leases() {
  const lease = client.lease(60, { autoKeepAlive: false });
  await lease.put('app/leased').value('1');
  assert.equal((await lease.keepaliveOnce()).TTL, '60');
  const left = await client.leaseClient.leaseTimeToLive({ ID: await lease.grant(), keys: true });
  assert.deepEqual(left.keys.map(String), ['app/leased']);
  await lease.revoke();
  assert.equal(await client.get('app/leased').string(), null);
  await refused('the keys of another lease', () => client.leaseClient.leaseTimeToLive({ ID: '4711', keys: true }), DENIED);
  await refused('revoking another lease', () => client.leaseClient.leaseRevoke({ ID: '4711' }), DENIED);
  await refused('a key on another lease', () => client.put('app/c').value('1').lease('4711'), DENIED);
}

async function locks() {
  const app = client.namespace('app/');
  const lock = await app.lock('lock').ttl(20).acquire();
  await assert.rejects(() => app.lock('lock').ttl(20).acquire(), { name: 'Error' });
  await lock.release();
  await refused('a lock elsewhere', () => client.lock('other/lock').ttl(20).acquire(), DENIED);
}

// Tokens that end are replaced by the library; those that outlive a restart are not. A watch outlives both.
async function tokens() {
  // A client of its own: in this library a watch that was refused holds up those that are asked for after it.
  const other = connect(right);
  const [error] = await once(other.watch().prefix('other/').watcher(), 'error');
  assert.ok(error.message.includes(DENIED), error.message);
  other.close();

  const seen = [];
  const watcher = await client.watch().key('app/followed').create();
  watcher.on('put', (kv) => seen.push(kv.value.toString()));
  const follow = async (value) => {
    await putSurely(client, 'app/followed', value);
    await within(20000, `${value} is seen`, () => seen.at(-1) === value);
  };
  await follow('first');
  const before = Number(await ask('LOGINS'));
  await ask('DROP');
  await follow('with a new token');
  assert.equal(Number(await ask('LOGINS')), before + 1);
  await ask('RESTART');
  await follow('with the same token');
  assert.equal(Number(await ask('LOGINS')), before + 1);
  assert.deepEqual(seen, ['first', 'with a new token', 'with the same token']);
  await refused('elsewhere, still', () => client.put('other/a').value('x'), DENIED);
  await watcher.cancel();
}

tell(client, [passwords, keys, leases, locks, tokens]);
