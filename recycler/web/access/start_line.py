"""Who may use the service, in words for the line that it prints when it starts."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from recycler.assays import DatabaseUnavailableError
from recycler.keys import KeyFileError, KeyKeeper, open_keys
from recycler.settings import Settings
from recycler.web.access.anonymous import Anonymous

_WAY_IN: Final = (
    "make one with `recycler keys create --name NAME --scope estimate`, "
    "or let everybody in with RECYCLER_ANONYMOUS=yes"
)


def who_may_use(settings: Settings) -> str:
    """Say who needs a key, and what to do if nobody can get in: a part of a line."""
    anonymous = Anonymous(settings)
    if anonymous.everyone:
        return "nobody needs a key (RECYCLER_ANONYMOUS=yes)"
    if anonymous.this_machine:
        return "callers on this machine need no key, all others do (RECYCLER_ANONYMOUS=loopback)"
    with closing(open_keys(settings)) as keeper:
        return _closed(keeper)


def _closed(keeper: KeyKeeper) -> str:
    try:
        now = datetime.now(UTC)
        good = sum(key.is_good(now) for key in keeper.all_keys())
        where = keeper.name
    except (DatabaseUnavailableError, KeyFileError) as error:
        return f"every caller needs a key, and none can be read now: {error}"
    if not good:
        return f"nobody can get in yet: every caller needs a key, and {where} has none; {_WAY_IN}"
    return f"every caller needs a key, of which {where} has {good}"
