"""What rests on a source: its rows by table, their kinds, and the publications they go back to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recycler.reference.rows import (
    CompositionRow,
    ContentRow,
    MassRow,
    PresenceRow,
    Product,
    Source,
    YieldRow,
)
from recycler.reference.tables import Tables

Row = ContentRow | MassRow | CompositionRow | PresenceRow | YieldRow | Product

SOURCED_TABLES: Final = (
    "element_content",
    "magnet_mass",
    "magnet_composition",
    "magnet_presence",
    "stage_yield",
    "products",
)
"""Tables whose rows name a source."""


@dataclass(frozen=True)
class TableUse:
    """Rows of one source in one table.

    `used` of the `rows` may take part in a fit, the others are kept for the record. `kinds` counts
    rows by what the table calls them (measured, compiled, ...; for stage yields the scale of the
    plant); it is empty for tables that do not say. `categories` are those the rows are about.
    """

    table: str
    rows: int
    used: int
    kinds: Mapping[str, int]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class PrimarySource:
    """A publication that rows go back to; `source_id` is None if it was not read itself."""

    name: str
    source_id: str | None
    rows: int


@dataclass(frozen=True)
class Citation:
    """A source with rows that go back to another one, and how many."""

    source_id: str
    rows: int


@dataclass(frozen=True)
class SourceAccount:
    """A source and everything that rests on it.

    `primary_sources` are the publications that its rows go back to, `cited_by` other sources whose
    rows go back to it.
    """

    source: Source
    tables: tuple[TableUse, ...]
    primary_sources: tuple[PrimarySource, ...]
    cited_by: tuple[Citation, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def used(self) -> int:
        """Rows that may take part in a fit."""
        return sum(table.used for table in self.tables)


def source_accounts(tables: Tables) -> dict[str, SourceAccount]:
    """An account of every source by its id, in the order of the ids; also of those without rows."""
    rows: dict[str, dict[str, list[Row]]] = {name: {} for name in sorted(tables.sources)}
    for table, found in _rows_by_table(tables).items():
        for row in found:
            if row.source_id is not None:
                rows[row.source_id].setdefault(table, []).append(row)
    behind = {name: _primaries(by_table) for name, by_table in rows.items()}
    return {
        name: SourceAccount(
            source=tables.sources[name],
            tables=tuple(_table_use(table, found) for table, found in by_table.items()),
            primary_sources=tuple(
                PrimarySource(primary, primary if primary in tables.sources else None, count)
                for primary, count in sorted(behind[name].items())
            ),
            cited_by=tuple(
                Citation(other, count[name])
                for other, count in behind.items()
                if name in count and other != name
            ),
        )
        for name, by_table in rows.items()
    }


def _primaries(by_table: Mapping[str, Sequence[Row]]) -> Counter[str]:
    """Rows by the publication that they go back to."""
    rows = [row for found in by_table.values() for row in found]
    return Counter(primary for row in rows for primary in getattr(row, "primaries", ()))


def _rows_by_table(tables: Tables) -> dict[str, tuple[Row, ...]]:
    columns = (
        tables.contents,
        tables.magnet_masses,
        tables.compositions,
        tables.presences,
        tables.stage_yields,
        tables.products,
    )
    return dict(zip(SOURCED_TABLES, columns, strict=True))


def _table_use(table: str, rows: Sequence[Row]) -> TableUse:
    return TableUse(
        table=table,
        rows=len(rows),
        used=sum(map(_is_used, rows)),
        kinds=dict(sorted(Counter(kind for row in rows if (kind := _kind(row))).items())),
        categories=tuple(dict.fromkeys(c for row in rows if (c := getattr(row, "category", None)))),
    )


def _is_used(row: Row) -> bool:
    return row.used if isinstance(row, YieldRow) else not getattr(row, "excluded", False)


def _kind(row: Row) -> str | None:
    return row.scale if isinstance(row, YieldRow) else getattr(row, "kind", None)
