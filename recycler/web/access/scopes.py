"""Which scope each path needs: the one table that the service, its document and its pages go by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from recycler.keys import Scope

OPEN: Final = None
"""Stands for paths that everyone may ask, key or not."""

NEEDED: Final[Mapping[str, Scope | None]] = MappingProxyType(
    {
        "/livez": OPEN,
        "/readyz": OPEN,
        "/openapi.json": OPEN,
        "/docs": OPEN,
        "/docs/style.css": OPEN,
        "/v1/estimates": Scope.ESTIMATE,
        "/v1/route-comparisons": Scope.ESTIMATE,
        "/v1/sampling-plans": Scope.ESTIMATE,
        "/v1/categories": Scope.ESTIMATE,
        "/v1/routes": Scope.ESTIMATE,
        "/v1/elements": Scope.ESTIMATE,
        "/v1/sources": Scope.ESTIMATE,
        "/v1/sources/{source_id}": Scope.ESTIMATE,
        "/v1/sources/plant:{plant}": Scope.ESTIMATE,
        "/v1/assays": Scope.ASSAYS,
        "/v1/assays/{assay_id}": Scope.ASSAYS,
        "/v1/assays/{assay_id}/history": Scope.ASSAYS,
        "/v1/assays/import": Scope.ASSAYS,
        "/v1/assays/export": Scope.ASSAYS,
        "/v1/monitoring": Scope.ASSAYS,
        "/v1/model": Scope.MODELS,
        "/v1/model/card": Scope.MODELS,
        "/v1/models": Scope.MODELS,
        "/metrics": Scope.METRICS,
    }
)
"""Path as OpenAPI writes it -> the scope that a key needs for it, whatever the method."""


class UndeclaredPathError(LookupError):
    """Nobody has said who may ask for a path; a mistake in this package, found at the start."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"recycler/web/access/scopes.py must say who may ask {', '.join(paths)}.")
