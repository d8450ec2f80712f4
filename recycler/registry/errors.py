"""One error for every refusal: a sentence that names version, file and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

RESTORE = "restore this version from a good copy, or train a new one with `recycler train`"
"""What to do about files that are damaged, incomplete or not ours."""

_LONGEST = 400  # characters kept of what hostile bytes may have put into a message


class ArtefactError(RuntimeError):
    """A model or the registry cannot be used; the message says which, why, and what to do."""


@contextmanager
def refusing(subject: str, remedy: str = RESTORE) -> Iterator[None]:
    """Turn whatever fails inside into one ArtefactError about `subject` that ends with `remedy`.

    Args:
        subject: What is being read or written, e.g. "model 2026.11-1, manifest.json".
        remedy: What the reader of the message should do.

    Raises:
        ArtefactError: Anything was raised inside, MemoryError and RecursionError included.
    """
    try:
        yield
    except ArtefactError:
        raise
    except Exception as error:  # damaged or hostile bytes may raise anything at all
        raise ArtefactError(f"{subject}: {_reason(error)}; {remedy}") from error


def _reason(error: Exception) -> str:
    """The error in words, on one line, printable and not too long."""
    if isinstance(error, OSError):
        words = error.strerror or str(error)
    elif type(error) is ValueError:
        words = str(error)
    else:
        words = f"it cannot be used ({type(error).__name__}: {error})"
    printable = "".join(c if c.isprintable() else "?" for c in words).strip(" .;")
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}..."
