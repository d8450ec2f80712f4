"""Measure everything and write docs/performance.* anew.

    ./run bench [--quick] [--only NAME ...] [--render]

takes some ten minutes on a machine that does nothing else; wrk (Debian package wrk) has to be
there. Figures go to docs/performance.json, and from there to the tables between the marks of
docs/performance.md and to docs/figures/performance.svg. What is not measured keeps its figures.
"""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, Final

from .drawing import draw
from .measuring import QUESTIONS, Effort, measure
from .page import rendered
from .wrk import is_installed

DOCS: Final = Path(__file__).parents[2] / "docs"
QUICK: Final = Effort(seconds=1, rounds=2, starts=2, requests=200)


def main() -> None:
    """Measure, unless only the page is wanted, and write it."""
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # services end, too
    figures = DOCS / "performance.json"
    found = json.loads(figures.read_text()) if figures.exists() else {}
    if not options.render:
        if not is_installed():
            sys.exit("wrk is missing; on Debian: apt-get install wrk")
        for name, answer in measure(options.only, QUICK if options.quick else Effort()):
            found[name] = rounded(answer)
            figures.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write_page(found)


def write_page(found: dict[str, Any]) -> None:
    """Write the tables of the page and its picture anew."""
    page, folder = DOCS / "performance.md", DOCS / "figures"
    page.write_text(rendered(page.read_text(), found))
    folder.mkdir(exist_ok=True)
    (folder / "performance.svg").write_bytes(draw(found))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="short runs: to see that it works")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=QUESTIONS,
        default=list(QUESTIONS),
        help=f"measure these alone: {', '.join(QUESTIONS)}",
    )
    parser.add_argument("--render", action="store_true", help="write the page from the figures")
    return parser.parse_args()


def rounded(value: object) -> object:
    """Figures to four digits: the others are noise."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
