"""Headers by which a request can be repeated, or refused once something has changed."""

import re
from typing import Final

from flask import request

from recycler.assays import AssayStore
from recycler.web.problems import MalformedHeaderError, MissingVersionError, OtherVersionError

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IF_MATCH: Final = "If-Match"

KEY_FORM: Final = "^[A-Za-z0-9._-]{1,128}$"
VERSIONS_FORM: Final = r'^(\*|"[1-9][0-9]*"(, ?"[1-9][0-9]*")*)$'
"""What the headers look like."""

_KEY: Final = re.compile(KEY_FORM)


def idempotency_key() -> str | None:
    """The sender's name for this attempt; None without one.

    Raises:
        MalformedHeaderError: It is not of 1 to 128 letters, digits, dots, underscores and dashes.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None or _KEY.fullmatch(key):
        return key
    form = "1 to 128 letters, digits, '.', '_' or '-'"
    raise MalformedHeaderError(f"{IDEMPOTENCY_KEY} must be {form}")


def required_version(store: AssayStore, assay_id: str) -> int:
    """The version that If-Match allows to be changed.

    Raises:
        MissingVersionError: There is no If-Match.
        UnknownAssayError: There is no such assay.
        DeletedAssayError: There was one.
        OtherVersionError: It is at a version that If-Match does not name.
    """
    if not request.if_match:
        msg = f"send {IF_MATCH} with the ETag of the version that is to be replaced, so that "
        raise MissingVersionError(f"{msg}nobody else's change is overwritten")
    present = store.get(assay_id).version
    if not request.if_match.contains(str(present)):
        msg = f'assay {assay_id} is at version "{present}"; look at it again before changing it'
        raise OtherVersionError(msg)
    return present


def allowed_version(store: AssayStore, assay_id: str) -> int | None:
    """The same where If-Match may be left out: None without it.

    One that names nothing is no leave to change whatever stands there.

    Raises:
        MalformedHeaderError: There is an If-Match, but no version in it.
    """
    if request.if_match:
        return required_version(store, assay_id)
    if IF_MATCH in request.headers:
        form = 'must name a version, such as "1", or be left out'
        raise MalformedHeaderError(f"{IF_MATCH} {form}")
    return None
