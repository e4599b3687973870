"""What the programs share: words for the test that started them, and what ends them with status 1."""

import sys
import time

import grpc


def equal(what, have, want):
    if have != want:
        sys.exit(f"{what}: have {have!r}, want {want!r}")


def ask(what):
    """Has the test do something, and gives its answer."""
    print(what, flush=True)
    return sys.stdin.readline().strip()


def refused(what, call, text):
    """Whatever the library makes of a refusal, its cause holds the server's own words."""
    try:
        call()
    except Exception as error:  # pylint: disable=broad-except
        cause = error if isinstance(error, grpc.RpcError) else error.__cause__ or error.__context__ or error
        said = cause.details() if isinstance(cause, grpc.RpcError) else str(cause)
        equal(what, said, text)
        return
    sys.exit(f"{what}: not refused")


def tell(client, *parts):
    """Runs parts one after the other."""
    for part in parts:
        started = time.monotonic()
        part(client)
        print(f"{part.__name__}: as it must be ({(time.monotonic() - started) * 1000:.0f} ms)", flush=True)
