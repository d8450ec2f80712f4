"""The application: what is built once, at start, and handed to the blueprints."""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import Flask, Response

from recycler.assays import IntakeStore
from recycler.keys import Keyring, open_keys
from recycler.monitoring import Watch, rules_of
from recycler.reference import load_tables
from recycler.registry import LoadedModel
from recycler.settings import Settings
from recycler.web.access.anonymous import Anonymous
from recycler.web.access.document import declare_access
from recycler.web.access.gate import Gate, guard, require_declared
from recycler.web.api import Api, add_api
from recycler.web.contract import finished
from recycler.web.endpoints import json_bytes
from recycler.web.problems import RETRY_AFTER_S
from recycler.web.process.assay_database import AssayDatabase
from recycler.web.process.champion import Champion, open_registry
from recycler.web.process.counting_store import CountingStore
from recycler.web.process.intake_log import IntakeLog, keep_flushing
from recycler.web.process.metrics import Metrics
from recycler.web.process.promotions import Follower, keep_looking
from recycler.web.process.rate_limits import rate_limits
from recycler.web.process.tracing import Tracing, open_tracing
from recycler.web.proxies import TrustedProxies
from recycler.web.reader.page import add_reader
from recycler.web.request_id import answer_with_request_id
from recycler.web.security_headers import SecurityHeaders
from recycler.web.views.assay import CONVERTER, AssayName, assay
from recycler.web.views.assay_lists import assay_lists
from recycler.web.views.assays import assays
from recycler.web.views.estimates import estimates
from recycler.web.views.health import health
from recycler.web.views.limiting import limit_requests
from recycler.web.views.measuring import (
    log_requests,
    measure_requests,
    measurements,
    trace_requests,
)
from recycler.web.views.models import models
from recycler.web.views.monitoring import monitoring
from recycler.web.views.route_comparisons import route_comparisons
from recycler.web.views.sampling_plans import sampling_plans
from recycler.web.views.sources import sources
from recycler.web.views.vocabulary import vocabulary

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ASSAY_DATABASE: Final = "recycler.assay_database"
"""Where an application keeps its AssayDatabase, for whoever wants to close it."""

KEYRING: Final = "recycler.keyring"
"""Where it keeps its Keyring, likewise."""


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
    intake = _intake_log(settings) if follow and settings.intake else None
    app = assemble(settings, champion, metrics, intake)
    if follow:
        app.extensions[KEYRING].start()
    return app


def assemble(
    settings: Settings, champion: Champion, metrics: Metrics, intake: IntakeLog | None = None
) -> Flask:
    """Build the service around what answers and what counts."""
    app, api = _assemble(settings, champion, metrics, intake, open_tracing(settings))
    told = _document(api, settings)
    document = orjson.dumps(told, option=orjson.OPT_INDENT_2)

    def openapi() -> Response:
        return json_bytes(document)

    app.add_url_rule("/openapi.json", view_func=openapi)
    add_reader(app, told)
    require_declared(app)
    return app


def document_api(settings: Settings) -> dict[str, Any]:
    """Build the OpenAPI document; see `recycler.web.openapi_document`."""
    _, api = _assemble(settings, Champion(None, "not loaded"), Metrics(), None, None)
    return _document(api, settings)


def _intake_log(settings: Settings) -> IntakeLog:
    """Begin to count what comes in."""
    store = _intake_store(settings)
    log = IntakeLog(store.add, is_there=store.is_there)
    keep_flushing(log, settings.intake_flush_s)
    return log


def _assemble(
    settings: Settings,
    champion: Champion,
    metrics: Metrics,
    intake: IntakeLog | None,
    tracing: Tracing | None,
) -> tuple[Flask, Api]:
    app = Flask("recycler", static_folder=None)
    app.url_map.merge_slashes = False
    app.config[RETRY_AFTER_S] = settings.retry_after_s
    measure_requests(app, metrics)
    if tracing is not None:
        trace_requests(app, tracing)
    if settings.access_log:
        log_requests(app)
    answer_with_request_id(app)
    _wrap(app, settings)
    app.extensions[KEYRING] = keyring = _keyring(settings)
    gate = Gate(keyring, Anonymous(settings))
    guard(app, gate)
    limit_requests(app, rate_limits(settings))
    api = add_api(app)
    app.url_map.converters[CONVERTER] = AssayName
    api.register_converter(AssayName, AssayName.documented)
    tables, database = load_tables(), _database(settings, metrics)
    app.extensions[ASSAY_DATABASE] = database
    for blueprint in (
        estimates(settings, champion, metrics, intake),
        route_comparisons(settings, champion),
        sampling_plans(settings, champion),
        vocabulary(tables),
        sources(tables, champion),
        models(settings, champion),
        assays(settings, tables, database),
        assay(settings, database),
        assay_lists(settings, tables, database),
        monitoring(settings, champion, _watch(settings, database)),
        health(champion, database, gate),
        measurements(metrics),
    ):
        api.register_blueprint(blueprint)
    return app, api


def _wrap(app: Flask, settings: Settings) -> None:
    """Put around the application what every request and every answer passes."""
    wrapped: WSGIApplication = SecurityHeaders(app.wsgi_app)
    if settings.trusted_proxies:
        wrapped = TrustedProxies(wrapped, settings.trusted_proxies)
    app.wsgi_app = wrapped  # type: ignore[method-assign, assignment]  # as Flask documents it


def _watch(settings: Settings, database: AssayDatabase) -> Watch:
    return Watch(lambda: database.store, database.intake, rules_of(settings))


def _intake_store(settings: Settings) -> IntakeStore:
    return IntakeStore(settings.database_url, timeout_s=settings.database_timeout_s)


def _database(settings: Settings, metrics: Metrics) -> AssayDatabase:
    store = CountingStore(
        settings.database_url, timeout_s=settings.database_timeout_s, metrics=metrics
    )
    return AssayDatabase(store, _intake_store(settings) if settings.intake else None)


def _keyring(settings: Settings) -> Keyring:
    return Keyring(
        open_keys(settings), check_s=settings.keys_check_s, grace_s=settings.keys_grace_s
    )


def _document(api: Api, settings: Settings) -> dict[str, Any]:
    document = finished(api.spec.to_dict(), load_tables().categories)
    declare_access(document, Anonymous(settings))
    return document
