"""Published figures and stated assumptions: every row checked, every row with its source."""

from recycler.reference.errors import TableError
from recycler.reference.rows import (
    Assumption,
    Basis,
    Bound,
    CompositionRow,
    ContentRow,
    MassRow,
    ObservedOnly,
    PresenceRow,
    Product,
    RouteStage,
    Scaling,
    Source,
    YieldRow,
)
from recycler.reference.source_use import (
    SOURCED_TABLES,
    Citation,
    PrimarySource,
    SourceAccount,
    TableUse,
    source_accounts,
)
from recycler.reference.tables import OTHER_CATEGORY, Tables, load_tables, read_tables

__all__ = [
    "OTHER_CATEGORY",
    "SOURCED_TABLES",
    "Assumption",
    "Basis",
    "Bound",
    "Citation",
    "CompositionRow",
    "ContentRow",
    "MassRow",
    "ObservedOnly",
    "PresenceRow",
    "PrimarySource",
    "Product",
    "RouteStage",
    "Scaling",
    "Source",
    "SourceAccount",
    "TableError",
    "TableUse",
    "Tables",
    "YieldRow",
    "load_tables",
    "read_tables",
    "source_accounts",
]
