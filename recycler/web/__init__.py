"""HTTP: estimates, vocabulary, models and health as JSON; errors as RFC 9457 problems."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from recycler.registry import LoadedModel
    from recycler.settings import Settings

# The imports stand inside: numpy reads the number of its threads from the environment when it is
# first imported, and recycler.web.server sets it before.


def create_app(
    settings: "Settings", model: "LoadedModel | None" = None, *, follow: bool = False
) -> "Flask":
    """Build the service.

    Args:
        settings: Limits and the models folder.
        model: The model that answers; None loads the champion. If that fails the service starts
            all the same: /livez answers, /readyz says what is wrong, estimates answer 503.
        follow: Whether promotions are taken over while the service runs. That starts a thread, so
            build the service in the process that answers, after any fork.
    """
    from recycler.web.app import build_app

    return build_app(settings, model, follow=follow)


def openapi_document(settings: "Settings") -> dict[str, Any]:
    """Build the OpenAPI 3.1 document of a service with these settings; needs no model."""
    from recycler.web.app import document_api

    return document_api(settings)
