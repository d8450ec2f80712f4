"""A file that appears complete or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, parts: Iterable[str], mode: int | None = None) -> None:
    """Write a file part by part under another name beside, then give it its own.

    Whoever reads it finds what was there before or all of what is written; if anything fails, what
    was there before stays.

    Args:
        path: The file.
        parts: What it will hold.
        mode: Its permissions; None for those of the file that is replaced, or of any new file.

    Raises:
        OSError: It cannot be written.
    """
    with NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as f:
        fresh = Path(f.name)
        try:
            f.writelines(parts)
            f.flush()
            os.fsync(f.fileno())
            fresh.chmod(_mode(path) if mode is None else mode)
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def _mode(path: Path) -> int:
    """The mode of the file that is replaced; that of any new file if there is none."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
