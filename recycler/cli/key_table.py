"""Keys as people and programs read them; what is secret of them is kept nowhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from recycler.cli.tables import Column, FirstThatFits, table
from recycler.keys import ApiKey


def keys_table(keys: Sequence[ApiKey], now: datetime) -> RenderableType:
    """One row for every key; where the terminal is narrow, without what matters least."""
    ids = Column("id", [key.key_id for key in keys], "bold")
    names = Column("name", [key.name for key in keys], folds=True)
    scopes = Column("scopes", [", ".join(sorted(key.scopes)) for key in keys], folds=True)
    used = Column("last used (UTC)", [_shown(key.last_used_at) for key in keys])
    states = Column("state", [_state(key, now) for key in keys], folds=True)
    made = Column("made", [f"{key.created_at:%Y-%m-%d}" for key in keys])
    return FirstThatFits(
        [
            table([ids, names, scopes, made, used, states]),
            table([ids, names, scopes, used, states]),
            table([ids, names, states]),
        ]
    )


def key_document(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A key as JSON has it."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "good": key.is_good(now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _state(key: ApiKey, now: datetime) -> Text:
    if key.revoked_at is not None:
        return Text(f"revoked {key.revoked_at:%Y-%m-%d}", "dim")
    if key.expires_at is None:
        return Text()
    passed = now >= key.expires_at
    word, style = ("expired", "dim") if passed else ("until", "")
    return Text(f"{word} {key.expires_at:%Y-%m-%d}", style)


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
