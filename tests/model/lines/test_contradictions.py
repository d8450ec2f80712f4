"""What cannot be is refused where it stands, over HTTP, out of a CSV and from Python alike."""

import json
from dataclasses import replace

import pytest

from recycler.batch import (
    Assay,
    Batch,
    CoercivityClass,
    DeclaredMagnet,
    InvalidBatchError,
    LineItem,
    MagnetType,
    Reading,
    grade_of,
)
from recycler.cli.line_items import read_line_items
from recycler.model.lines.contradictions import contradictions
from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

MAGNETS = LineItem("magnet", mass_kg=10.0)
ND, SM = {"Nd": 0.24}, {"Sm": 0.25, "Co": 0.5}
COMPOSITION, SAMPLE = ("magnet", "composition"), ("assay", "samples", 0)


def assayed(*samples: dict[str, float], **declared) -> LineItem:
    readings = tuple({e: Reading(v) for e, v in sample.items()} for sample in samples)
    magnet = DeclaredMagnet(**declared) if declared else None
    return replace(MAGNETS, assay=Assay(readings), magnet=magnet)


def declared(kind: MagnetType | None = None, **known) -> LineItem:
    return replace(MAGNETS, magnet=DeclaredMagnet(kind, **known))


WRONG = [
    # sums and figures
    (declared(composition={"Fe": 0.7, "Cu": 0.31}), COMPOSITION, "add up to 101 mass %"),
    (declared(composition={"Nd": 0.8}), COMPOSITION, "rare earths add up to 80 mass %; no magnet"),
    (declared(composition={"Nd": -0.1}), (*COMPOSITION, "Nd"), "must be from 0 to 1"),
    (declared(composition={"Xx": 0.1}), (*COMPOSITION, "Xx"), "not a carried element"),
    (assayed({"Nd": 0.3}, {"Nd": 0.8}), ("assay", "samples", 1), "rare earths add up to 80"),
    (assayed({"Nd": float("nan")}), (*SAMPLE, "Nd"), "must be from 0 to 1"),
    # samples
    (assayed(), ("assay", "samples"), "at least one sample"),
    (assayed({}), SAMPLE, "names no element"),
    (
        replace(assayed(ND, ND), mass_kg=None, count=1),
        ("assay", "samples"),
        "2 samples were taken from 1 pieces",
    ),
    (
        replace(assayed(ND, ND, ND), mass_kg=1.0, unit_mass_kg=0.5),
        ("assay", "samples"),
        "3 samples were taken from 2 pieces",
    ),
    # the type of magnet
    (assayed(ND, type=MagnetType.SMCO), SAMPLE, "Nd (24 mass %): that is NdFeB, not SmCo"),
    (assayed(SM, type=MagnetType.NDFEB), SAMPLE, "Sm (25 mass %): that is SmCo, not NdFeB"),
    (declared(MagnetType.SMCO, composition=ND), COMPOSITION, "that is NdFeB, not SmCo"),
    (assayed(ND, SM), ("assay", "samples"), "give each type a line of its own"),
    (
        LineItem("motor", count=5, assay=Assay(({"Sm": Reading(0.25)},))),
        SAMPLE,
        "declare magnet type SmCo",
    ),
    (assayed(ND, type=MagnetType.FERRITE), (*SAMPLE, "Nd"), "more than the traces that ferrite"),
    (
        declared(MagnetType.ALNICO, composition={"La": 0.03}),
        (*COMPOSITION, "La"),
        "more than the traces that AlNiCo",
    ),
    # grades
    (declared(grade="N42XH"), ("magnet", "grade"), "is not a grade of NdFeB such as N42SH"),
    (declared(grade="Y30BH"), ("magnet", "grade"), "grade of ferrite, not a grade of NdFeB"),
    (declared(MagnetType.SMCO, grade="N42SH"), ("magnet", "grade"), "grade of NdFeB, not of SmCo"),
    (declared(MagnetType.FERRITE, grade="LNG44"), ("magnet", "grade"), "AlNiCo, not of ferrite"),
    (
        declared(grade="N42SH", coercivity_class=CoercivityClass.UH),
        ("magnet", "grade"),
        "is of coercivity class SH",
    ),
    # masses
    (declared(mass_g=20_000.0), ("magnet", "mass_g"), "more than the 10 kg that all pieces weigh"),
    (
        replace(declared(mass_g=501.0), unit_mass_kg=0.5),
        ("magnet", "mass_g"),
        "more than the 500 g that one piece weighs",
    ),
    (declared(mass_g=-1.0), ("magnet", "mass_g"), "above 0"),
    # quantities
    (LineItem("phone"), (), "both are missing"),
    (LineItem("phone", count=1, mass_kg=1.0), ("mass_kg",), "beside count"),
    (LineItem("phone", count=0), ("count",), "above 0"),
    (LineItem("phone", mass_kg=float("inf")), ("mass_kg",), "above 0"),
]


@pytest.mark.parametrize(("line", "path", "said"), WRONG)
def test_what_cannot_be_is_named_with_its_place(model, line, path, said):
    [(found, message)] = contradictions(line)
    assert found == path
    assert said in message
    with pytest.raises(InvalidBatchError) as refused:
        model.estimate(Batch((line,)))
    pointers = [error.pointer for error in refused.value.errors]
    assert pointers == ["".join(f"/{step}" for step in ("items", 0, *path))]


@pytest.mark.parametrize(
    "line",
    [
        MAGNETS,
        declared(MagnetType.NDFEB, grade="N42SH", composition={"Nd": 0.25, "Fe": 0.75}),
        declared(MagnetType.SMCO, grade="YXG-28", composition=SM),
        declared(MagnetType.FERRITE, grade="Y30BH", composition={"Fe": 0.6, "La": 0.03}),
        declared(MagnetType.ALNICO, grade="LNG44", composition={"Co": 0.24, "Nd": 0.001}),
        declared(composition={"Sm": 0.36, "Co": 0.64}),
        assayed(ND, {"Nd": 0.2, "Sm": 0.01}, type=MagnetType.NDFEB),
        replace(assayed(ND, ND), mass_kg=1.0, unit_mass_kg=0.5),
        replace(declared(mass_g=500.0), unit_mass_kg=0.5),
    ],
)
def test_what_may_be_is_not_refused(model, line):
    assert not list(contradictions(line))
    model.estimate(Batch((line,)))


def test_the_gate_says_the_same_as_python():
    """Over HTTP the same rules speak, at the same pointers."""
    line = {
        "category": "magnet",
        "mass_kg": 10,
        "magnet": {"type": "SmCo", "grade": "N42SH", "mass_g": 20000},
        "assay": {"samples": [{"Sm": 25}, {"Nd": 24}]},
    }
    with pytest.raises(InvalidBatchError) as refused:
        parse_batch(json.dumps({"items": [line]}).encode(), Settings())
    sample = {"Sm": Reading(0.25)}, {"Nd": Reading(0.24)}
    same = LineItem(
        "magnet",
        mass_kg=10.0,
        magnet=DeclaredMagnet(MagnetType.SMCO, 20000.0, "N42SH"),
        assay=Assay(sample),
    )
    expected = {
        "/items/0" + "".join(f"/{step}" for step in path): message
        for path, message in contradictions(same)
    }
    assert {e.pointer: e.message for e in refused.value.errors} == expected
    assert len(expected) == 3


def test_a_table_is_told_the_line_and_the_column():
    table = read_line_items(b"category,count,magnet_type,grade\nphone,3,,\nmotor,2,SmCo,N42SH\n")
    with pytest.raises(InvalidBatchError) as refused:
        parse_batch(table.document, Settings())
    [error] = refused.value.errors
    assert table.place(error.pointer) == "line 3, column grade"


@pytest.mark.parametrize(
    ("designation", "family"),
    [
        ("N42SH", MagnetType.NDFEB),
        ("YXG-28", MagnetType.SMCO),
        ("SmCo 26", MagnetType.SMCO),
        ("Y30BH", MagnetType.FERRITE),
        ("C8", MagnetType.FERRITE),
        ("LNG44", MagnetType.ALNICO),
        ("AlNiCo 5", MagnetType.ALNICO),
        ("house blend 3", None),
    ],
)
def test_a_designation_tells_its_family(designation, family):
    assert grade_of(designation).type is family
