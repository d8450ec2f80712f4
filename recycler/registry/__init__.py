"""Models on disk: written once, promoted by alias, and loaded without being trusted."""

from recycler.registry.aliases import Promotion
from recycler.registry.errors import ArtefactError
from recycler.registry.folder import resolve_models_folder
from recycler.registry.golden import Estimator, GoldenEstimate
from recycler.registry.manifest import FileRecord, Manifest
from recycler.registry.names import ALIASES, CHALLENGER, CHAMPION, PREVIOUS
from recycler.registry.opening import STEPS, LoadedModel
from recycler.registry.store import Check, Registry

__all__ = [
    "ALIASES",
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "STEPS",
    "ArtefactError",
    "Check",
    "Estimator",
    "FileRecord",
    "GoldenEstimate",
    "LoadedModel",
    "Manifest",
    "Promotion",
    "Registry",
    "resolve_models_folder",
]
