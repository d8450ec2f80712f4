"""Models on disk: written once, promoted by alias, and loaded without being trusted."""

from recycler.registry.aliases import Promotion
from recycler.registry.errors import ArtefactError
from recycler.registry.folder import resolve_models_folder
from recycler.registry.golden import Estimator, GoldenEstimate
from recycler.registry.ledger import Restoration
from recycler.registry.manifest import FileRecord, Manifest
from recycler.registry.names import ALIASES, CHALLENGER, CHAMPION, PREVIOUS
from recycler.registry.opening import STEPS, LoadedModel
from recycler.registry.store import Check, Registry
from recycler.registry.verdict import (
    Evidence,
    Finding,
    Gate,
    PromotionRefusedError,
    Rule,
    Verdict,
)

__all__ = [
    "ALIASES",
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "STEPS",
    "ArtefactError",
    "Check",
    "Estimator",
    "Evidence",
    "FileRecord",
    "Finding",
    "Gate",
    "GoldenEstimate",
    "LoadedModel",
    "Manifest",
    "Promotion",
    "PromotionRefusedError",
    "Registry",
    "Restoration",
    "Rule",
    "Verdict",
    "resolve_models_folder",
]
