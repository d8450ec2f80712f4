"""What a store holds after a fault, beside what a program says was acknowledged."""

import re

from sqlalchemy import func, select

from recycler.assays.tables import idempotency_keys, lots, revisions


def acknowledged(lines):
    """Number -> assay_id, out of what a program printed."""
    found = re.findall(r"^([0-9]+) (\S{36})$", lines, re.MULTILINE)
    return {int(number): assay_id for number, assay_id in found}


def stored_lots(store):
    """Number -> assay_id, of every lot that is there."""
    return {
        int(stored.lot.lot_id.removeprefix("lot-")): stored.assay_id for stored in store.iterate()
    }


def assert_whole(store):
    """Every lot has its measurement and its key: nothing was written by half."""
    with store._database.reading() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table))
            for table in (lots, revisions, idempotency_keys)
        ]
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert counts == [len(list(store.iterate()))] * 3
