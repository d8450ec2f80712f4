"""`recycler monitor`: is the model still right, and is retraining worth it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import (
    SettingValue,
    json_option,
    models_option,
    open_registry,
    settings_with,
    wants_json,
)

if TYPE_CHECKING:
    from recycler.monitoring import Monitoring

EPILOG = """\b
Examples:
  recycler monitor
  recycler monitor --plant own --since 2026-01-01 --figures monitoring/
  recycler monitor --version challenger --json
"""


@click.command(short_help="Hold a model against the lots measured since.", epilog=EPILOG)
@click.option(
    "--version",
    "name",
    default="champion",
    show_default=True,
    metavar="NAME",
    help="Version or alias of the model.",
)
@click.option("--plant", metavar="NAME", help="Only lots of this plant.  [default: all plants]")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only lots measured from this day on.",
)
@click.option(
    "--recent-days",
    type=SettingValue("intake_recent_days"),
    metavar="N",
    help="Last days whose intake is compared with that of the year before.  [default: 30]",
)
@json_option
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also draw what is found, as PNG and SVG in this folder (needs recycler[plot]).",
)
@models_option
def command(
    name: str,
    plant: str | None,
    since: datetime | None,
    recent_days: int | None,
    as_json: bool | None,
    figures: Path | None,
    models: Path | None,
) -> None:
    """Say whether predictions hold for the lots that were measured, and when to retrain.

    Stored lots that the model has not learned from are held against what it predicts of them:
    coverage of its intervals, bias of every element, drift. Lines that came in over HTTP are
    compared with earlier ones and with what the model has learned. The verdict comes first.
    """
    if figures is not None:
        _require_matplotlib()
    from recycler.monitoring import Asked, Watch

    asked = Asked(plant, since.date() if since else None, datetime.now(UTC).date())
    registry = open_registry(models)
    with Watch.of(settings_with(intake_recent_days=recent_days)) as watch:
        found = watch.look(registry.load(name), registry, asked)
    if figures is not None:
        _draw(found, figures)
    if wants_json(as_json):
        from recycler.web.answers.documents import dump

        click.echo(dump(found))
        return
    from recycler.cli.monitor_page import monitor_page
    from recycler.cli.terminal import output

    output().print(monitor_page(found))


def _require_matplotlib() -> None:
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise click.UsageError("--figures needs matplotlib; install it with recycler[plot].")


def _draw(found: "Monitoring", folder: Path) -> None:
    from recycler.monitoring.figures import monitoring_pictures

    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for picture in monitoring_pictures(found):
        (folder / f"{picture.name}.svg").write_bytes(picture.svg)
        (folder / f"{picture.name}.png").write_bytes(picture.png)
        names.append(picture.name)
    drawn = ", ".join(names) if names else "nothing: there are no lots and no intake"
    click.echo(f"Drawn in {folder}: {drawn}", err=True)
