"""`recycler evaluate`: how good a model is on sources it has never seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from recycler.cli.options import (
    jobs_option,
    json_option,
    models_option,
    open_registry,
    wants_json,
)

EPILOG = """\b
Examples:
  recycler evaluate
  recycler evaluate challenger --json
"""


@click.command(short_help="Show how good a model is on unseen sources.", epilog=EPILOG)
@click.argument("name", default="champion", metavar="[VERSION]")
@json_option
@click.option("--fresh", is_flag=True, help="Evaluate anew instead of reading what training found.")
@jobs_option
@models_option
def command(name: str, as_json: bool | None, fresh: bool, jobs: int, models: Path | None) -> None:
    """Show how a model VERSION or alias (default: champion) does on sources left out.

    Coverage of 50, 80 and 90 % intervals, and CRPS beside baselines fitted in the same folds: the
    overall mean, the category mean with its spread, a quantile forest, and conformal intervals of
    MAPIE. --json has more: categories, elements, pinball losses, bias, widths and the noise floor.
    With --fresh the method is evaluated anew on the tables of this installation, whatever they were
    when the version was trained.
    """
    if fresh:
        scores, title = _evaluate(jobs), "this installation"
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


def _evaluate(jobs: int) -> Mapping[str, Any]:
    from recycler.cli.progress import shown_on
    from recycler.cli.terminal import messages
    from recycler.training import evaluate

    with shown_on(messages()) as progress:
        return evaluate(jobs=jobs, progress=progress).scores
