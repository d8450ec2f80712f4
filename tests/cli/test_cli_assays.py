"""`recycler assays`: lots go in, come out the same, and are looked after."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from datetime import date

import pytest
from lot_files import CSV, NDJSON

from recycler.assays import AssayStore, Filters
from recycler.assays.schema import HEAD
from recycler.batch import FeedState, LineItem, Reading
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.lots.schema import EXAMPLE, parse_lot


def names(store):
    return [stored.lot.lot_id for stored in store.iterate()]


# Import


def test_a_table_is_imported_with_a_row_for_every_sample(assays, store, tmp_path):
    (tmp_path / "lots.csv").write_text(CSV)
    result = assays("import", str(tmp_path / "lots.csv"))

    assert result.stdout == f"2 lots added to SQLite database {tmp_path}/assays.db, 0 unchanged.\n"
    assert [stored.lot for stored in store.iterate()] == [
        MeasuredLot(
            lot_id="L-1",
            plant="north",
            measured_on=date(2026, 11, 27),
            method="ICP-OES",
            line=LineItem("motor", "ev_traction_motor", count=40, state=FeedState.DISMANTLED),
            samples=(
                {"Nd": Reading(0.228), "Tb": Reading(0.0005, below_detection=True)},
                {"Nd": Reading(23.4 / 100)},
            ),
            magnet_mass_g=1480.0,
            weighed=5,
        ),
        MeasuredLot(
            lot_id="L-2",
            plant="north",
            measured_on=date(2026, 11, 28),
            method="weighing",
            line=LineItem("phone", "smartphone", count=1200),
            route="hydrometallurgy",
            recovered_kg={"Nd": 0.21},
        ),
    ]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("lines", NDJSON),
        ("an array", json.dumps([json.loads(line) for line in NDJSON.splitlines()], indent=2)),
        ("an array on one line", f"[{NDJSON.replace(chr(10), ',')}]"),
    ],
)
def test_json_is_imported_in_lines_or_as_an_array(assays, store, form, text):
    assert assays("import", "-", input=text).exit_code == 0, form
    assert names(store) == ["J-1", "J-2"]


def test_one_lot_as_it_is_sent_over_http_is_imported(assays, store):
    assert assays("import", "-", input=json.dumps(EXAMPLE, indent=2)).exit_code == 0
    assert [stored.lot for stored in store.iterate()] == [
        parse_lot(json.dumps(EXAMPLE).encode(), Settings())
    ]


def test_a_lot_that_names_no_plant_is_the_settings_own(assays, store, monkeypatch):
    monkeypatch.setenv("RECYCLER_PLANT", "west")
    lot = {name: value for name, value in EXAMPLE.items() if name != "plant"}
    assays("import", "-", input=json.dumps(lot))

    assert [stored.lot.plant for stored in store.iterate()] == ["west"]


def test_what_is_there_already_is_passed_over(filled, store):
    result = filled(
        "import", "--format", "csv", "-", input=CSV + "L-3,north,2026-11-29,XRF,hdd,,9,,25,,,,,"
    )

    assert result.stdout.startswith("1 lot added to ")
    assert result.stdout.endswith(", 2 unchanged.\n")
    assert names(store) == ["L-1", "L-2", "L-3", "J-1", "J-2"]


def test_everything_wrong_in_a_table_is_named_by_line_and_column_and_nothing_stays(assays, store):
    wrong = CSV.replace("smartphone,1200", "smartphone,0").replace("5,,\n", "5.5,,\n")
    result = assays("import", "--format", "csv", "-", input=wrong)

    assert result.exit_code == 2
    assert "standard input: 2 fields are wrong." in result.stderr
    assert "  line 2, column weighed: weighed must be" in result.stderr
    assert "  line 4, column count: count must be" in result.stderr
    assert names(store) == []


def test_everything_wrong_in_json_is_named_by_line_or_lot(assays, store):
    good = json.dumps(EXAMPLE)
    bad = json.dumps({**EXAMPLE, "lot_id": "J-2", "date": "yesterday"})
    lines = assays("import", "-", input=f"{good}\n{bad}\n")
    array = assays("import", "-", input=f"[{good},{bad}]")

    assert "standard input, line 2, /date: date must be a day such as" in lines.stderr
    assert "standard input, lot 2, /date: date must be a day such as" in array.stderr
    assert (lines.exit_code, array.exit_code) == (2, 2)
    assert names(store) == []


def test_a_lot_that_stands_twice_in_an_array_is_refused(assays):
    result = assays("import", "-", input=json.dumps([EXAMPLE, EXAMPLE]))

    assert result.exit_code == 2
    assert "lot 2, lot_id: lot 2026-0417 of plant north is that of lot 1 already." in result.stderr


@pytest.mark.parametrize("text", ["", "[]", "\n"])
def test_a_file_without_lots_is_refused(assays, text):
    assert assays("import", "-", input=text).exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lot_id,plant\nL-1,north\n", "Is it CSV? Then say --format csv."),
        ('{"lot_id": "L-1",\n', "not valid JSON"),
        ('[{"lot_id": NaN}]', "NaN is not a JSON number"),
        ("[" * 100, "nested 100 deep"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(assays, text, said):
    result = assays("import", "-", input=text)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_lot_whose_name_is_taken_stops_the_import(filled, store):
    changed = CSV.replace("22.8", "21.9").replace("L-2", "L-0")
    result = filled("import", "--format", "csv", "-", input=changed)

    assert result.exit_code == 1
    assert "Line 2: Plant 'north' has a lot 'L-1' already" in result.stderr
    assert names(store) == ["L-1", "L-2", "J-1", "J-2"]


def test_an_import_that_was_killed_is_simply_run_again(start, store, url, tmp_path):
    """Whenever it was killed: none of its lots are there, or all."""
    lots = [json.dumps({**EXAMPLE, "lot_id": f"K-{n}"}) for n in range(400)]
    (tmp_path / "lots.ndjson").write_text("\n".join(lots))
    command = ("assays", "import", str(tmp_path / "lots.ndjson"))
    env = {"RECYCLER_DATABASE_URL": url}
    for seconds in (0.9, 1.3, 1.7):
        process = start(*command, env=env, stdout=subprocess.PIPE)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert len(names(store)) in (0, 400)

    assert start(*command, env=env, stdout=subprocess.PIPE).wait(timeout=60) == 0
    assert len(names(store)) == 400


# Export


@pytest.mark.parametrize(("name", "option"), [("lots.csv", ()), ("lots.json", ("--json",))])
def test_what_is_exported_is_imported_as_the_same_lots(
    filled, store, tmp_path, monkeypatch, name, option
):
    file, copied = tmp_path / f"out-{name}", AssayStore(f"sqlite:///{tmp_path}/copy", timeout_s=5)
    assert filled("export", str(file), *option).exit_code == 0
    monkeypatch.setenv("RECYCLER_DATABASE_URL", f"sqlite:///{tmp_path}/copy")
    assert filled("import", str(file)).exit_code == 0

    assert [s.lot for s in copied.iterate()] == [s.lot for s in store.iterate()]
    assert filled("export", *option).stdout == file.read_text()
    copied.close()


def test_deleted_lots_are_not_exported(filled, store):
    for stored in store.find(Filters(plant="north"), limit=9).lots:
        store.delete(stored.assay_id, who="ada", why="typo")

    exported = filled("export", "--json").stdout.splitlines()
    assert [json.loads(line)["lot_id"] for line in exported] == ["J-1", "J-2"]


def test_an_exported_file_replaces_the_one_before_or_leaves_it(filled, tmp_path, monkeypatch):
    file = tmp_path / "out.csv"
    file.write_text("what was there")
    file.chmod(0o640)

    def break_off(lots):
        yield "lot_id\n"
        next(iter(lots))
        raise OSError(28, "No space left on device", str(file))

    with monkeypatch.context() as patched:
        patched.setattr("recycler.web.lots.lot_tables.write_lots_csv", break_off)
        result = filled("export", str(file))
    assert (result.exit_code, "No space left" in result.stderr) == (1, True)
    assert file.read_text() == "what was there"

    filled("export", str(file))
    assert file.read_text().startswith("lot_id,plant,date,method,")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(found.name for found in tmp_path.glob("*out*")) == ["out.csv"]


def test_a_new_export_can_be_read_by_whom_the_umask_lets(filled, tmp_path):
    before = os.umask(0o027)
    try:
        filled("export", str(tmp_path / "new.csv"))
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


# Delete, migrate, and what goes wrong


def test_delete_takes_a_reason_and_keeps_it(filled, store):
    first = store.find(Filters(), limit=1).lots[0]
    assert filled("delete", first.assay_id).exit_code == 2

    result = filled("delete", first.assay_id, "--why", "mixed up", "--who", "ada")
    assert result.stdout == "Lot L-1 of plant north is deleted.\n"
    again = filled("show", first.assay_id)
    assert again.exit_code == 1
    assert re.search(r"was deleted .* UTC by ada: mixed up", again.stderr)


def test_a_user_without_a_name_deletes_by_number(filled, store, monkeypatch):
    """As in the container, whose user has none."""

    def nameless():
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    first = store.find(Filters(), limit=1).lots[0]
    assert filled("delete", first.assay_id, "--why", "mixed up").exit_code == 0

    [deleted] = [lot for lot in store.iterate(Filters(with_deleted=True)) if lot.deleted]
    assert re.fullmatch(r"user \d+", deleted.deleted.who)


def test_migrate_says_where_the_database_is(assays, store, tmp_path):
    assert (
        assays("migrate").stdout
        == f"SQLite database {tmp_path}/assays.db is at migration {HEAD}.\n"
    )
    assert store.is_current()


@pytest.mark.parametrize("command", [("show", "nobody"), ("delete", "nobody", "--why", "typo")])
def test_an_unknown_assay_is_a_sentence(assays, command):
    result = assays(*command)

    assert (result.exit_code, result.stderr) == (1, "Error: There is no assay 'nobody'.\n")


@pytest.mark.parametrize("command", ["migrate", "list", "export"])
def test_a_database_that_cannot_be_used_is_a_sentence(run, monkeypatch, command):
    monkeypatch.setenv("RECYCLER_DATABASE_URL", "sqlite:////nowhere/assays.db")
    result = run("assays", command)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: SQLite database /nowhere/assays.db cannot be used: ")


def test_help_answers_without_the_database_and_its_libraries():
    code = (
        "import sys; from recycler.cli import assays; sys.exit(any(m in sys.modules for m in "
        "('sqlalchemy', 'alembic', 'marshmallow', 'numpy', 'rich')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
