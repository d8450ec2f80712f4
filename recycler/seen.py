"""What a training run sees: the published tables, and the assays that it may learn from.

Its digest names exactly that, and its record lists every assay that was looked at, used or set
aside and why. It holds no measurement but those that a reason names.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import StringIO

from recycler.lot import MeasuredLot
from recycler.model.factors.content import ContentModel
from recycler.model.factors.lot_figures import LotFigure
from recycler.model.factors.observations import observe
from recycler.model.lots.figures import Reader
from recycler.model.lots.screening import screen
from recycler.reference import Tables

COLUMNS = ("assay_id", "version", "sha256", "plant", "lot_id", "used", "reason")
"""Of the record of assays."""


@dataclass(frozen=True, slots=True)
class Assayed:
    """A measured lot as the database of assays holds it.

    `version` counts its changes; `sha256` is the digest of what it says, in hexadecimal.
    """

    assay_id: str
    version: int
    sha256: str
    lot: MeasuredLot


@dataclass(frozen=True)
class Seen:
    """What a model is fitted to.

    `set_aside` holds the reason for every assay that is not learned from, by its id.
    """

    tables: Tables
    assays: tuple[Assayed, ...]
    set_aside: Mapping[str, str]

    @cached_property
    def lots(self) -> tuple[MeasuredLot, ...]:
        """The lots to learn from, by day and then by digest: the order of the database is chance.

        New lots come last, so those that an earlier version has left out together are left out
        together again, and what both predict of them can be compared.
        """
        kept = (found for found in self.assays if found.assay_id not in self.set_aside)
        in_order = sorted(kept, key=lambda found: (found.lot.measured_on, found.sha256))
        return tuple(found.lot for found in in_order)

    @cached_property
    def figures(self) -> tuple[LotFigure, ...]:
        """What these lots say of the factors."""
        return tuple(Reader.of(self.tables, self.lots).figures(self.lots))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tables and of every lot that is learned from; without lots the tables'."""
        kept = sorted(found.sha256 for found in self.assays if found.assay_id not in self.set_aside)
        if not kept:
            return self.tables.digest
        return sha256("\n".join((self.tables.digest, *kept)).encode()).hexdigest()

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table, and how many assays were used and set aside."""
        counted = {
            "element_content": len(self.tables.contents),
            "magnet_composition": len(self.tables.compositions),
            "magnet_mass": len(self.tables.magnet_masses),
            "magnet_presence": len(self.tables.presences),
            "stage_yield": len(self.tables.stage_yields),
        }
        if not self.assays:
            return counted
        return {**counted, "assays": len(self.lots), "assays_set_aside": len(self.set_aside)}

    @property
    def record(self) -> str:
        """All assays as a CSV table of COLUMNS: which were used, and why others were not."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(self._cells())
        return text.getvalue()

    def _cells(self) -> Iterator[tuple[str | int, ...]]:
        for found in self.assays:
            reason = self.set_aside.get(found.assay_id, "")
            used = "no" if reason else "yes"
            lot = found.lot
            yield found.assay_id, found.version, found.sha256, lot.plant, lot.lot_id, used, reason


def used_assays(record: str) -> frozenset[str]:
    """The ids of the assays that a version learned from, read from its record of assays."""
    rows = csv.DictReader(StringIO(record))
    return frozenset(row["assay_id"] for row in rows if row["used"] == "yes")


def look(tables: Tables, assays: Sequence[Assayed], limit: float) -> Seen:
    """Look through assays and set aside what no model should learn from.

    Args:
        tables: The published tables.
        assays: All that there are.
        limit: Robust standard deviations beyond which a figure is taken for an error.
    """
    if not assays:
        return Seen(tables, (), {})
    lots = {found.assay_id: found.lot for found in assays}
    published = ContentModel(calibrated=False).fit(observe(tables))
    found = screen(lots, Reader.of(tables, lots.values()), published, limit)
    return Seen(tables, tuple(assays), found.set_aside)
