"""The wire form of a lot as it stands in the database."""

from datetime import datetime
from typing import Any

from recycler.assays import Deletion, StoredLot
from recycler.web.lots.lot_documents import lot_document


def stored_document(stored: StoredLot) -> dict[str, Any]:
    """Write what is known of a stored lot; `lot` in it is what a sender writes."""
    return {
        "assay_id": stored.assay_id,
        "version": stored.version,
        "created_at": moment(stored.created_at),
        "updated_at": moment(stored.updated_at),
        "quarantined": stored.quarantined,
        "deleted": deletion_document(stored.deleted) if stored.deleted else None,
        "lot": lot_document(stored.lot),
    }


def moment(when: datetime) -> str:
    """A moment as RFC 3339 has it, in UTC: 2026-11-27T12:00:00.000000Z."""
    return f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"


def deletion_document(deletion: Deletion) -> dict[str, str]:
    """Write when a lot was deleted, by whom and why."""
    return {"when": moment(deletion.when), "who": deletion.who, "why": deletion.why}
