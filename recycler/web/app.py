"""The application: what is built once, at start, and handed to the blueprints."""

from functools import partial
from typing import Any

import orjson
from flask import Flask, Response

from recycler.reference import load_tables
from recycler.registry import LoadedModel
from recycler.settings import Settings
from recycler.web.api import Api, add_api
from recycler.web.champion import Champion, open_registry
from recycler.web.endpoints import json_bytes
from recycler.web.estimates import estimates
from recycler.web.health import health
from recycler.web.measuring import measure_requests, measurements
from recycler.web.metrics import Metrics
from recycler.web.models import models
from recycler.web.promotions import Follower, keep_looking
from recycler.web.request_id import answer_with_request_id
from recycler.web.route_comparisons import route_comparisons
from recycler.web.sampling_plans import sampling_plans
from recycler.web.sources import sources
from recycler.web.vocabulary import vocabulary


def build_app(settings: Settings, model: LoadedModel | None, *, follow: bool) -> Flask:
    """Build the service; see `recycler.web.create_app`."""
    champion, metrics = Champion(model), Metrics()
    if model is None:
        follower = Follower(champion, partial(open_registry, settings), metrics)
        follower.look()
        if follow:
            keep_looking(follower, settings.model_check_s)
    else:
        metrics.model_taken(model.version, None)
    return assemble(settings, champion, metrics)


def assemble(settings: Settings, champion: Champion, metrics: Metrics) -> Flask:
    """Build the service around what answers and what counts."""
    app, api = _assemble(settings, champion, metrics)
    document = orjson.dumps(_document(api), option=orjson.OPT_INDENT_2)

    def openapi() -> Response:
        return json_bytes(document)

    app.add_url_rule("/openapi.json", view_func=openapi)
    return app


def document_api(settings: Settings) -> dict[str, Any]:
    """Build the OpenAPI document; see `recycler.web.openapi_document`."""
    _, api = _assemble(settings, Champion(None, "not loaded"), Metrics())
    return _document(api)


def _assemble(settings: Settings, champion: Champion, metrics: Metrics) -> tuple[Flask, Api]:
    app = Flask("recycler", static_folder=None)
    app.url_map.merge_slashes = False
    measure_requests(app, metrics)
    answer_with_request_id(app)
    api = add_api(app)
    tables = load_tables()
    for blueprint in (
        estimates(settings, champion),
        route_comparisons(settings, champion),
        sampling_plans(settings, champion),
        vocabulary(tables),
        sources(tables),
        models(settings, champion),
        health(champion),
        measurements(metrics),
    ):
        api.register_blueprint(blueprint)
    return app, api


def _document(api: Api) -> dict[str, Any]:
    document: dict[str, Any] = api.spec.to_dict()
    # marshmallow has no word for it: a line has exactly one of the two.
    document["components"]["schemas"]["LineItem"]["oneOf"] = [
        {"required": ["count"]},
        {"required": ["mass_kg"]},
    ]
    return document
