"""The model that answers: loaded and proven once per process, or the reason why there is none."""

import logging
from collections.abc import Sequence
from pathlib import Path

from recycler.registry import ArtefactError, LoadedModel, Registry, resolve_models_folder
from recycler.settings import Settings
from recycler.web.problems import Check, NotReadyError

_LOG = logging.getLogger(__name__)


class Champion:
    """Holds the champion, or says why no model is there to answer."""

    def __init__(self, model: LoadedModel | None, failure: str = "") -> None:
        self._model = model
        self._failure = failure

    @classmethod
    def load(cls, settings: Settings) -> "Champion":
        """Load the champion of the models folder; a refusal is kept and logged, not raised."""
        try:
            return cls(open_registry(settings).load())
        except ArtefactError as error:
            _LOG.error("no champion: %s", error)
            return cls(None, str(error))

    @property
    def model(self) -> LoadedModel:
        """The loaded champion.

        Raises:
            NotReadyError: There is none.
        """
        if self._model is None:
            raise NotReadyError("No champion is loaded; /readyz says why")
        return self._model

    def checks(self) -> Sequence[Check]:
        """What must hold before the service is ready, and whether it does."""
        if self._model is None:
            return (
                Check("champion", passed=False, detail=self._failure),
                Check("golden estimate", passed=False, detail="no champion to make it"),
            )
        return (
            Check("champion", passed=True, detail=self._model.version),
            Check("golden estimate", passed=True, detail="reproduced when the model was loaded"),
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
