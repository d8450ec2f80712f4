"""`recycler estimate`: a batch goes in, recoverable rare earths come out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import (
    batch_argument,
    format_option,
    json_option,
    level_option,
    models_option,
    open_registry,
    settings_with,
    wants_json,
)

if TYPE_CHECKING:
    from recycler.batch import Batch
    from recycler.comparison import RouteComparison
    from recycler.estimate import Estimate

EVERY_ROUTE = "all"
"""Instead of a route: all of them, side by side."""

EPILOG = """\b
Examples:
  recycler estimate examples/intake.csv
  recycler estimate batch.json --level 0.8 --explain
  recycler estimate batch.json --route all
  recycler estimate - --json < batch.json > estimate.json
"""


@click.command(short_help="Estimate what can be won back from a batch.", epilog=EPILOG)
@batch_argument
@format_option
@json_option
@level_option
@click.option(
    "--route",
    metavar="NAME",
    help="Recycling route, or `all` for every route side by side.  [default: the batch's, else "
    "hydrometallurgy]",
)
@click.option(
    "--collected-year",
    type=int,
    metavar="YEAR",
    help="Year in which the batch was collected.  [default: the batch's]",
)
@click.option("--explain", is_flag=True, help="Show on whose measurements each factor rests.")
@models_option
def command(
    file: str,
    form: str | None,
    as_json: bool | None,
    level: float | None,
    route: str | None,
    collected_year: int | None,
    explain: bool,
    models: Path | None,
) -> None:
    """Estimate the rare earths contained in a batch, and what a route recovers of them.

    FILE is a batch as JSON, or CSV with one line item per row under a header of field names:
    category, subtype, count, mass_kg, year, unit_mass_kg, rated_power_kw, state, origin, line_id,
    magnet_type, magnet_mass_g, grade; composition_Nd for the declared mass % of Nd, assay_Nd for
    what an analysis of the line found, and so for every element. Use - for standard input.

    On a terminal the answer is a table of medians with their intervals; piped, or with --json, it
    is the same JSON that the HTTP service answers: that of POST /v1/estimates, or with --route all
    that of POST /v1/route-comparisons.
    """
    from recycler.cli.batch_input import BatchInput

    if explain and as_json:
        raise click.UsageError("--explain adds to the table; JSON always says what it rests on.")
    every_route = route == EVERY_ROUTE
    if explain and every_route:
        raise click.UsageError(f"--explain is about one route; name it instead of {EVERY_ROUTE}.")
    source = BatchInput.of_file(
        file,
        form,
        level=level,
        route=None if every_route else route,
        collected_year=collected_year,
    )
    as_document = not explain and wants_json(as_json)
    with source.read(settings_with()) as batch:
        model = open_registry(models).load()
        if every_route:
            _show_routes(batch, model.compare(batch), as_document=as_document)
        else:
            _show(batch, model.estimate(batch), as_document=as_document, explain=explain)


def _show(batch: "Batch", estimate: "Estimate", *, as_document: bool, explain: bool) -> None:
    if as_document:
        _show_document(estimate)
        return
    from recycler.cli.estimate_page import page
    from recycler.cli.terminal import output

    console = output()
    console.print(page(batch, estimate))
    if explain:
        from recycler.cli.estimate_basis import explanation
        from recycler.reference import load_tables

        console.print(explanation(estimate, load_tables().sources))


def _show_routes(batch: "Batch", compared: "RouteComparison", *, as_document: bool) -> None:
    if as_document:
        _show_document(compared)
        return
    from recycler.cli.route_page import route_page
    from recycler.cli.terminal import output

    output().print(route_page(batch, compared))


def _show_document(answer: "Estimate | RouteComparison") -> None:
    from recycler.web.answers.documents import dump

    click.echo(dump(answer))
