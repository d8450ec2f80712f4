"""Options that several commands share, and settings with options on top."""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from recycler.parallel import Backend
    from recycler.registry import Registry
    from recycler.settings import Settings

_LOCAL_JOBS: Final = 2

batch_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    help="What FILE is.  [default: csv if its name ends so, else json]",
)

level_option = click.option(
    "--level",
    type=float,
    metavar="P",
    help="Probability that an interval holds, 0.01 to 0.99.  [default: the batch's, else 0.9]",
)

models_option = click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of model versions.  [default: RECYCLER_MODELS, else ./models, else the package's]",
)

json_option = click.option(
    "--json/--table",
    "as_json",
    default=None,
    help="Which of the two to print.  [default: a table on a terminal, else JSON]",
)

who_option = click.option("--who", metavar="NAME", help="Who decides.  [default: the user's name]")

_jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help=f"Processes that share the evaluation.  [default: {_LOCAL_JOBS}; with dask all workers]",
)

_backend_option = click.option(
    "--backend",
    type=click.Choice(["loky", "dask"]),
    default="loky",
    show_default=True,
    help="What runs the evaluation: processes of this machine, or a Dask cluster.",
)

_scheduler_option = click.option(
    "--scheduler",
    metavar="ADDR",
    help="Address of the scheduler of the Dask cluster, such as tcp://127.0.0.1:8786.",
)


def backend_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say where an evaluation runs; `backend_of` reads them."""
    return _jobs_option(_backend_option(_scheduler_option(command)))


def backend_of(backend: str, scheduler: str | None, jobs: int | None) -> "Backend":
    """Where an evaluation runs, by the options of `backend_options`."""
    from recycler.parallel import DaskCluster, LocalProcesses

    if backend == "loky":
        if scheduler is not None:
            raise click.UsageError("--scheduler is for --backend dask.")
        return LocalProcesses(_LOCAL_JOBS if jobs is None else jobs)
    if not scheduler:
        raise click.UsageError("--backend dask needs --scheduler ADDR, such as tcp://HOST:8786.")
    return DaskCluster(scheduler, jobs, wait_s=settings_with().worker_wait_s)


class SettingValue(click.ParamType[Any]):
    """The value of an option that overrides a setting, checked as the setting is."""

    def __init__(self, setting: str) -> None:
        self.setting = self.name = setting

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value as if it stood in the environment."""
        from recycler.settings import Settings, SettingsError, variable

        try:
            read = Settings.from_environment({variable(self.setting): str(value)})
        except SettingsError as error:
            self.fail(str(error), param, ctx)
        return getattr(read, self.setting)


def settings_with(**given: Any) -> "Settings":
    """Settings of the environment, with the options that were given on top."""
    from dataclasses import replace

    from recycler.settings import Settings

    chosen = {name: value for name, value in given.items() if value is not None}
    return replace(Settings.from_environment(os.environ), **chosen)


def open_registry(models: Path | None) -> "Registry":
    """The registry of the folder named by an option, else by the rules of the settings."""
    from recycler.registry import Registry, resolve_models_folder

    settings = settings_with(models=models)
    return Registry(resolve_models_folder(settings.models, Path.cwd()))


def user_name() -> str:
    """The user's name, or number where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def wants_json(as_json: bool | None) -> bool:
    """Whether JSON is printed: as was asked, else whenever no person reads."""
    from recycler.cli.terminal import is_terminal

    return not is_terminal() if as_json is None else as_json
