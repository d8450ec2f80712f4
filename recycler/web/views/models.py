"""GET /v1/model, its card as a page, and /v1/models: which model answers and how good it is."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint
from marshmallow import fields

from recycler.registry import ArtefactError, Manifest, Registry
from recycler.settings import Settings
from recycler.web.answers.schemas import SHA256, many, text, texts, timestamp, whole
from recycler.web.endpoints import add_endpoint, answered_by, json_answer
from recycler.web.problems import NoPageError, NotReadyError
from recycler.web.process.champion import Champion, open_registry
from recycler.web.security_headers import POLICY, page_policy

HTML: Final = "text/html"

_ONLY_STYLES: Final = page_policy(styles=["'unsafe-inline'"])  # the pictures' lines have their own

_LOG = logging.getLogger(__name__)


class FileRecordSchema(ma.Schema):
    """What a file of a version must be."""

    sha256 = text("SHA-256 of the file.", pattern=SHA256)
    size = whole("Its size in bytes.")


class ModelSchema(ma.Schema):
    """The champion's own account."""

    version = text("Version of the model.")
    sha256 = text("SHA-256 of its artefact.", pattern=SHA256)
    data_digest = text("SHA-256 of the data it was fitted to.", pattern=SHA256)
    created_at = timestamp("When it was written.")
    seed = whole("Seed of the training.")
    rows = fields.Dict(
        required=True,
        values=fields.Integer(metadata={"minimum": 0}),
        metadata={"description": "Rows of the data, by table."},
    )
    packages = fields.Dict(
        required=True,
        values=fields.String(),
        metadata={"description": "Versions of Python and packages it was fitted with."},
    )
    files = fields.Dict(
        required=True,
        values=fields.Nested(FileRecordSchema),
        metadata={"description": "Files of the version."},
    )
    scores = fields.Dict(
        required=True,
        metadata={"description": "Leave-one-source-out scores, as `recycler evaluate --json`."},
    )
    card = text("The model card, Markdown; null if it cannot be read.", allow_none=True)


class VersionSchema(ma.Schema):
    """One version in the models folder."""

    version = text("Version of the model.")
    aliases = texts("Its aliases, such as champion.")
    created_at = timestamp("When it was written; null if its manifest is damaged.", allow_none=True)


class ModelsSchema(ma.Schema):
    """All versions."""

    models = many(VersionSchema, "Every complete version, by name.")


def models(settings: Settings, champion: Champion) -> Any:
    """Build the blueprint of the models."""
    blueprint = Blueprint("models", __name__, description="The models behind the estimates")

    def get_model() -> Response:
        """Show the champion: its digests, scores and card."""
        model = champion.model
        card = _card(settings, model.version)
        account = _account(model.manifest, model.reference.sha256, card)
        return answered_by(model.version, json_answer(account))

    def list_models() -> Response:
        """List all versions with their aliases."""
        try:
            registry = open_registry(settings)
            return json_answer({"models": _versions(registry, registry.aliases())})
        except ArtefactError as error:
            _LOG.warning("models cannot be listed: %s", error)
            raise NotReadyError("The models folder cannot be read; the log says why") from error

    add_endpoint(
        blueprint,
        "GET",
        "/v1/model",
        get_model,
        answer=ModelSchema,
        problems=(500, 503),
        by_model=True,
    )

    def get_model_card() -> Response:
        """Show the champion's card as a page: scores, pictures, and where it fails."""
        version = champion.model.version
        answer = Response(_page(settings, version), content_type=f"{HTML}; charset=utf-8")
        answer.headers[POLICY] = _ONLY_STYLES
        return answered_by(version, answer)

    add_endpoint(
        blueprint,
        "GET",
        "/v1/model/card",
        get_model_card,
        answer={"type": "string", "description": "A page that needs nothing else: no script."},
        content_type=HTML,
        problems=(404, 500, 503),
        by_model=True,
    )
    add_endpoint(
        blueprint, "GET", "/v1/models", list_models, answer=ModelsSchema, problems=(500, 503)
    )
    return blueprint


def _account(manifest: Manifest, sha256: str, card: str | None) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "sha256": sha256,
        "data_digest": manifest.data_digest,
        "created_at": manifest.created_at,
        "seed": manifest.seed,
        "rows": manifest.rows,
        "packages": manifest.packages,
        "files": manifest.files,
        "scores": manifest.scores,
        "card": card,
    }


def _card(settings: Settings, version: str) -> str | None:
    try:
        return open_registry(settings).card(version)
    except ArtefactError as error:
        _LOG.warning("no card: %s", error)
        return None


def _page(settings: Settings, version: str) -> str:
    try:
        page = open_registry(settings).page(version)
    except ArtefactError as error:
        _LOG.warning("no card: %s", error)
        page = None
    if page is None:
        raise NoPageError(f"Version {version} has no page; /v1/model has its card as Markdown")
    return page


def _versions(registry: Registry, aliases: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "aliases": sorted(alias for alias, named in aliases.items() if named == version),
            "created_at": _created_at(registry, version),
        }
        for version in registry.versions()
    ]


def _created_at(registry: Registry, version: str) -> datetime | None:
    try:
        return registry.manifest(version).created_at
    except ArtefactError as error:
        _LOG.warning("damaged version: %s", error)
        return None
