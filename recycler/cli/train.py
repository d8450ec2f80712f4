"""`recycler train`: fit, evaluate, write a version."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import backend_of, backend_options, settings_with

if TYPE_CHECKING:
    from recycler.training import TrainingReport

EPILOG = """\b
Examples:
  recycler train
  recycler train --models /srv/models --version 2026.11-2 --promote
  recycler train --backend dask --scheduler tcp://10.0.0.5:8786
"""


@click.command(short_help="Fit a model, evaluate it and write a version.", epilog=EPILOG)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to write to; made if missing.  [default: RECYCLER_MODELS, else ./models]",
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed of all random draws.")
@click.option(
    "--version", metavar="NAME", help="Name of the version.  [default: from day and data]"
)
@click.option("--promote", is_flag=True, help="Make the version the champion.")
@backend_options
def command(
    models: Path | None,
    seed: int | None,
    version: str | None,
    promote: bool,
    jobs: int | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Fit a model to the published tables, evaluate it on sources left out, write a version.

    The same data and seed give the same numbers. Progress goes to standard error.
    """
    from recycler.cli.progress import shown_on
    from recycler.cli.terminal import messages
    from recycler.training import DEFAULT_SEED, train

    where = backend_of(backend, scheduler, jobs)
    with shown_on(messages()) as progress:
        report = train(
            models=settings_with(models=models).models or Path("models"),
            seed=DEFAULT_SEED if seed is None else seed,
            backend=where,
            version=version,
            promote=promote,
            progress=progress,
        )
    _print(report, promoted=promote)


def _print(report: "TrainingReport", *, promoted: bool) -> None:
    from recycler.cli.score_table import score_table
    from recycler.cli.terminal import output

    output().print(score_table(report.scores, report.version))
    click.echo(f"Wrote {report.folder} in {report.seconds:.0f} s.")
    if promoted:
        click.echo(f"{report.version} is the champion now.")
    else:
        click.echo(f'Not promoted: `recycler models promote {report.version} --why "..."` does.')
