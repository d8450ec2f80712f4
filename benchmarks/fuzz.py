"""Look for input that the gates do not refuse as they should, led by coverage.

    pip install atheris
    python benchmarks/fuzz.py batch|plan|lot|table|ndjson [CORPUS] [-max_total_time=60]

Atheris changes documents that are right until they reach branches that no document has reached
before. A document may be read, or be refused by one of the errors that are answered with 4xx;
anything else ends the run and is written to a file beside it. What is found becomes a test. Further
arguments are libFuzzer's; CORPUS is a folder of its own where documents are kept from run to run.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import atheris
import orjson

with atheris.instrument_imports(include=["recycler.web", "recycler.batch", "recycler.lot"]):
    from recycler.batch import InvalidBatchError
    from recycler.plan import InvalidPlanRequestError
    from recycler.settings import Settings
    from recycler.web.input.json_input import MalformedError
    from recycler.web.input.plan_requests import parse_plan_request
    from recycler.web.input.schemas import parse_batch
    from recycler.web.input.tables import TableInputError
    from recycler.web.lots.lot_lists import (
        InvalidLotsError,
        read_lots_ndjson,
        write_lots_ndjson,
    )
    from recycler.web.lots.lot_tables import read_lots_csv, write_lots_csv
    from recycler.web.lots.schema import EXAMPLE as LOT
    from recycler.web.lots.schema import InvalidLotError, parse_lot
    from recycler.web.views.estimates import EXAMPLE as BATCH
    from recycler.web.views.sampling_plans import EXAMPLE as PLAN

REFUSALS: Final = (
    MalformedError,
    InvalidBatchError,
    InvalidPlanRequestError,
    InvalidLotError,
    InvalidLotsError,
    TableInputError,
)
SETTINGS: Final = Settings()


def main() -> None:
    """Fuzz one gate until time is up or something is found."""
    gates = {name: (read, seed) for name, read, seed in _gates()}
    if len(sys.argv) < 2 or sys.argv[1] not in gates:
        sys.exit(f"fuzz.py needs one of {', '.join(gates)}")
    read, seed = gates[sys.argv.pop(1)]

    def attempt(document: bytes) -> None:
        with suppress(REFUSALS):
            read(document)

    with TemporaryDirectory() as seeds:
        (Path(seeds) / "right").write_bytes(seed)
        atheris.Setup([*sys.argv, "-max_len=4096", seeds], attempt)
        atheris.Fuzz()


def _gates() -> Iterable[tuple[str, Callable[[bytes], Any], bytes]]:
    """Each gate with a document that it lets in."""
    lots = [parse_lot(orjson.dumps(LOT), SETTINGS)]
    yield "batch", lambda document: parse_batch(document, SETTINGS), orjson.dumps(BATCH)
    yield "plan", lambda document: parse_plan_request(document, SETTINGS), orjson.dumps(PLAN)
    yield "lot", lambda document: parse_lot(document, SETTINGS), orjson.dumps(LOT)
    table = "".join(write_lots_csv(lots)).encode()
    yield "table", lambda document: [*read_lots_csv(document, SETTINGS)], table
    lines = "".join(write_lots_ndjson(lots)).encode()
    yield "ndjson", lambda document: [*read_lots_ndjson(document, SETTINGS)], lines


if __name__ == "__main__":
    main()
