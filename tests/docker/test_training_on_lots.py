"""A plant's lots in a volume: a one-shot container learns from them, the service beside follows."""

import csv
from io import StringIO

import pytest
from containers import HARDENED, OPEN, docker, running, wait_for

from recycler.assays import digest
from recycler.settings import Settings
from recycler.web.lots.schema import read_lot

pytestmark = [pytest.mark.docker, pytest.mark.slow]  # an evaluation has no shorter form

VERSION = "on-lots"
LOTS = [
    {
        "lot_id": f"L-{number}",
        "plant": "north",
        "date": f"2026-11-{number + 1:02}",
        "method": "ICP-OES",
        "category": "motor",
        "subtype": "ev_traction_motor",
        "count": 40,
        "samples": [{"Nd": 24 + number / 10, "Pr": 5.9, "Dy": 2 + number / 20}],
    }
    for number in range(6)
]
IMPOSSIBLE = {**LOTS[0], "lot_id": "L-far-out", "samples": [{"Nd": 2.4, "Pr": 5.9, "Dy": 2.0}]}
BATCH = {
    "plant": "north",
    "items": [{"category": "motor", "subtype": "ev_traction_motor", "count": 40}],
}


def test_a_one_shot_container_trains_on_what_the_service_took_in(
    image: str, models_volume: str, assays_volume: str
) -> None:
    """As cron and Kubernetes run it: the gate lets the version pass, the service takes it over."""
    volumes = (models_volume, assays_volume)
    train = ("train", "--assays", "--promote", "--version", VERSION)
    with running(image, *HARDENED, OPEN, *volumes) as service:
        stored = [service.post("/v1/assays", lot) for lot in (*LOTS, IMPOSSIBLE)]
        said = docker("run", "--rm", "--network=none", *HARDENED, *volumes, image, *train)
        wait_for(lambda: service.get("/v1/model").document["version"] == VERSION, 30, service.logs)
        seen = service.run_inside("cat", f"/models/{VERSION}/assays.csv").stdout
        model = service.get("/v1/model").document
        plants = service.get("/v1/sources").document["plants"]
        answer = service.post("/v1/estimates", BATCH).document
        left_out = service.get("/v1/assays?quarantined=true").document["assays"]

    assert {answer.status for answer in stored} == {201}
    assert "Learned from 6 of 7 assays." in said
    assert f"{VERSION} is the champion now." in said
    assert (model["rows"]["assays"], model["rows"]["assays_set_aside"]) == (6, 1)
    assert "| north | 6 | 1 |" in model["card"]
    assert [plant["source_id"] for plant in plants] == ["plant:north"]
    assert recorded(seen) == {digest(read_lot(lot, Settings())) for lot in LOTS}
    assert [found["lot"]["lot_id"] for found in left_out] == [IMPOSSIBLE["lot_id"]]
    assert answer["model"]["version"] == VERSION
    assert sources_of(answer, "nd_fraction") == [{"source_id": "plant:north", "rows": 6}]


def recorded(table: str) -> set[str]:
    """Digests of the lots that a version records as learned from."""
    return {row["sha256"] for row in csv.DictReader(StringIO(table)) if row["used"] == "yes"}


def sources_of(answer: dict, factor: str) -> list[dict]:
    """What a factor of the first line rests on."""
    basis = answer["items"][0]["basis"]
    return next(found["sources"] for found in basis if found["factor"] == factor)
