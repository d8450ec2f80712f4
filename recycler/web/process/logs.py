"""What `recycler serve` logs: one line an event, as JSON or for people, all of it to stderr.

Whatever a sender sends stays out of it: lines name the route and not the path, and of an exception
that a request met they tell the class and the place, not the message, which may quote the request.
"""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil
from traceback import format_tb
from typing import Any, Final

import structlog
from flask import g, has_request_context
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # ships no types
from structlog.typing import EventDict, Processor

from recycler.settings import Settings
from recycler.web.request_id import request_id

LONGEST_LINE: Final = 4096
"""Bytes of a line of JSON at most, its end included: so much a pipe takes in one piece (PIPE_BUF),
and lines of processes that share one never get mixed up."""

ACCESS: Final = "recycler.access"
"""Name of the logger of requests."""

_QUIET: Final = {
    "alembic": logging.WARNING,  # the store says what was migrated
    "opentelemetry": logging.ERROR,  # it tells of every try, and then that it gave up
    "sqlalchemy": logging.WARNING,  # below, it tells what rows hold
    "urllib3": logging.WARNING,
}
"""Libraries that would tell too much at the level of ours."""

_BOOTING: Final = "Exception in worker process"
"""What gunicorn says of a process that could not start: no request is in its exceptions."""

_CUT: Final = "..."

_encoded: Final = json.JSONEncoder(default=str).encode  # in ASCII; made once, it is twice as fast


class ServerLog(Logger):  # type: ignore[misc]  # a class without types
    """gunicorn's log, handed on to the handler of all logs."""

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's own log up, and let it go where all others go."""
        super().setup(cfg)
        self.error_log.propagate = True


def set_up_logs(settings: Settings) -> None:
    """Let everything that this process and its forks log go to stderr, as the settings want it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(settings, people=is_for_people(settings, sys.stderr)))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger(ACCESS).setLevel(logging.INFO)  # whoever wants it gets it at any level
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # else what cannot be written is told to stderr, bare
    threading.excepthook = _log_end_of_thread


def is_for_people(settings: Settings, stream: Any) -> bool:
    """Whether a stream is written to for people and not for machines."""
    if settings.log_format is None:
        return bool(stream.isatty())
    return settings.log_format == "text"


def formatter(settings: Settings, *, people: bool) -> logging.Formatter:
    """The formatter of every line.

    Args:
        settings: At level debug, messages of exceptions are shown, whatever they quote.
        people: Whether people read it.
    """
    processors: list[Processor] = [
        _with_what_all_have,
        _with_request,
        structlog.stdlib.ExtraAdder(),
        _with_exception_of(messages=settings.log_level == "debug"),
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    ]
    processors += [_printable, _for_people(sys.stderr)] if people else [_as_json]
    return structlog.stdlib.ProcessorFormatter(processors=processors)


def announce(sentence: str, settings: Settings) -> None:
    """Print a sentence for whoever started the service, to stdout: where it listens."""
    if not is_for_people(settings, sys.stderr):
        record = logging.LogRecord("recycler", logging.INFO, __file__, 0, sentence, None, None)
        sentence = formatter(settings, people=False).format(record)
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _with_what_all_have(_logger: Any, level: str, fields: EventDict) -> EventDict:
    record: logging.LogRecord = fields["_record"]
    moment = datetime.fromtimestamp(record.created, UTC)
    return {
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "event": fields.pop("event"),
        "logger": record.name,
        "pid": record.process,
        **fields,
    }


def _with_request(_logger: Any, _level: str, fields: EventDict) -> EventDict:
    """Name the request that is being answered, if one is, and its trace, if it is traced."""
    if has_request_context():
        fields["request_id"] = request_id()
        if trace := g.get("trace"):
            fields["trace_id"] = trace.trace_id
    return fields


def _with_exception_of(*, messages: bool) -> Processor:
    def add(_logger: Any, _level: str, fields: EventDict) -> EventDict:
        found = fields.pop("exc_info", None)
        error = found[1] if isinstance(found, tuple) else None
        if error is not None:
            fields["exception"] = _told(error, messages=messages or not _met_by_request(fields))
        return fields

    return add


def _met_by_request(fields: EventDict) -> bool:
    of_server = fields["logger"] == "gunicorn.error" and fields["event"] != _BOOTING
    return of_server or has_request_context()


def _told(error: BaseException, *, messages: bool) -> str:
    """Where an exception came from, the cause first, as Python writes it."""
    told = [
        f"{''.join(format_tb(one.__traceback__))}{type(one).__module__}.{type(one).__qualname__}"
        + (f": {_escaped(str(one))}" if messages else "")
        for one in _chain(error)
    ]
    return "\nwhich led to\n".join(reversed(told))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, what caused it, what caused that and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _as_json(_logger: Any, _level: str, fields: EventDict) -> str:
    """One line in ASCII: no text in it can begin another, whatever takes it apart."""
    line = _encoded(fields)
    while len(line) >= LONGEST_LINE:
        _shorten(fields, len(line) - LONGEST_LINE)
        line = _encoded(fields)
    return line


def _shorten(fields: EventDict, excess: int) -> None:
    """Cut the longest text: an exception keeps its end, which tells most, anything its beginning.

    A character may take up to twelve bytes: what is cut is reckoned from their mean.
    """
    name = max(fields, key=lambda name: len(str(fields[name])))
    text = str(fields[name])
    cut = ceil((excess + 1) * len(text) / len(_encoded(text))) + len(_CUT)
    kept = max(len(text) - cut, 0)
    fields[name] = _CUT + text[len(text) - kept :] if name == "exception" else text[:kept] + _CUT


def _printable(_logger: Any, _level: str, fields: EventDict) -> EventDict:
    """Escape what would begin another line or move the cursor; tracebacks keep their lines."""
    return {
        name: _escaped(value) if isinstance(value, str) and name != "exception" else value
        for name, value in fields.items()
    }


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _for_people(stream: Any) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        pad_event_to=0,
        sort_keys=False,
        exception_formatter=structlog.dev.plain_traceback,  # no values of variables
    )


def _log_end_of_thread(args: threading.ExceptHookArgs) -> None:
    found = (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    logging.getLogger(__name__).error("A thread ended.", exc_info=found)
