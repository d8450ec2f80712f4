"""Which folder of models is used."""

from pathlib import Path

from recycler.registry.aliases import FILE
from recycler.registry.errors import ArtefactError, refusing
from recycler.registry.journal import JOURNAL

_PACKAGED = Path(__file__).parent.parent / "models"


def resolve_models_folder(settings_models: Path | None, working_directory: Path) -> Path:
    """The folder named in the settings, else ./models, else the copy that the package carries.

    Args:
        settings_models: What RECYCLER_MODELS names, if it is set; taken as it is.
        working_directory: Where ./models is looked for; it counts if it holds registry.json, or
            promotions.jsonl: what was promoted there is not passed over when the former is lost.

    Raises:
        ArtefactError: There is none of the three, or looking for it is not allowed.
    """
    if settings_models is not None:
        return settings_models
    beside = working_directory / "models"
    with refusing(f"models folder {beside}", "name a readable folder in RECYCLER_MODELS"):
        for folder in (beside, _PACKAGED):
            if any((folder / name).is_file() for name in (FILE, JOURNAL)):
                return folder
    raise ArtefactError(
        f"no models: neither {beside} nor the installed package holds {FILE}; name a folder that "
        f"does in RECYCLER_MODELS, or run `recycler train`"
    )
