"""The tables, as the newest migration leaves them.

`lots` says what holds now and has what is filtered by in columns of its own. What was measured is
in `revisions` alone, one row for every version, to which rows are only ever added.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Hand over UTC; SQLite gets it without the time zone."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def in_byte_order() -> Any:
    """Text that sorts by its bytes in UTF-8, whatever the language of the database."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def row_number() -> Any:
    """A number that the database gives, larger than all that it gave before."""
    return BigInteger().with_variant(Integer(), "sqlite")


lots = Table(
    "lots",
    metadata,
    Column("position", row_number(), primary_key=True, autoincrement=True),
    Column("assay_id", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("plant", in_byte_order(), nullable=False),
    Column("lot_id", in_byte_order(), nullable=False),
    Column("category", Text, nullable=False),
    Column("subtype", Text),
    Column("method", Text, nullable=False),
    Column("estimate_id", Text),
    Column("measured_on", Date, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("quarantined", Text),
    Column("deleted_at", Moment),
    Column("deleted_by", Text),
    Column("deleted_why", Text),
    UniqueConstraint("assay_id", name="uq_lots_assay_id"),
    CheckConstraint("length(assay_id) = 36", name="ck_lots_assay_id"),
    CheckConstraint("version >= 1", name="ck_lots_version"),
    CheckConstraint("plant <> '' AND lot_id <> ''", name="ck_lots_names"),
    CheckConstraint("quarantined <> ''", name="ck_lots_quarantined"),
    CheckConstraint(
        "(deleted_at IS NULL) = (deleted_by IS NULL)"
        " AND (deleted_at IS NULL) = (deleted_why IS NULL)",
        name="ck_lots_deleted",
    ),
    Index(
        "uq_lots_plant_lot_id",
        "plant",
        "lot_id",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index("ix_lots_estimate_id", "estimate_id"),
    Index("ix_lots_measured_on", "measured_on"),
    sqlite_autoincrement=True,
)
"""One row for every lot that ever was, in the order of their arrival (`position`)."""

revisions = Table(
    "revisions",
    metadata,
    Column("assay_id", String(36), ForeignKey("lots.assay_id", name="fk_revisions_assay_id")),
    Column("version", Integer),
    Column("document", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    PrimaryKeyConstraint("assay_id", "version", name="pk_revisions"),
    CheckConstraint("version >= 1", name="ck_revisions_version"),
    CheckConstraint("length(digest) = 64", name="ck_revisions_digest"),
)
"""Every version of every lot; no row is ever changed or removed."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text),
    Column("digest", String(64), nullable=False),
    Column(
        "assay_id",
        String(36),
        ForeignKey("lots.assay_id", name="fk_idempotency_keys_assay_id"),
        nullable=False,
    ),
    Column("made_at", Moment, nullable=False),
    PrimaryKeyConstraint("key", name="pk_idempotency_keys"),
    CheckConstraint("length(digest) = 64", name="ck_idempotency_keys_digest"),
)
"""Which lot was made under which key, and of what content."""

quarantines = Table(
    "quarantines",
    metadata,
    Column("position", row_number(), primary_key=True, autoincrement=True),
    Column(
        "assay_id",
        String(36),
        ForeignKey("lots.assay_id", name="fk_quarantines_assay_id"),
        nullable=False,
    ),
    Column("reason", Text),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Log of every lot set aside (`reason`) and released (no reason), by whom and when."""

intake = Table(
    "intake",
    metadata,
    Column("day", Date),
    Column("category", Text),
    Column("subtype", Text),
    Column("years", Text),
    Column("state", Text),
    Column("magnet_type", Text),
    Column("declared", Text),
    Column("in_domain", Boolean),
    Column("unexpected", Boolean),
    Column("lines", BigInteger, nullable=False),
    Column("pieces", BigInteger, nullable=False),
    PrimaryKeyConstraint(
        *("day", "category", "subtype", "years", "state", "magnet_type", "declared"),
        *("in_domain", "unexpected"),
        name="pk_intake",
    ),
    CheckConstraint("lines >= 1 AND pieces >= 0", name="ck_intake_counts"),
)
"""Lines that came in, counted by day and kind; an empty word was not said. No part of the lots."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(16)),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
    PrimaryKeyConstraint("key_id", name="pk_api_keys"),
    CheckConstraint("length(digest) = 64", name="ck_api_keys_digest"),
    CheckConstraint("name <> ''", name="ck_api_keys_name"),
)
"""Who may ask the service for what; see `recycler.keys`. No part of the lots."""
