"""Which pictures there are, each as SVG and as PNG."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from recycler.card.svg import as_png, drawn, on_paper
from recycler.monitoring.report import Monitoring

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class MonitoringPicture:
    """A picture: its name, and the bytes of both files."""

    name: str
    svg: bytes
    png: bytes


def monitoring_pictures(found: Monitoring) -> Iterator[MonitoringPicture]:
    """Draw what there is to draw: nothing of lots without lots, of the intake without lines.

    Raises:
        ImportError: matplotlib is not installed.
    """
    for name, draw in _plans(found):
        yield MonitoringPicture(name, on_paper(drawn(name, draw)), as_png(draw))


def _plans(found: Monitoring) -> Iterator[tuple[str, Callable[[], "Figure"]]]:
    from recycler.monitoring.figures.bias import bias
    from recycler.monitoring.figures.course import course
    from recycler.monitoring.figures.coverage import coverage
    from recycler.monitoring.figures.intake import intake
    from recycler.monitoring.figures.pit import pit

    if found.pit:
        yield "pit", partial(pit, found.pit, found.lots.judged)
    if found.coverage:
        yield "coverage", partial(coverage, found.coverage)
    if found.exchangeability:
        yield "course", partial(course, found.periods, found.exchangeability)
    if found.bias:
        yield "bias", partial(bias, found.bias)
    if found.intake and found.intake.recent_lines:
        yield "intake", partial(intake, found.intake)
