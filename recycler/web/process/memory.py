"""Memory of a process that answers: what went is freed, what stays is not looked through again."""

import gc


def settle() -> None:
    """Free what nothing refers to any more, and spare the rest the collector's next rounds.

    What is there when the service has started, or has taken another model, is there to stay:
    looking through it again and again would hold requests up. The pause is some hundredths of a
    second.
    """
    gc.unfreeze()  # what was to stay may be what has been replaced since
    gc.collect()
    gc.freeze()
