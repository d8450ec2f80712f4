"""Programs that use the store as processes of their own: `store_programs.py WHAT URL [NUMBER]`.

Each prints a line, at once, for everything that the store has acknowledged.
"""

import os
import resource
import sqlite3
import sys

from assay_samples import make_lot

from recycler.assays import AssayStore, DatabaseUnavailableError, DuplicateLotError, Filters


def say(*words: object) -> None:
    """Print a line that arrives whatever happens next."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def add(store: AssayStore, first: int) -> None:
    """Add lots without end, each under a key of its own."""
    for number in range(first, sys.maxsize):
        stored, _ = store.add(make_lot(f"lot-{number}", nd=number / 1e9), key=f"key-{number}")
        say(number, stored.assay_id)


def add_through_failures(store: AssayStore, first: int) -> None:
    """Add lots without end; where the database fails, say so and try the same again."""
    for number in range(first, sys.maxsize):
        while True:
            try:
                stored, _ = store.add(make_lot(f"lot-{number}"), key=f"key-{number}")
                break
            except DatabaseUnavailableError as error:
                say("unavailable", error)
        say(number, stored.assay_id)


def add_some(store: AssayStore, count: int) -> None:
    """Add as many lots as are asked for, which others add under the same keys."""
    for number in range(count):
        stored, new = store.add(make_lot(f"lot-{number}"), key=f"key-{number}")
        say(number, stored.assay_id, new)
    store.close()


def compete(store: AssayStore, count: int) -> None:
    """Add as many lots as are asked for, whose names others want as well, without keys."""
    for number in range(count):
        try:
            store.add(make_lot(f"lot-{number}", estimate_id=f"{os.getpid()}"))
            say(number, "mine")
        except DuplicateLotError:
            say(number, "taken")
    store.close()


def import_many(store: AssayStore, count: int) -> None:
    """Import so many lots at once."""
    store.migrate()
    say("begins")
    say(store.add_all(make_lot(f"lot-{number}") for number in range(count)))


def fill_up(store: AssayStore, largest: int) -> None:
    """Add lots until no file may grow further, then be allowed more and go on."""
    store.migrate()
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    number = 0
    try:
        while True:
            stored, _ = store.add(make_lot(f"lot-{number}"), key=f"key-{number}")
            say(number, stored.assay_id)
            number += 1
    except DatabaseUnavailableError as error:
        say("unavailable", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    stored, _ = store.add(make_lot(f"lot-{number}"), key=f"key-{number}")
    say(number, stored.assay_id)
    store.close()


def fork(store: AssayStore, _: int) -> None:
    """Use the store before a fork and on both sides of it."""
    store.add(make_lot("before"))
    child = os.fork()
    store.add(make_lot("parent" if child else "child"))
    found = {stored.lot.lot_id for stored in store.find(Filters(), limit=9).lots}
    assert {"before", "parent" if child else "child"} <= found
    if child:
        _, status = os.waitpid(child, 0)
        assert status == 0
        store.add(make_lot("after"))
        say("done")
    store.close()


def hold(path: str) -> None:
    """Hold the write lock of a SQLite file until a line comes in."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("holds")
    sys.stdin.readline()
    connection.execute("COMMIT")


if __name__ == "__main__":
    what, url, *number = sys.argv[1:]
    if what == "hold":
        hold(url)
    else:
        globals()[what](AssayStore(url, timeout_s=20), int(*number or ["0"]))
