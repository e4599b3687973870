// What the programs share: words for the test that started them, and what ends them with status 1.
'use strict';

const assert = require('node:assert/strict');
const readline = require('node:readline');
const { setTimeout: pause } = require('node:timers/promises');

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Has the test do something, and gives its answer.
async function ask(what) {
  console.log(what);
  return (await lines.next()).value;
}

async function within(milliseconds, what, condition) {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `not within ${milliseconds} ms: ${what}`);
    await pause(20);
  }
}

async function refused(what, call, text) {
  await assert.rejects(call, (error) => {
    assert.ok(String(error.message).includes(text), `${what}: ${error.message}`);
    return true;
  });
}

// Puts one value. The answer may be lost with the server: then what is stored decides.
async function putSurely(client, key, value) {
  const end = Date.now() + 20000;
  for (;;) {
    try {
      await client.put(key).value(value);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      const kept = await client.get(key).string().catch(() => null);
      if (kept === value) return;
      await pause(50);
    }
  }
}

// Runs parts one after the other, and ends the program.
async function tell(client, parts) {
  try {
    for (const part of parts) {
      const started = Date.now();
      await part();
      console.log(`${part.name}: as it must be (${Date.now() - started} ms)`);
    }
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  client.close();
  process.exit(0);
}

module.exports = { ask, pause, putSurely, refused, tell, within };
