"""docs/operations.md says what is true."""

import re
from pathlib import Path

import web_samples
from prometheus_client.parser import text_string_to_metric_families

from recycler.settings import Settings
from recycler.web.process.promotions import AFRESH_S
from recycler.web.process.scratch import BYTES_PER_PROCESS

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_page_lists_every_metric_with_its_kind(client_of, settings):
    client = client_of(settings, web_samples.loaded())
    families = text_string_to_metric_families(client.get("/metrics").text)
    shown = {
        (f.name + "_total" * (f.type == "counter"), f.type)
        for f in families
        if not f.name.endswith("_created")
    }

    assert shown == set(re.findall(r"^\| `(recycler_\w+)` \| (\w+) \|", PAGE, re.MULTILINE))


def test_the_page_says_how_often_is_looked():
    assert f"`RECYCLER_MODEL_CHECK_S` seconds ({Settings().model_check_s})" in PAGE
    assert f"every {AFRESH_S:.0f} seconds" in PAGE


def test_the_page_says_how_much_room_a_process_needs():
    assert f"{BYTES_PER_PROCESS // 1024} kB for each process of the service" in PAGE
