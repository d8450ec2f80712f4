"""What went wrong, as a sentence for standard error and an exit code."""

from collections.abc import Sequence

import click

_MOST_SHOWN = 20


class InvalidInputError(click.ClickException):
    """What was given cannot be used: exit code 2, like wrong usage."""

    exit_code = 2


def invalid_input(name: str, wrong: Sequence[str]) -> InvalidInputError:
    """Say everything that is wrong with an input; `name` is what the input is called."""
    if len(wrong) == 1:
        return InvalidInputError(f"{name}, {wrong[0]}")
    more = len(wrong) - _MOST_SHOWN
    rest = [f"and {more:,} more"] if more > 0 else []
    listed = "".join(f"\n  {sentence}" for sentence in [*wrong[:_MOST_SHOWN], *rest])
    return InvalidInputError(f"{name}: {len(wrong):,} fields are wrong.{listed}")


def explained(error: Exception) -> click.ClickException:
    """Put an exception into words: expected ones speak for themselves, others are our fault."""
    # Imported late: usually nothing has failed, and a registry takes long to import.
    from recycler.settings import SettingsError

    if isinstance(error, SettingsError):
        return InvalidInputError(str(error))
    if isinstance(error, OSError):
        return click.ClickException(_refusal(error))

    from recycler import assays, keys
    from recycler.parallel import BackendError
    from recycler.reference import TableError
    from recycler.registry import ArtefactError

    told = (*assays.FAILURES, *keys.FAILURES)
    if isinstance(error, (*told, ArtefactError, BackendError, TableError)):
        return click.ClickException(str(error))
    return click.ClickException(
        f"something is wrong in recycler itself ({type(error).__name__}: {error}); "
        "`recycler --debug COMMAND ...` shows where."
    )


def _refusal(error: OSError) -> str:
    """What the operating system refused."""
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{error.strerror or error}."
