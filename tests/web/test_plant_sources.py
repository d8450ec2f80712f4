"""Plants among /v1/sources: those whose lots the model that answers has learned from."""

from urllib.parse import quote

import pytest
import web_samples
from applications import application
from test_openapi import check, schema_of
from test_problems import check_problem

from recycler.lot import LearnedLots
from recycler.model.factors.effects import plant_source
from recycler.web import openapi_document

PATH = "/v1/sources/plant:{plant}"
ODD = "Nörd/1 %41"


class Learned(web_samples.GramPerPiece):
    """Has learned from lots of two plants, one of which has a name that no URL holds as it is."""

    def learned_lots(self):
        """Motors, loose magnets and a route of the one, phones of the other."""
        return (
            lots("north", "magnet", None, "nd_fraction", 3),
            lots("north", "motor", "ev_traction_motor", "magnet_mass", 2),
            lots("north", "motor", "ev_traction_motor", "nd_fraction", 7),
            LearnedLots("north", "plant:north", "overall_yield", 4, route="hydrometallurgy"),
            lots(ODD, "phone", "smartphone", "nd_fraction", 1),
        )


def lots(plant, category, subtype, factor, count):
    return LearnedLots(plant, plant_source(plant), factor, count, category, subtype)


@pytest.fixture(scope="module")
def learned(settings):
    """A client of a service whose model has learned from lots."""
    with application(settings, web_samples.loaded(Learned())) as app:
        yield app.test_client()


def plants(client, query=""):
    return [told["plant"] for told in client.get(f"/v1/sources{query}").json["plants"]]


def test_a_plant_tells_how_many_lots_by_product_and_factor(learned, settings):
    answer = learned.get("/v1/sources/plant:north")

    assert answer.headers["Model-Version"] == web_samples.VERSION
    assert answer.json == {
        "source_id": "plant:north",
        "plant": "north",
        "products": [
            {
                "category": "magnet",
                "subtype": None,
                "factors": [{"factor": "nd_fraction", "lots": 3}],
            },
            {
                "category": "motor",
                "subtype": "ev_traction_motor",
                "factors": [
                    {"factor": "magnet_mass", "lots": 2},
                    {"factor": "nd_fraction", "lots": 7},
                ],
            },
        ],
        "routes": [{"route": "hydrometallurgy", "lots": 4}],
    }
    document = openapi_document(settings)
    check(document, schema_of(document, PATH, "200"), answer.json)


def test_the_list_has_the_plants_beside_the_publications(learned, client, settings):
    listed = learned.get("/v1/sources").json
    document = openapi_document(settings)

    assert listed["sources"] == client.get("/v1/sources").json["sources"]
    assert listed["plants"][0] == learned.get("/v1/sources/plant:north").json
    assert [told["plant"] for told in listed["plants"]] == ["north", ODD]
    check(document, schema_of(document, "/v1/sources", "200"), listed)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?category=motor", ["north"]),
        ("?category=phone", [ODD]),
        ("?category=mri", []),
        ("?table=magnet_mass", []),
    ],
)
def test_the_filters_hold_for_plants_too(learned, query, expected):
    """No table has rows of a plant: its lots stand in the database."""
    assert plants(learned, query) == expected


@pytest.mark.parametrize("asked", [ODD, plant_source(ODD).removeprefix("plant:")])
def test_a_plant_is_found_by_its_name_and_by_its_id(learned, asked):
    answer = learned.get(f"/v1/sources/plant:{quote(asked, safe='')}")

    assert answer.status_code == 200
    assert (answer.json["plant"], answer.json["source_id"]) == (ODD, plant_source(ODD))


def test_a_plant_that_the_model_does_not_know_is_404_and_names_those_spelt_alike(learned):
    problem = check_problem(learned.get("/v1/sources/plant:nroth"), 404)

    assert problem["type"] == "urn:problem-type:recycler:unknown-source"
    assert problem["detail"] == '"plant:nroth" is no source; spelt alike are plant:north.'


def test_a_model_that_has_learned_from_no_lot_knows_no_plant(client):
    assert plants(client) == []
    check_problem(client.get("/v1/sources/plant:north"), 404)


def test_without_a_model_publications_are_listed_all_the_same(bare_app):
    client = bare_app.test_client()

    assert client.get("/v1/sources").json["plants"] == []
    assert client.get("/v1/sources/vannielen2020").status_code == 200
    check_problem(client.get("/v1/sources/plant:north"), 503)
