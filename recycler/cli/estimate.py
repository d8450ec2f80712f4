"""`recycler estimate`: a batch goes in, recoverable rare earths come out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import (
    json_option,
    models_option,
    open_registry,
    settings_with,
    wants_json,
)

if TYPE_CHECKING:
    from recycler.batch import Batch
    from recycler.estimate import Estimate

EPILOG = """\b
Examples:
  recycler estimate examples/intake.csv
  recycler estimate batch.json --level 0.8 --explain
  recycler estimate - --json < batch.json > estimate.json
"""


@click.command(short_help="Estimate what can be won back from a batch.", epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    help="What FILE is.  [default: csv if its name ends so, else json]",
)
@json_option
@click.option(
    "--level",
    type=float,
    metavar="P",
    help="Probability that an interval holds, 0.01 to 0.99.  [default: the batch's, else 0.9]",
)
@click.option(
    "--route",
    metavar="NAME",
    help="Recycling route.  [default: the batch's, else hydrometallurgy]",
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
    magnet_type, magnet_mass_g, grade. Use - for standard input.

    On a terminal the answer is a table of medians with their intervals; piped, or with --json, it
    is the same JSON that the HTTP service answers.
    """
    if explain and as_json:
        raise click.UsageError("--explain adds to the table; JSON always says what it rests on.")
    options = {"level": level, "route": route, "collected_year": collected_year}
    batch, estimate = _estimate(file, form, options, models)
    if not explain and wants_json(as_json):
        from recycler.web.documents import dump

        click.echo(dump(estimate))
        return
    _print_page(batch, estimate, explain=explain)


def _estimate(
    file: str, form: str | None, options: Mapping[str, object], models: Path | None
) -> "tuple[Batch, Estimate]":
    from recycler.cli.batch_input import BatchInput

    with click.open_file(file, "rb") as stream:
        data = stream.read()
    source = BatchInput(
        name="standard input" if file == "-" else file,
        data=data,
        is_csv=(form or Path(file).suffix.lower()[1:]) == "csv",
        options={name: value for name, value in options.items() if value is not None},
    )
    with source.read(settings_with()) as batch:
        return batch, open_registry(models).load().estimate(batch)


def _print_page(batch: "Batch", estimate: "Estimate", *, explain: bool) -> None:
    from recycler.cli.estimate_page import page
    from recycler.cli.terminal import output

    console = output()
    console.print(page(batch, estimate))
    if explain:
        from recycler.cli.estimate_basis import explanation
        from recycler.reference import load_tables

        console.print(explanation(estimate, load_tables().sources))
