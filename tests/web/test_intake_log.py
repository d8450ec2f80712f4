"""Counting what comes in: nothing is lost in memory, and nothing disturbs an estimate."""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Event, Thread

import pytest
import web_samples

from recycler.assays import AssayStore, IntakeStore
from recycler.batch import Batch, LineItem
from recycler.intake import IntakeCount
from recycler.web.process.intake_log import IntakeLog, keep_flushing

TODAY = date(2026, 11, 27)
BATCH = Batch((LineItem("phone", count=3), LineItem("phone", count=4), LineItem("motor", count=1)))


class Written:
    """Keeps what is written, or refuses it as long as it is told to."""

    def __init__(self) -> None:
        self.counts: list[IntakeCount] = []
        self.refusal = ""

    def __call__(self, counts: Sequence[IntakeCount]) -> None:
        """Write."""
        if self.refusal:
            raise OSError(self.refusal)
        self.counts += counts

    @property
    def lines(self) -> dict[str, tuple[int, int]]:
        """Category -> lines and pieces."""
        found: dict[str, tuple[int, int]] = {}
        for count in self.counts:
            lines, pieces = found.get(count.kind.category, (0, 0))
            found[count.kind.category] = lines + count.lines, pieces + count.pieces
        return found


@pytest.fixture
def written():
    return Written()


@pytest.fixture
def log(written):
    return IntakeLog(written, today=lambda: TODAY)


def record(log: IntakeLog, batch: Batch = BATCH) -> None:
    log.record(batch, web_samples.loaded().estimate(batch))


def test_lines_are_written_once_by_kind(log, written):
    record(log)
    log.flush()
    log.flush()

    assert [(c.kind.category, c.lines, c.pieces) for c in written.counts] == [
        ("phone", 2, 7),
        ("motor", 1, 1),
    ]


def test_threads_lose_no_line_while_others_flush(log, written):
    def work() -> None:
        for _ in range(200):
            record(log)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.flush()
    log.flush()

    assert written.lines == {"phone": (2400, 8400), "motor": (1200, 1200)}


def test_what_cannot_be_written_waits_and_is_said_once(log, written, caplog):
    caplog.set_level(logging.INFO)
    written.refusal = "the disk is gone"
    for _ in range(3):
        record(log)
        log.flush()
    refused = [r.message for r in caplog.records]
    written.refusal = ""
    log.flush()

    assert refused == ["lines that came in wait to be counted: the disk is gone"]
    assert written.lines == {"phone": (6, 21), "motor": (3, 3)}
    assert caplog.records[-1].message == "lines that came in are counted again"


def test_until_there_is_a_database_lines_wait_without_a_word(written, caplog):
    there = False
    log = IntakeLog(written, is_there=lambda: there, today=lambda: TODAY)
    record(log)
    log.flush()
    before = list(written.counts)
    there = True
    log.flush()

    assert before == []
    assert written.lines == {"phone": (2, 7), "motor": (1, 1)}
    assert caplog.records == []


def test_memory_is_bounded_and_what_is_lost_is_counted(written, caplog):
    written.refusal = "the disk is gone"
    log = IntakeLog(written, today=lambda: TODAY, most_kinds=1)
    for _ in range(5):
        record(log)
        log.flush()
    lost = log.lost
    written.refusal = ""
    log.flush()

    assert lost == 5
    assert log.lost == 0
    assert written.lines == {"phone": (10, 35)}
    assert sum("further ones are lost" in r.message for r in caplog.records) == 1


def test_an_estimate_that_cannot_be_counted_raises_nothing(log, caplog):
    log.record(BATCH, None)

    assert "could not be counted" in caplog.text


def test_a_database_that_hangs_holds_up_no_estimate(written):
    """While one thread writes, and for as long as it does, others go on recording."""
    writing, let_go = Event(), Event()

    def hang(counts):
        writing.set()
        assert let_go.wait(30)
        written(counts)

    log = IntakeLog(hang, today=lambda: TODAY)
    record(log)
    flushing = Thread(target=log.flush)
    flushing.start()
    assert writing.wait(30)

    record(log)

    let_go.set()
    flushing.join()
    log.flush()
    assert written.lines == {"phone": (4, 14), "motor": (2, 2)}


def test_a_thread_flushes_again_and_again():
    flushed = Event()
    log = IntakeLog(lambda _: flushed.set(), today=lambda: TODAY)
    keep_flushing(log, 0.05)

    record(log)

    assert flushed.wait(30)


def test_the_exit_of_a_process_flushes(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    store = AssayStore(url, timeout_s=10)
    store.migrate()
    store.close()
    code = """
import sys, web_samples
from test_intake_log import BATCH
from recycler.assays import IntakeStore
from recycler.web.process.intake_log import IntakeLog, keep_flushing
store = IntakeStore(sys.argv[1], timeout_s=10)
log = IntakeLog(store.add, is_there=store.is_there)
keep_flushing(log, 3600)
log.record(BATCH, web_samples.loaded().estimate(BATCH))
"""
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": f"{here}:{here.parent.parent}"}

    subprocess.run([sys.executable, "-c", code, url], env=env, check=True)

    intake = IntakeStore(url, timeout_s=10)
    assert sum(count.lines for count in intake.counts(date(2026, 1, 1))) == 3
    intake.close()
