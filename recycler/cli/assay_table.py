"""Stored lots as people read them: a table of many, a page of one."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from recycler.assays import Revision, StoredLot
from recycler.cli.tables import Column, FirstThatFits, table
from recycler.elements import ELEMENTS
from recycler.lot import MeasuredLot
from recycler.web.lots.lot_documents import lot_document


def lots_table(lots: Sequence[StoredLot]) -> RenderableType:
    """One row for every lot; where the terminal is narrow, without what matters least."""
    measured = [stored.lot for stored in lots]
    names = [
        Column("lot", [lot.lot_id for lot in measured], "bold", folds=True),
        Column("plant", [lot.plant for lot in measured], folds=True),
        Column("measured", [lot.measured_on.isoformat() for lot in measured]),
        Column("category", [_kind(lot) for lot in measured], folds=True),
    ]
    found = [
        Column("method", [lot.method for lot in measured], folds=True),
        Column("samples", [str(len(lot.samples) or "") for lot in measured], justify="right"),
        Column("weighed", [_weighed(lot) for lot in measured], justify="right"),
        Column("recovered", [", ".join(lot.recovered_kg) for lot in measured], folds=True),
    ]
    state = Column("state", [_state(stored) for stored in lots], folds=True)
    ids = Column("assay", [stored.assay_id for stored in lots], "dim")
    return FirstThatFits(
        [table([*names, *found, state, ids]), table([*names, state, ids]), table([*names, state])]
    )


def lot_page(stored: StoredLot, history: Sequence[Revision]) -> RenderableType:
    """Everything about one lot: what it says, its samples, where it comes from."""
    parts = [table(_columns(_facts(stored)), title=f"Lot {stored.lot.lot_id}")]
    if stored.lot.samples:
        parts.append(_samples(stored.lot))
    parts.append(table(_columns(_record(stored, history))))
    return Group(*parts)


def _columns(facts: Sequence[tuple[str, str]]) -> list[Column]:
    names, values = zip(*facts, strict=True)
    return [Column("", names, "dim"), Column("", values, folds=True)]


def _facts(stored: StoredLot) -> list[tuple[str, str]]:
    """What a lot says, by the names of its document; samples stand apart."""
    document = {k: v for k, v in lot_document(stored.lot).items() if k not in ("lot_id", "samples")}
    return [(name, _said(value)) for name, value in document.items()]


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(inner)}" for name, inner in value.items())
    return str(value)


def _samples(lot: MeasuredLot) -> RenderableType:
    """Mass % by element, one row for every sample."""
    samples = lot_document(lot)["samples"]
    named = {element for sample in samples for element in sample}
    numbers = Column("sample", [str(n) for n in range(1, len(samples) + 1)], justify="right")
    analysed = [
        Column(
            f"{element} %", [str(sample.get(element, "")) for sample in samples], justify="right"
        )
        for element in ELEMENTS
        if element in named
    ]
    return table([numbers, *analysed])


def _record(stored: StoredLot, history: Sequence[Revision]) -> list[tuple[str, str]]:
    """What the database says of a lot."""
    earlier = [f"{revision.version} ({revision.made_at:%Y-%m-%d %H:%M})" for revision in history]
    return [
        ("assay", stored.assay_id),
        ("stored (UTC)", f"{stored.created_at:%Y-%m-%d %H:%M}"),
        ("version", f"{stored.version}, of {stored.updated_at:%Y-%m-%d %H:%M}"),
        *([("earlier versions", ", ".join(earlier))] if earlier else []),
        *([("quarantined", stored.quarantined)] if stored.quarantined else []),
    ]


def _kind(lot: MeasuredLot) -> str:
    return f"{lot.line.category} {lot.line.subtype or ''}".rstrip()


def _weighed(lot: MeasuredLot) -> str:
    return f"{lot.magnet_mass_g:g} g" if lot.magnet_mass_g is not None else ""


def _state(stored: StoredLot) -> Text:
    if stored.deleted:
        return Text(f"deleted: {stored.deleted.why}", "dim")
    if stored.quarantined:
        return Text(f"quarantined: {stored.quarantined}", "yellow")
    return Text()
