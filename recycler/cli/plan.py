"""`recycler plan`: a batch goes in, which pieces to assay next comes out."""

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
    from recycler.plan import SamplingPlan
    from recycler.registry import LoadedModel

EPILOG = """\b
Examples:
  recycler plan examples/magnets.json --element Dy --half-width 0.4
  recycler plan intake.csv --element Nd --half-width 0.15 --level 0.8
"""


@click.command(short_help="Say which pieces to assay for a narrower interval.", epilog=EPILOG)
@batch_argument
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
@format_option
@json_option
@level_option
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
    from recycler.cli.batch_input import BatchInput

    _check_element(element)
    source = BatchInput.of_file(file, form, level=level)
    with source.read(settings_with()) as batch:
        plan = _plan(open_registry(models).load(), batch, element, half_width)
    if wants_json(as_json):
        from recycler.web.answers.documents import dump

        click.echo(dump(plan))
        return
    from recycler.cli.plan_page import plan_page
    from recycler.cli.terminal import output

    output().print(plan_page(plan))


def _plan(model: "LoadedModel", batch: "Batch", element: str, half_width: float) -> "SamplingPlan":
    """The plan; what is wrong with the request is said of the option or the batch it stands in."""
    from recycler.batch import FieldError, InvalidBatchError
    from recycler.plan import InvalidPlanRequestError

    try:
        return model.plan(batch, element, half_width)
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
