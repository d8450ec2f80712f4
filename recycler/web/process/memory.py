"""Memory of a process that answers: what went is freed, what stays is not looked through again."""

import gc


def settle() -> None:
    """Free what nothing refers to any more, and spare the rest the collector's next rounds.

    What is there when the service has started is there to stay: looking through it again and again
    would hold requests up. What was spared before a fork is not touched either, so that processes
    go on sharing it.
    """
    gc.collect()
    gc.freeze()


def settle_anew() -> None:
    """Settle once more, for what was to stay may be what has been replaced since.

    Everything is looked through; the pause is some hundredths of a second.
    """
    gc.unfreeze()
    settle()
