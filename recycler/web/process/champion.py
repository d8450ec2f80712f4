"""The model that answers: one reference that a promotion replaces, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from recycler.registry import ArtefactError, LoadedModel, Registry, resolve_models_folder
from recycler.settings import Settings
from recycler.web.problems import Check, NotReadyError

PROMOTION: Final = "promotion"
"""The one check that may fail while the service is ready: what was promoted cannot be used, and
what was there before keeps answering."""


@dataclass(frozen=True, slots=True)
class _State:
    """What answers, and why the champion of the models folder was refused, if it was."""

    model: LoadedModel | None
    refusal: str


class Champion:
    """Holds the model that answers, or says why there is none.

    A request takes `model` once and uses nothing else for its answer: another model may take its
    place at any moment. Any number of threads may read while one replaces.
    """

    def __init__(self, model: LoadedModel | None, refusal: str = "") -> None:
        self._state = _State(model, refusal)

    @property
    def model(self) -> LoadedModel:
        """The model that answers now.

        Raises:
            NotReadyError: There is none.
        """
        model = self._state.model
        if model is None:
            raise NotReadyError("No champion is loaded; /readyz says why")
        return model

    @property
    def version(self) -> str | None:
        """Version of the model that answers; None without one."""
        model = self._state.model
        return model.version if model else None

    def take(self, model: LoadedModel) -> None:
        """Let another model answer from now on; requests under way keep the one they took."""
        self._state = _State(model, "")

    def refuse(self, reason: str) -> None:
        """Keep what answers, and say why the champion of the models folder does not.

        Args:
            reason: A sentence; empty once nothing is refused any more.
        """
        self._state = replace(self._state, refusal=reason)

    def checks(self) -> Sequence[Check]:
        """What is checked before the service is ready, and what came of it.

        Without a model `champion` and `golden estimate` fail; with one, at most `PROMOTION` does.
        """
        state = self._state
        if state.model is None:
            return (
                Check("champion", passed=False, detail=state.refusal),
                Check("golden estimate", passed=False, detail="no champion to make it"),
            )
        return (
            Check("champion", passed=True, detail=state.model.version),
            Check("golden estimate", passed=True, detail="reproduced when the model was loaded"),
            Check(PROMOTION, not state.refusal, state.refusal or "none is refused"),
        )


def open_registry(settings: Settings) -> Registry:
    """Open the registry that the settings name.

    Raises:
        ArtefactError: There is no models folder, or looking for it is not allowed.
    """
    try:
        return Registry(resolve_models_folder(settings.models, Path.cwd()))
    except OSError as error:
        raise ArtefactError(f"The models folder cannot be looked for: {error}") from error
