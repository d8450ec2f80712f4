"""Cost of an estimate by itself, without HTTP: parsing, estimating, writing.

    python benchmarks/estimate.py [--rounds 200]

Lines are of ten kinds with sizes that change from batch to batch, so that nothing is answered from
memory but the draws of products. Prints the median over the rounds; exits with 1 if estimating ten
lines takes 5 ms or more, or a thousand lines 60 ms or more.
"""

import argparse
import sys
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Final

from serving.batches import batch, filled, template

from recycler.registry import LoadedModel, Registry, resolve_models_folder
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.input.schemas import parse_batch

ALLOWED_MS: Final = {1: None, 10: 5.0, 100: None, 1000: 60.0}


def main() -> None:
    """Measure and print, then exit with the verdict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200, help="batches of each size")
    rounds = parser.parse_args().rounds
    settings = Settings.from_environment({})
    model = Registry(resolve_models_folder(None, Path.cwd())).load()
    print(f"{'lines':>6}{'parse ms':>10}{'estimate ms':>13}{'write ms':>10}{'answer kB':>11}")
    slow = False
    for lines, allowed in ALLOWED_MS.items():
        spent = measure(model, settings, lines, max(rounds // max(lines // 10, 1), 5))
        print(f"{lines:>6}{spent[0]:>10.2f}{spent[1]:>13.2f}{spent[2]:>10.2f}{spent[3]:>11.0f}")
        slow |= allowed is not None and spent[1] >= allowed
    sys.exit(1 if slow else 0)


def measure(
    model: LoadedModel, settings: Settings, lines: int, rounds: int
) -> tuple[float, float, float, float]:
    """Median ms to parse, estimate and write, and the median answer in kB."""
    numbers = Random(5)  # noqa: S311  (no secret hangs on it)
    text = template(batch(lines))
    batches = [filled(text, numbers) for _ in range(rounds + 1)]
    model.estimate(parse_batch(batches.pop(), settings))  # draws of the products are kept
    found = [once(model, settings, batch) for batch in batches]
    parse, estimate, write, size = (median(column) for column in zip(*found, strict=True))
    return parse, estimate, write, size


def once(
    model: LoadedModel, settings: Settings, document: bytes
) -> tuple[float, float, float, float]:
    """One batch, step by step."""
    start = perf_counter()
    batch = parse_batch(document, settings)
    parsed = perf_counter()
    estimate = model.estimate(batch)
    estimated = perf_counter()
    written = dump(estimate)
    end = perf_counter()
    spent = (parsed - start, estimated - parsed, end - estimated)
    return (*(1000 * seconds for seconds in spent), len(written) / 1000)


if __name__ == "__main__":
    main()
