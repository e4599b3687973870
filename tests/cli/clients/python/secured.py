"""What a user with a password does over mutual TLS, through the Python client etcd3.

Arguments: the server's address, the files of its authority and of the certificate and key to show, the user's name and password.
The user may read and write what begins with app/, and with /locks/app/, where this library has its locks; lease 4711 holds a
key elsewhere.

What the program asks of the test, each answered by a line: RESTART has the server killed and started again, DROP ends all of
the user's tokens, LOGINS asks how often the user has logged in so far.
"""

import queue
import sys
import time

import etcd3
from etcd3 import etcdrpc

from told import ask, equal, refused, tell

ADDRESS, CA, CERT, KEY, USER, PASSWORD = sys.argv[1:]
HOST, PORT = ADDRESS.rsplit(":", 1)
DENIED = "etcdserver: permission denied"


def connect(password):
    return etcd3.client(host=HOST, port=int(PORT), ca_cert=CA, cert_cert=CERT, cert_key=KEY, user=USER, password=password, timeout=20)


def passwords(_client):
    refused("a wrong password", lambda: connect("guess"), "etcdserver: authentication failed, invalid user ID or password")


def keys(client):
    t = client.transactions
    client.put("app/a", "1")
    equal("value", client.get("app/a")[0], b"1")
    equal("all inside", len(list(client.get_prefix("app/"))), 1)
    done, _ = client.transaction(compare=[t.version("app/a") > 0], success=[t.put("app/b", "2")], failure=[])
    equal("transaction", done, True)
    equal("deleted", client.delete("app/b"), True)
    refused("a write elsewhere", lambda: client.put("other/a", "1"), DENIED)
    refused("a read elsewhere", lambda: client.get("other/a"), DENIED)
    refused("a read of everything", lambda: list(client.get_all()), DENIED)
    refused("a delete elsewhere", lambda: client.delete_prefix("other/"), DENIED)
    refused("a transaction that is partly elsewhere",
            lambda: client.transaction(compare=[], success=[t.put("app/a", "1")], failure=[t.get("other/a")]), DENIED)
    refused("what only root may do", lambda: client.compact(1), DENIED)


def leases(client):
    lease = client.lease(60)
    client.put("app/leased", "", lease=lease)
    equal("renewed", lease.refresh()[0].TTL, 60)
    equal("attached", lease.keys, [b"app/leased"])
    lease.revoke()
    equal("gone", client.get("app/leased")[0], None)
    another = etcd3.Lease(4711, 600, etcd_client=client)
    refused("renewing another's", another.refresh, DENIED)
    refused("the keys of another's", lambda: another.keys, DENIED)
    refused("revoking another's", another.revoke, DENIED)


def watches(client):
    """This library keeps to itself why a watch is refused; what the server said is seen below it."""
    create = etcdrpc.WatchRequest(create_request=etcdrpc.WatchCreateRequest(key=b"other/a"))
    answers = etcdrpc.WatchStub(client.channel).Watch(iter([create]), credentials=client.call_credentials)
    answer = next(answers)
    equal("a watch elsewhere", (answer.created, answer.canceled, answer.watch_id), (True, True, -1))
    equal("its reason", answer.cancel_reason.endswith(DENIED), True)
    answers.cancel()
    events, cancel = client.watch("app/followed")
    client.put("app/followed", "1")
    equal("followed", next(events).value, b"1")
    cancel()


def locks(client):
    lock = client.lock("app/lock", ttl=20)
    equal("taken", lock.acquire(timeout=10), True)
    equal("held", lock.is_acquired(), True)
    equal("released", lock.release(), True)
    # The library tries again where it must not; its first try was refused.
    lock = client.lock("other/lock", ttl=20)
    refused("a lock elsewhere", lambda: lock.acquire(timeout=0), DENIED)


def tokens(client):
    """This library logs in once. A watch outlives the token that it was asked for with; a token outlives a restart."""
    seen = queue.Queue()
    client.add_watch_callback("app/followed", seen.put)
    before = int(ask("LOGINS"))
    ask("DROP")
    refused("a token that has ended", lambda: client.put("app/followed", "2"), "etcdserver: invalid auth token")
    again = connect(PASSWORD)
    again.put("app/followed", "3")
    equal("followed", [event.value for event in seen.get(timeout=20).events], [b"3"])
    equal("logins after a drop", int(ask("LOGINS")), before + 1)
    ask("RESTART")
    end = time.monotonic() + 20
    while True:
        try:
            again.get("app/followed")
            break
        except etcd3.exceptions.ConnectionFailedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    again.put("app/followed", "4")
    equal("logins after a restart", int(ask("LOGINS")), before + 1)
    refused("elsewhere, still", lambda: again.put("other/a", "x"), DENIED)


tell(connect(PASSWORD), passwords, keys, leases, watches, locks, tokens)
