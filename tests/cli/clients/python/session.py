"""Holds a conversation with a server through the Python client etcd3.

It ends with status 1 and a message at the first thing that is not as it must be. The server's address is the one argument.
When the program prints RESTART it wants the server killed and started again, and a line on its standard input afterwards.
"""

import queue
import sys
import threading
import time

import etcd3

from told import ask, equal, refused, tell

HOST, PORT = sys.argv[1].rsplit(":", 1)


def connect():
    return etcd3.client(host=HOST, port=int(PORT), timeout=10)


def kv(client):
    for i in range(20):
        client.put(f"kv/{i:02}", str(i))
    value, meta = client.get("kv/03")
    equal("value", value, b"3")
    equal("key", meta.key, b"kv/03")
    equal("version", meta.version, 1)
    first = meta.response_header.revision
    equal("none", client.get("kv/none"), (None, None))
    found = list(client.get_prefix("kv/", sort_order="descend"))
    equal("found", [v for v, _ in found], [str(i).encode() for i in reversed(range(20))])
    equal("range", [v for v, _ in client.get_range("kv/05", "kv/08")], [b"5", b"6", b"7"])
    equal("all", len(list(client.get_all())) >= 20, True)
    answer = client.put("kv/03", "again", prev_kv=True)
    equal("previous", answer.prev_kv.value, b"3")
    equal("next revision", answer.header.revision, first + 1)
    equal("no second creation", client.put_if_not_exists("kv/03", "x"), False)
    equal("creation", client.put_if_not_exists("kv/new", "x"), True)
    equal("replaced", client.replace("kv/new", "x", "y"), True)
    equal("not replaced", client.replace("kv/new", "x", "z"), False)
    equal("deleted", client.delete("kv/new"), True)
    equal("deleted again", client.delete("kv/new"), False)
    equal("all deleted", client.delete_prefix("kv/1").deleted, 10)


def transactions(client):
    t = client.transactions
    done, answers = client.transaction(
        compare=[t.version("txn/a") == 0, t.create("txn/b") == 0],
        success=[t.put("txn/a", "1"), t.get("txn/a"), t.txn(compare=[t.mod("txn/a") == 0], success=[t.put("txn/b", "2")], failure=[])],
        failure=[t.get("txn/a")],
    )
    equal("first", done, True)
    (value, meta), = answers[1]
    equal("read inside", value, b"1")
    # Compares at every depth are judged before any write.
    equal("written by the inner one", client.get("txn/b")[0], b"2")
    done, answers = client.transaction(
        compare=[t.value("txn/a") > "1"], success=[], failure=[t.delete("txn/a"), t.get("txn/b")])
    equal("second", done, False)
    equal("answers", len(answers), 2)
    equal("gone", client.get("txn/a")[0], None)


def refusals(client):
    refused("empty key", lambda: client.put("", "x"), "etcdserver: key is not provided")
    refused("lease", lambda: client.put("x", "y", lease=12345), "etcdserver: requested lease not found")
    refused("future", lambda: client.compact(1 << 40), "etcdserver: mvcc: required revision is a future revision")


def watches(client):
    """Every change comes once and in order; this library leaves it to its user to go on after a lost connection."""
    seen, follow_from = [], [None]
    wake = threading.Condition()

    def on_response(response):
        with wake:
            if isinstance(response, Exception):
                follow_from.append("again")
            else:
                for event in response.events:
                    seen.append((event.mod_revision, event.value))
            wake.notify_all()

    def follow(start):
        end = time.monotonic() + 30
        while True:
            try:
                return client.add_watch_prefix_callback("watch/", on_response, start_revision=start)
            except Exception:  # pylint: disable=broad-except
                if time.monotonic() > end:
                    raise

    start = client.put("before", "").header.revision + 1
    follow(start)
    for i in range(40):
        if i == 20:
            ask("RESTART")
        put_surely(client, f"watch/{i % 3}", str(i))
    end = time.monotonic() + 30
    while True:
        with wake:
            if len(seen) >= 40:
                break
            if not wake.wait(timeout=0.2) and time.monotonic() > end:
                sys.exit(f"only {len(seen)} of 40 changes seen")
            lost = len(follow_from) > 1 and follow_from.pop()
            following = seen[-1][0] + 1 if seen else start
        if lost:
            follow(following)
    equal("changes", [value for _, value in seen], [str(i).encode() for i in range(40)])
    revisions = [revision for revision, _ in seen]
    equal("order", revisions, sorted(set(revisions)))


def put_surely(client, key, value):
    """The answer may be lost with the server: then what is stored decides."""
    for _ in range(100):
        try:
            client.put(key, value)
            return
        except Exception:  # pylint: disable=broad-except
            try:
                if client.get(key)[0] == value.encode():
                    return
            except Exception:  # pylint: disable=broad-except
                time.sleep(0.1)
    sys.exit(f"{key} cannot be written")


def iterated(client):
    events, cancel = client.watch_prefix("iterated/", prev_kv=True)
    client.put("iterated/a", "1")
    client.delete("iterated/a")
    first, second = next(events), next(events)
    equal("put", (type(first).__name__, first.value), ("PutEvent", b"1"))
    equal("delete", (type(second).__name__, second.prev_value), ("DeleteEvent", b"1"))
    cancel()
    revision = client.put("iterated/b", "1").header.revision
    now = client.put("iterated/b", "2").header.revision
    client.compact(now, physical=True)
    answers = queue.Queue()
    try:
        client.add_watch_callback("iterated/b", answers.put, start_revision=revision)
        said = answers.get(timeout=10)
    except etcd3.exceptions.RevisionCompactedError as error:
        said = error
    equal("compacted", getattr(said, "compacted_revision", said), now)


def leases(client):
    lease = client.lease(2)
    client.put("lease/a", "1", lease=lease)
    client.put("lease/b", "1", lease=lease)
    equal("keys", sorted(lease.keys), [b"lease/a", b"lease/b"])
    equal("granted", lease.granted_ttl, 2)
    for _ in range(5):
        time.sleep(0.7)
        equal("renewed", lease.refresh()[0].TTL, 2)
    equal("kept", client.get("lease/a")[0], b"1")
    end = time.monotonic() + 10
    while client.get("lease/a")[0] is not None:
        if time.monotonic() > end:
            sys.exit("a lease of 2 s lasts 10 s")
        time.sleep(0.05)
    equal("gone together", client.get("lease/b")[0], None)
    equal("no lease", lease.refresh()[0].TTL, 0)
    equal("nothing left", lease.remaining_ttl, -1)
    other = client.lease(60, lease_id=4711)
    equal("chosen id", other.id, 4711)
    client.put("lease/c", "1", lease=other)
    other.revoke()
    equal("revoked", client.get("lease/c")[0], None)


def locks(client):
    holders, turns, guard = 0, 0, threading.Lock()
    failures = []

    def work():
        nonlocal holders, turns
        own = connect()
        for _ in range(4):
            lock = own.lock("lock", ttl=20)
            # The library can miss a release between asking and watching; it then asks again when its time is up.
            end = time.monotonic() + 30
            while not lock.acquire(timeout=0.5):
                if time.monotonic() > end:
                    failures.append("a lock was not to be had")
                    return
            with guard:
                holders += 1
                if holders != 1:
                    failures.append(f"{holders} hold one lock")
            equal("acquired", lock.is_acquired(), True)
            with guard:
                holders -= 1
                turns += 1
            lock.release()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=40)
    equal("failures", failures, [])
    equal("turns", turns, 12)


def members(client):
    equal("members", len(list(client.members)), 1)
    status = client.status()
    equal("leader", status.leader.id, next(iter(client.members)).id)
    equal("alarms", list(client.list_alarms()), [])


tell(connect(), kv, transactions, refusals, members, leases, locks, watches, iterated)
