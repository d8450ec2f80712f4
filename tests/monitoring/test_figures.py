"""The pictures: what there is to draw is drawn, as SVG and PNG."""

from xml.etree import ElementTree as ET

import pytest
from intake_samples import TODAY, counts_of
from outcome_samples import history

from recycler.monitoring import Asked, LotCounts, Monitoring, judged
from recycler.monitoring.figures import monitoring_pictures
from recycler.monitoring.shift import intake_shift, learned_from
from recycler.reference import load_tables

LOTS = ("pit", "coverage", "course", "bias")


def monitored(lots: int, *, lines: bool = True, **truth: float) -> Monitoring:
    learned = learned_from(load_tables(), [])
    intake = intake_shift(counts_of(60 * lines), learned, today=TODAY, recent_days=30)
    counts = LotCounts(lots, 0, lots, lots, 30)
    return judged("v1", history(lots, 1, **truth), counts, intake, Asked(None, None, TODAY))


def texts(svg: bytes) -> str:
    return " ".join(ET.fromstring(svg).itertext())  # noqa: S314 - drawn by ourselves


@pytest.mark.parametrize(
    ("lots", "lines", "names"),
    [
        (40, True, (*LOTS, "intake")),
        (1, False, LOTS),
        (0, True, ("intake",)),
        (0, False, ()),
    ],
)
def test_what_there_is_is_drawn(lots, lines, names):
    drawn = list(monitoring_pictures(monitored(lots, lines=lines)))

    assert tuple(picture.name for picture in drawn) == names
    for picture in drawn:
        assert picture.png.startswith(b"\x89PNG")
        assert len(texts(picture.svg)) > 40


def test_drift_great_bias_and_few_lots_fit_in():
    for truth in ({"drift_from": 20, "log_drift": 2.0}, {"log_bias": 6.0}, {"log_bias": -6.0}):
        assert len(list(monitoring_pictures(monitored(40, **truth)))) == 5


def test_the_pictures_name_what_the_document_holds():
    found = monitored(40)
    said = {picture.name: texts(picture.svg) for picture in monitoring_pictures(found)}

    assert "240 figures of 40 lots" in said["pit"]
    assert "Nd mass fraction (40)" in said["coverage"]
    assert "Dy recovered mass (40)" in said["bias"]
    assert "phone" in said["intake"]
    assert "rejects from 20" in said["course"]


def test_the_same_figures_give_the_same_svg():
    found = monitored(20)
    first, second = ([picture.svg for picture in monitoring_pictures(found)] for _ in range(2))

    assert first == second
