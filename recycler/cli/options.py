"""Options that several commands share, and settings with options on top."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from recycler.registry import Registry
    from recycler.settings import Settings

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

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    metavar="N",
    help="Processes that share the evaluation.",
)


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


def wants_json(as_json: bool | None) -> bool:
    """Whether JSON is printed: as was asked, else whenever no person reads."""
    from recycler.cli.terminal import is_terminal

    return not is_terminal() if as_json is None else as_json
