"""Lines of the log: one object each, whatever is logged."""

import io
import json
import logging
import sys
from typing import Any

import pytest

from recycler.settings import Settings
from recycler.web.process.logs import LONGEST_LINE, announce, formatter, is_for_people

FORGED = 'lost\n{"level": "info", "event": "all is well"}\r\u2028\u0085\x1b[2J'


def written(message: str, *, people: bool = False, level: str = "info", **record: Any) -> str:
    """A record as it is written."""
    made = logging.makeLogRecord({"name": "recycler.sample", "msg": message, **record})
    return formatter(Settings(log_level=level), people=people).format(made)


def failure(error: Exception, cause: Exception | None = None) -> Any:
    """What sys.exc_info says of an exception."""
    try:
        raise error from cause
    except type(error):
        return sys.exc_info()


def test_a_line_says_when_how_grave_what_by_whom_and_in_which_process():
    moment = 1_795_000_000.25
    line = json.loads(written("done", levelname="WARNING", created=moment, process=7))

    assert line == {
        "timestamp": "2026-11-18T11:06:40.250Z",
        "level": "warning",
        "event": "done",
        "logger": "recycler.sample",
        "pid": 7,
    }


@pytest.mark.parametrize("people", [False, True])
def test_no_text_begins_another_line(people):
    line = written(FORGED, people=people, extra_of_ours=FORGED)

    assert len(line.splitlines()) == 1
    assert "\x1b[2J" not in line


def test_a_text_cannot_add_a_field():
    line = json.loads(written('x", "level": "critical', levelname="INFO"))

    assert (line["level"], line["event"]) == ("info", 'x", "level": "critical')


def test_what_is_no_text_at_all_is_written_all_the_same():
    assert json.loads(written("half a character: \ud800", thing=object))["event"].endswith("\ud800")


def test_an_exception_is_a_field_with_its_traceback_and_its_cause():
    found = failure(KeyError("later"), failure(ValueError("first\nline"))[1])
    line = written("failed", exc_info=found)
    told = json.loads(line)["exception"]

    assert "\n" not in line
    assert told.index("builtins.ValueError: first\\nline") < told.index("KeyError: 'later'")
    assert told.count("in failure") == 2


@pytest.mark.parametrize(("level", "is_told"), [("info", False), ("debug", True)])
def test_what_an_exception_quotes_of_a_request_is_told_at_debug_only(app, level, is_told):
    with app.test_request_context("/livez"):
        line = written("failed", exc_info=failure(ValueError("hunter2")), level=level)

    assert ("hunter2" in line) == is_told
    assert "builtins.ValueError" in line


def test_gunicorn_tells_what_kept_a_process_from_starting_and_nothing_a_request_met():
    def told(message: str) -> str:
        found = failure(OSError("hunter2"))
        return json.loads(written(message, name="gunicorn.error", exc_info=found))["exception"]

    assert told("Exception in worker process").endswith("builtins.OSError: hunter2")
    assert told("Socket error processing request.").endswith("builtins.OSError")


def test_a_chain_of_exceptions_that_bites_its_tail_ends():
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first

    assert "KeyError" in written("failed", exc_info=(KeyError, second, None))


@pytest.mark.parametrize("letter", ["a", "\n", "\u20ac", "\U0001f9f2"])
def test_no_line_is_longer_than_a_pipe_takes_in_one_piece(letter):
    class DeepError(Exception):
        pass

    found = failure(DeepError(letter * 30_000 + "the end"))
    lines = [
        written("failed", exc_info=found),
        written(letter * 30_000),
        written(letter * 3000, exc_info=found),
    ]

    assert all(len(line.encode()) < LONGEST_LINE for line in lines)
    assert len(lines[0]) > LONGEST_LINE - 200, "no more is cut than must be"
    assert json.loads(lines[0])["exception"].endswith("the end")


def test_people_see_the_traceback_as_python_writes_it():
    found = failure(ValueError("why"))
    first, *traceback = written("failed", people=True, exc_info=found, process=7).splitlines()

    assert first.endswith("failed [recycler.sample] pid=7")
    assert traceback[0].startswith("  File ")
    assert traceback[-1] == "builtins.ValueError: why"


class Terminal(io.StringIO):
    """Text that is written to a person."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return True


@pytest.mark.parametrize(
    ("wanted", "stream", "people"),
    [
        (None, Terminal(), True),
        (None, io.StringIO(), False),
        ("json", Terminal(), False),
        ("text", io.StringIO(), True),
    ],
)
def test_a_terminal_gets_text_and_anything_else_json_unless_told_otherwise(wanted, stream, people):
    assert is_for_people(Settings(log_format=wanted), stream) is people


def test_where_it_listens_is_said_on_stdout_in_the_form_of_the_log(capsys):
    for log_format in ("text", "json"):
        announce("recycler listens", Settings(log_format=log_format))
    text, line = capsys.readouterr().out.splitlines()

    assert text == "recycler listens"
    assert json.loads(line)["event"] == "recycler listens"
