"""`recycler evaluate`: how good a model is on sources it has never seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycler.cli.options import (
    backend_of,
    backend_options,
    json_option,
    models_option,
    open_registry,
    wants_json,
)

if TYPE_CHECKING:
    from recycler.parallel import Backend

EPILOG = """\b
Examples:
  recycler evaluate
  recycler evaluate challenger --json
  recycler evaluate --fresh --backend dask --scheduler tcp://10.0.0.5:8786
"""


@click.command(short_help="Show how good a model is on unseen sources.", epilog=EPILOG)
@click.argument("name", default="champion", metavar="[VERSION]")
@json_option
@click.option("--fresh", is_flag=True, help="Evaluate anew instead of reading what training found.")
@backend_options
@models_option
def command(
    name: str,
    as_json: bool | None,
    fresh: bool,
    models: Path | None,
    jobs: int | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Show how a model VERSION or alias (default: champion) does on sources left out.

    Coverage of 50, 80 and 90 % intervals, and CRPS beside baselines fitted in the same folds: the
    overall mean, the category mean with its spread, a quantile forest, and conformal intervals of
    MAPIE. --json has more: categories, elements, pinball losses, bias, widths and the noise floor.
    With --fresh the method is evaluated anew on the tables of this installation, whatever they were
    when the version was trained.
    """
    where = backend_of(backend, scheduler, jobs)
    if scheduler and not fresh:
        raise click.UsageError("--scheduler is for --fresh: nothing is evaluated without it.")
    if fresh:
        scores, title = _evaluate(where), "this installation"
    else:
        manifest = open_registry(models).manifest(name)
        scores, title = manifest.scores, manifest.version
    if wants_json(as_json):
        import orjson

        click.echo(orjson.dumps(scores, option=orjson.OPT_INDENT_2))
        return
    from recycler.cli.score_table import score_table
    from recycler.cli.terminal import output

    output().print(score_table(scores, title))


def _evaluate(backend: "Backend") -> Mapping[str, Any]:
    from recycler.cli.progress import shown_on
    from recycler.cli.terminal import messages
    from recycler.training import evaluate

    with shown_on(messages()) as progress:
        return evaluate(backend=backend, progress=progress).scores
