"""Tables of measured lots, their revisions, idempotency keys and quarantines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _make_lots()
    _make_revisions()
    _make_idempotency_keys()
    _make_quarantines()


def _make_lots() -> None:
    op.create_table(
        "lots",
        sa.Column("position", _row_number(), primary_key=True, autoincrement=True),
        sa.Column("assay_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("plant", _in_byte_order(), nullable=False),
        sa.Column("lot_id", _in_byte_order(), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("subtype", sa.Text),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("estimate_id", sa.Text),
        sa.Column("measured_on", sa.Date, nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("updated_at", _moment(), nullable=False),
        sa.Column("quarantined", sa.Text),
        sa.Column("deleted_at", _moment()),
        sa.Column("deleted_by", sa.Text),
        sa.Column("deleted_why", sa.Text),
        sa.UniqueConstraint("assay_id", name="uq_lots_assay_id"),
        sa.CheckConstraint("length(assay_id) = 36", name="ck_lots_assay_id"),
        sa.CheckConstraint("version >= 1", name="ck_lots_version"),
        sa.CheckConstraint("plant <> '' AND lot_id <> ''", name="ck_lots_names"),
        sa.CheckConstraint("quarantined <> ''", name="ck_lots_quarantined"),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (deleted_by IS NULL)"
            " AND (deleted_at IS NULL) = (deleted_why IS NULL)",
            name="ck_lots_deleted",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_lots_plant_lot_id",
        "lots",
        ["plant", "lot_id"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_lots_estimate_id", "lots", ["estimate_id"])
    op.create_index("ix_lots_measured_on", "lots", ["measured_on"])


def _make_revisions() -> None:
    op.create_table(
        "revisions",
        _assay_id("fk_revisions_assay_id"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("assay_id", "version", name="pk_revisions"),
        sa.CheckConstraint("version >= 1", name="ck_revisions_version"),
        sa.CheckConstraint("length(digest) = 64", name="ck_revisions_digest"),
    )


def _make_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        _assay_id("fk_idempotency_keys_assay_id"),
        sa.Column("made_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency_keys"),
        sa.CheckConstraint("length(digest) = 64", name="ck_idempotency_keys_digest"),
    )


def _make_quarantines() -> None:
    op.create_table(
        "quarantines",
        sa.Column("position", _row_number(), primary_key=True, autoincrement=True),
        _assay_id("fk_quarantines_assay_id"),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", _moment(), nullable=False),
        sqlite_autoincrement=True,
    )


def _assay_id(name: str) -> sa.Column[str]:
    key = sa.ForeignKey("lots.assay_id", name=name)
    return sa.Column("assay_id", sa.String(36), key, nullable=False)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _in_byte_order() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _row_number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
