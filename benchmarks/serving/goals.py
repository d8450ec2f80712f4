"""The goals of speed, and whether the figures meet them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """One goal: what is asked, what was measured, and whether that is enough."""

    name: str
    asked: str
    measured: str
    is_met: bool | None

    @property
    def verdict(self) -> str:
        """In a word."""
        return {True: "met", False: "**missed**", None: "not measured"}[self.is_met]


def goals(found: dict[str, Any]) -> Iterator[Goal]:
    """Every goal, judged by the figures of one run."""
    for load in found["echo"]:
        name = f"share of the echo's rate, {lines(load['lines'])}, counts {load['counts']}"
        yield Goal(name, "≥ 0.6", f"{load['share']:.2f}", load["share"] >= 0.6)
    for load in found["others"]["lines"]:
        yield _against_mlflow(load)
    for pace, latency in found["half_load"]["paces"].items():
        if pace == "even":
            ratio = latency["ratio"]
            yield Goal("p99 over p50 at half of full load", "≤ 3", f"{ratio:.1f}", ratio <= 3)
    ready = found["starting"]["service"]["ready_s"]
    yield Goal("from exec to the first 200 of /readyz", "< 2 s", f"{ready:.2f} s", ready < 2)
    version = found["starting"]["commands"]["recycler --version"]["wall_s"]
    yield Goal("`recycler --version`", "< 0.3 s", f"{version:.2f} s", version < 0.3)


def _against_mlflow(load: dict[str, Any]) -> Goal:
    name = f"times the rate of MLflow's scoring server, {lines(load['lines'])}"
    its = load["services"].get("MLflow")
    if its is None:
        return Goal(name, "≥ 5", "", None)
    return Goal(name, "≥ 5", f"{its['recycler_times']:.1f}", its["recycler_times"] >= 5)


def lines(number: int) -> str:
    """A number of lines in words."""
    return "1 line" if number == 1 else f"{number} lines"
