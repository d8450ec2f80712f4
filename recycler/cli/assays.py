"""`recycler assays`: the lots that a plant has measured, in the database."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from recycler.cli.options import (
    format_option,
    json_option,
    settings_with,
    user_name,
    wants_json,
    who_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from recycler.assays import AssayStore, Filters, StoredLot

EPILOG = """\b
Examples:
  recycler assays import lots.csv
  recycler assays export lots.csv
"""

_IMPORT_EXAMPLE = """\b
Examples:
  recycler assays import lots.csv
  curl -s https://plant.example/lots.ndjson | recycler assays import -
"""

_EXPORT_EXAMPLE = """\b
Examples:
  recycler assays export lots.csv
  recycler assays export --json | gzip > lots.ndjson.gz
"""

_LIST_EXAMPLE = """\b
Examples:
  recycler assays list --plant north --from 2026-01-01
  recycler assays list --quarantined --json
"""

_SHOW_EXAMPLE = """\b
Example:
  recycler assays show 7e1c7b52-54c1-4f5e-9d0a-3f8f6a2f0f11
"""

_DELETE_EXAMPLE = """\b
Example:
  recycler assays delete 7e1c7b52-54c1-4f5e-9d0a-3f8f6a2f0f11 --why "another lot's samples"
"""

_MIGRATE_EXAMPLE = """\b
Example:
  RECYCLER_DATABASE_URL=postgresql://recycler@db/assays recycler assays migrate
"""

_MOST_IN_TABLE: Final = 100
_PAGE: Final = 1000

_id_argument = click.argument("assay_id", metavar="ID")


@click.group(short_help="Keep the lots that the plant has measured.", epilog=EPILOG)
def command() -> None:
    """Keep the lots that the plant has measured, in the database of RECYCLER_DATABASE_URL.

    Its tables are made and brought up to date by whichever command comes first.
    """


@command.command("import", short_help="Add lots out of a file.", epilog=_IMPORT_EXAMPLE)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@format_option
def import_lots(file: str, form: str | None) -> None:
    """Add all lots of FILE (- for standard input), or none and say everything that is wrong.

    CSV has a row for every sample of a lot; JSON is a lot on each line, or an array of lots. A lot
    that is stored already with the same content is passed over, so the same file can be imported
    again.
    """
    from recycler.cli.lot_input import read_lots

    with click.open_file(file, "rb") as stream:
        data = stream.read()
    is_csv = (form or Path(file).suffix.lower()[1:]) == "csv"
    lots, reading = read_lots(
        "standard input" if file == "-" else file, data, settings_with(), is_csv=is_csv
    )
    with _store() as store:
        with reading.named():
            done = store.add_all(lots)
        click.echo(f"{_lots(done.added)} added to {store.name}, {done.unchanged:,} unchanged.")


@command.command("export", short_help="Write all lots to a file.", epilog=_EXPORT_EXAMPLE)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON, a lot on each line, not CSV.")
def export(file: Path | None, as_json: bool) -> None:
    """Write all lots, by plant and name, as `import` reads them: to FILE, else standard output.

    FILE appears complete or not at all. Lots in quarantine are among them, deleted ones are not.
    """
    from recycler.web.lots.lot_lists import write_lots_ndjson
    from recycler.web.lots.lot_tables import write_lots_csv
    from recycler.whole_file import write_whole

    write = write_lots_ndjson if as_json else write_lots_csv
    with _store() as store, closing(store.iterate()) as found:
        parts = write(stored.lot for stored in found)
        if file:
            write_whole(file, parts)
            return
        for part in parts:
            click.echo(part, nl=False)


@command.command("list", short_help="List lots, all or some.", epilog=_LIST_EXAMPLE)
@click.option("--plant", metavar="NAME", help="Lots of this plant.")
@click.option("--category", metavar="WORD", help="Lots of this category.")
@click.option("--subtype", metavar="WORD", help="Lots of this subtype.")
@click.option("--method", metavar="TEXT", help="Lots analysed by this method.")
@click.option("--estimate-id", metavar="ID", help="Lots that answer this estimate.")
@click.option("--from", "measured_from", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "measured_to", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option(
    "--quarantined/--not-quarantined",
    default=None,
    help="Lots that training leaves out, or those that it takes.",
)
@click.option("--deleted", "with_deleted", is_flag=True, help="Deleted lots as well.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"Most lots to list.  [default: {_MOST_IN_TABLE} in a table, all as JSON]",
)
@json_option
def list_lots(as_json: bool | None, limit: int | None, **filters: Any) -> None:
    """List lots in the order of their arrival: a table on a terminal, JSON when piped."""
    from itertools import islice

    as_json = wants_json(as_json)
    most = limit or (None if as_json else _MOST_IN_TABLE)
    with _store() as store:
        found = _found(store, _filters(filters))
        lots = list(islice(found, most))
        more = next(found, None) is not None
    if as_json:
        click.echo(_json_of(lots))
        return
    _print_table(lots, more=more)


@command.command("show", short_help="Show a lot and its history.", epilog=_SHOW_EXAMPLE)
@_id_argument
@json_option
def show(assay_id: str, as_json: bool | None) -> None:
    """Show all that is known of a lot, as a page on a terminal, as JSON when piped."""
    with _store() as store:
        stored, history = store.get(assay_id), store.history(assay_id)
    if wants_json(as_json):
        import orjson

        from recycler.web.lots.stored_documents import stored_document
        from recycler.web.views.assay_answers import history_document

        earlier = history_document(assay_id, history)["versions"]
        document = {**stored_document(stored), "history": earlier}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        return
    from recycler.cli.assay_table import lot_page
    from recycler.cli.terminal import output

    output().print(lot_page(stored, history))


@command.command("delete", short_help="Delete a lot, with a reason.", epilog=_DELETE_EXAMPLE)
@_id_argument
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the record.")
@who_option
def delete(assay_id: str, why: str, who: str | None) -> None:
    """Delete a lot: it is found no more and its name is free, but the database keeps it."""
    with _store() as store:
        deleted = store.delete(assay_id, who=who or user_name(), why=why)
    click.echo(f"Lot {deleted.lot.lot_id} of plant {deleted.lot.plant} is deleted.")


@command.command("migrate", short_help="Bring the tables up to date.", epilog=_MIGRATE_EXAMPLE)
def migrate() -> None:
    """Make the tables or bring them up to date, without waiting for the first use."""
    with _store() as store:
        store.migrate()
        click.echo(f"{store.name} is at migration {store.revision()}.")


def _store() -> "AbstractContextManager[AssayStore]":
    """The store that the settings name, closed afterwards."""
    from recycler.cli.assay_store import store_of

    return store_of(settings_with())


def _filters(given: dict[str, Any]) -> "Filters":
    from recycler.assays import Filters

    days = {k: v.date() for k, v in given.items() if isinstance(v, datetime)}
    return Filters(**{**given, **days})


def _found(store: "AssayStore", filters: "Filters") -> "Iterator[StoredLot]":
    """Every lot that is meant, in the order of arrival."""
    page = store.find(filters, limit=_PAGE)
    yield from page.lots
    while page.next:
        page = store.find(filters, limit=_PAGE, after=page.next)
        yield from page.lots


def _json_of(lots: "list[StoredLot]") -> bytes:
    import orjson

    from recycler.web.lots.stored_documents import stored_document

    return orjson.dumps([stored_document(lot) for lot in lots], option=orjson.OPT_INDENT_2)


def _print_table(lots: "list[StoredLot]", *, more: bool) -> None:
    from recycler.cli.assay_table import lots_table
    from recycler.cli.terminal import output

    if not lots:
        click.echo("There are no such lots.")
        return
    output().print(lots_table(lots))
    if more:
        click.echo(f"Only the first {len(lots):,} are shown: --limit shows more, --json all.")


def _lots(count: int) -> str:
    return "1 lot" if count == 1 else f"{count:,} lots"
