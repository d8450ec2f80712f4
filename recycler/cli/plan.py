"""`recycler plan`: a batch goes in, which pieces to assay next comes out."""

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
    from recycler.plan import SamplingPlan

EPILOG = """\b
Examples:
  recycler plan examples/magnets.json --element Dy --half-width 0.4
  recycler plan intake.csv --element Nd --half-width 0.15 --level 0.8
"""


@click.command(short_help="Say which pieces to assay for a narrower interval.", epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--element",
    required=True,
    metavar="SYMBOL",
    help="Rare earth whose mass in the batch is to be known better, such as Dy.",
)
@click.option(
    "--half-width",
    required=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="W",
    help="Target: half the interval over the median, 0.15 for +-15 %.",
)
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
@models_option
def command(
    file: str,
    element: str,
    half_width: float,
    form: str | None,
    as_json: bool | None,
    level: float | None,
    models: Path | None,
) -> None:
    """Say which pieces of a batch to assay so that an element is known well enough.

    The answer is how many magnets of which lines.

    FILE is a batch as for `recycler estimate`. The plan takes the fewest pieces that bring the
    interval of the element's contained mass down to the target, in four lots of five. Where assays
    alone cannot do it, it says how far they get and what else would help.

    On a terminal the answer is a table; piped, or with --json, it is the same JSON that the HTTP
    service answers.
    """
    plan = _plan(file, element, half_width, form, level, models)
    if wants_json(as_json):
        from recycler.web.documents import dump_plan

        click.echo(dump_plan(plan))
        return
    from recycler.cli.plan_page import plan_page
    from recycler.cli.terminal import output

    output().print(plan_page(plan))


def _plan(
    file: str,
    element: str,
    half_width: float,
    form: str | None,
    level: float | None,
    models: Path | None,
) -> "SamplingPlan":
    from recycler.batch import FieldError, InvalidBatchError
    from recycler.cli.batch_input import BatchInput
    from recycler.plan import InvalidPlanRequestError

    _check_element(element)
    with click.open_file(file, "rb") as stream:
        data = stream.read()
    source = BatchInput(
        name="standard input" if file == "-" else file,
        data=data,
        is_csv=(form or Path(file).suffix.lower()[1:]) == "csv",
        options={} if level is None else {"level": level},
    )
    with source.read(settings_with()) as batch:
        try:
            return open_registry(models).load().plan(batch, element, half_width)
        except InvalidPlanRequestError as error:
            first = error.errors[0]
            if first.pointer == "/element":
                raise click.BadParameter(f"{first.message}.", param_hint="'--element'") from error
            # what a request calls /batch/items is /items of the file
            found = [FieldError(e.pointer.removeprefix("/batch"), e.message) for e in error.errors]
            raise InvalidBatchError(found) from error


def _check_element(element: str) -> None:
    """Refuse what is no rare earth before anything is read."""
    from recycler.elements import RARE_EARTHS

    if element not in RARE_EARTHS:
        known = ", ".join(RARE_EARTHS)
        raise click.BadParameter(
            f"{element!r} is not a rare earth that is carried; known are {known}.",
            param_hint="'--element'",
        )
