"""`recycler models promote, rollback, log, compare, restore`: who is champion, and why."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from version_samples import write_again

from recycler.card.words import factor_name
from recycler.model.evaluation import MODEL, from_csv, summarise, to_csv
from recycler.registry import Registry
from recycler.registry.reference_batches import REFERENCE_BATCHES

ROOT = Path(__file__).parents[2]
STYLE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")
BETTER, WORSE = "better", "worse"
ADA = ("--who", "Ada", "--why", "trial")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The champion, the same model under a name with better scores, and under one with worse."""
    root = tmp_path_factory.mktemp("shared") / "models"
    shutil.copytree(ROOT / "models", root)
    registry = Registry(root)
    loaded, held_out = registry.load(), from_csv(registry.held_out())
    for version, by in ((BETTER, 0.9), (WORSE, 1.1)):
        scores = [replace(s, crps=s.crps * by) if s.method == MODEL else s for s in held_out]
        further = {"held_out.csv": to_csv(scores).encode()}
        write_again(registry, loaded, version, scores=summarise(scores), further=further)
    return root


@pytest.fixture
def folder(shared, tmp_path):
    shutil.copytree(shared, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture(scope="module")
def champion():
    return Registry(ROOT / "models").resolve("champion")


@pytest.fixture
def models(run, folder):
    """Run a command of `recycler models` on that folder."""
    return lambda *args, **kwargs: run("models", *args, "--models", str(folder), **kwargs)


def test_promote_moves_the_alias_and_logs_who_why_and_what_the_gate_said(models, folder, champion):
    result = models("promote", BETTER, *ADA)
    assert (result.exit_code, result.output) == (0, "better is the champion now.\n")
    assert Registry(folder).aliases() == {"champion": BETTER, "previous": champion}
    last = Registry(folder).promotions()[-1]
    assert (last.who, last.why, last.forced) == ("Ada", "trial", None)
    assert any("CRPS of better is 0.702" in finding.says for finding in last.gate.findings)


def test_promote_refuses_a_version_that_predicts_worse_and_says_by_how_much(
    models, folder, champion
):
    result = models("promote", WORSE, *ADA)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        "Error: worse is not promoted.\n  On the 574 figures (289 votes)"
    )
    assert "CRPS of worse is 0.858" in result.stderr
    assert "+10.00 %; at most +2.00 % is allowed" in result.stderr
    assert "--force" in result.stderr
    assert Registry(folder).aliases() == {"champion": champion}


def test_promote_asks_the_settings_what_is_allowed(models, folder):
    allow = {"RECYCLER_PROMOTE_CRPS_RISE": "0.2", "RECYCLER_PROMOTE_FACTOR_CRPS_RISE": "0.2"}
    assert models("promote", WORSE, *ADA, env=allow).exit_code == 0
    assert Registry(folder).aliases()["champion"] == WORSE


def test_settings_that_contradict_each_other_are_wrong_input(models):
    result = models("promote", BETTER, *ADA, env={"RECYCLER_PROMOTE_COVERAGE_MIN": "0.99"})
    assert result.exit_code == 2
    assert "RECYCLER_PROMOTE_COVERAGE_MAX" in result.stderr


def test_promote_by_force_says_what_is_overridden_and_logs_why(models, folder):
    result = models("promote", WORSE, *ADA, "--force", "the figures were misprints")
    assert result.exit_code == 0
    assert result.stdout.startswith("The gate is overridden:\n  On the 574 figures")
    assert result.stdout.endswith("worse is the champion now.\n")
    last = Registry(folder).promotions()[-1]
    assert last.forced == "the figures were misprints"
    assert last.gate.objections


@pytest.mark.parametrize("reason", [(), ("--why",)])
def test_force_needs_a_reason(models, folder, champion, reason):
    result = models("promote", WORSE, "--who", "Ada", "--why", "x", "--force", *reason)
    assert result.exit_code == 2
    assert Registry(folder).aliases() == {"champion": champion}


def test_a_user_without_a_name_is_logged_by_number(models, folder, monkeypatch):
    """As in the container, whose user has none."""

    def nameless():
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert models("promote", BETTER, "--why", "x").exit_code == 0
    assert re.fullmatch(r"user \d+", Registry(folder).promotions()[-1].who)


def test_promote_needs_a_reason(models):
    assert models("promote", BETTER).exit_code == 2


def test_a_challenger_passes_no_gate(models, folder, champion):
    result = models("promote", WORSE, "--as", "challenger", *ADA)
    assert result.output == "worse is the challenger now.\n"
    assert Registry(folder).aliases() == {"champion": champion, "challenger": WORSE}


def test_promote_refuses_what_does_not_load(models, folder, champion):
    artefact = folder / BETTER / "model.joblib"
    artefact.write_bytes(artefact.read_bytes()[:-1])
    assert models("promote", BETTER, "--why", "x").exit_code == 1
    assert Registry(folder).aliases() == {"champion": champion}


def test_rollback_goes_back_and_forth_and_needs_a_reason(models, folder, champion):
    models("promote", BETTER, *ADA)
    assert models("rollback").exit_code == 2
    back = models("rollback", "--why", "assays were mixed up")
    assert back.output == f"{champion} is the champion again; better is previous now.\n"
    forth = models("rollback", "--why", "they were not")
    assert forth.output == f"better is the champion again; {champion} is previous now.\n"
    assert [entry.rollback for entry in Registry(folder).promotions()] == [None, None, True, True]


def test_rollback_without_a_previous_champion_is_a_sentence(models):
    result = models("rollback", "--why", "x")
    assert result.exit_code == 1
    assert "no champion was ever replaced" in result.stderr


def test_the_log_is_json_where_it_is_piped(models, champion):
    models("promote", WORSE, *ADA, "--force", "misprints")
    entries = json.loads(models("log").stdout)
    assert [entry["version"] for entry in entries] == [champion, WORSE]
    assert entries[1]["forced"] == "misprints"
    assert {"rule", "passed", "says"} == entries[1]["gate"]["findings"][0].keys()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_log_reads_well_on_a_terminal(models, folder, on_terminal, champion, width):
    models("promote", WORSE, *ADA, "--force", "misprints")
    models("rollback", "--who", "Bo", "--why", "they were none")
    code, shown = on_terminal("models", "log", "--models", str(folder), width=width)
    lines = STYLE.sub("", shown).splitlines()
    assert code == 0
    assert max(len(line) for line in lines) <= width
    text = " ".join(" ".join(lines).split())
    assert f"2 worse became champion instead of {champion}" in text
    assert "promoted by Ada, 20" in text
    assert "forced misprints" in text
    assert "gate refuses On the 574 figures" in text
    assert "rolled back by Bo, 20" in text


def test_compare_as_json_has_scores_verdict_and_batches(models, champion):
    found = json.loads(models("compare", "champion", WORSE).stdout)
    assert (found["old"], found["new"]) == (champion, WORSE)
    assert found["verdict"]["passed"] is False
    pooled = found["factors"][-1]
    assert pooled["factor"] == "pooled"
    assert pooled["change"]["rise"] == pytest.approx(0.1, rel=1e-3)
    assert pooled["change"]["votes"] == pooled["old"]["n"] == 289
    assert [batch["batch"] for batch in found["batches"]] == list(REFERENCE_BATCHES)
    for batch in found["batches"]:
        assert batch["refused"] == {}
        kinds = {(each["of"], each["which"]) for each in batch["quantities"]}
        assert kinds == {
            (of, which)
            for of in ("Nd", "Dy", "total_ree")
            for which in ("contained_kg", "recoverable_kg")
        }
        assert all(each["median_ratio"] == 1 for each in batch["quantities"])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_compare_reads_well_on_a_terminal(folder, on_terminal, width):
    args = ("models", "compare", "champion", WORSE, "--models", str(folder))
    code, shown = on_terminal(*args, width=width)
    lines = STYLE.sub("", shown).splitlines()
    assert code == 0
    assert max(len(line) for line in lines) <= width
    factors = Registry(folder).manifest(WORSE).scores["factors"]
    for name, scores in factors.items():
        row = next(line for line in lines if line.startswith(f" {factor_name(name)} "))
        assert f"\N{RIGHTWARDS ARROW} {scores['crps']:.3f}" in row
        assert "+10.0 ±" in row
    text = "\n".join(lines)
    assert "The gate refuses it" in text
    assert all(name in text for name in REFERENCE_BATCHES)
    if width >= 80:
        headers = [line.split() for line in lines if line.split()[:2] == ["old", "new"]]
        assert len(headers) == len(REFERENCE_BATCHES)


def test_comparing_a_version_with_itself_finds_nothing(models):
    found = json.loads(models("compare", BETTER, BETTER).stdout)
    assert found["verdict"]["passed"] is True
    assert {each["change"]["rise"] for each in found["factors"]} == {0}


COMMANDS = {
    "list": ("models", "list"),
    "show": ("models", "show"),
    "verify": ("models", "verify"),
    "promote": ("models", "promote", BETTER, *ADA),
    "rollback": ("models", "rollback", *ADA),
    "log": ("models", "log"),
    "compare": ("models", "compare", "champion", BETTER),
    "estimate": ("estimate", "examples/design-example.json"),
    "evaluate": ("evaluate",),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", ["deleted", "half written"])
def test_every_command_says_how_to_restore_a_registry_that_is_lost(
    run, models, folder, command, damage
):
    models("promote", BETTER, *ADA)
    table = folder / "registry.json"
    whole = table.read_bytes()
    table.unlink()
    if damage == "half written":
        table.write_bytes(whole[: len(whole) // 2])
    result = run(*COMMANDS[command], "--models", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "registry.json" in result.stderr
    assert "`recycler models restore`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_restore_says_what_it_did_and_what_is_champion_now(models, folder, champion):
    models("promote", BETTER, *ADA)
    (folder / "registry.json").write_text("{")
    result = models("restore")
    assert result.exit_code == 0
    assert "registry.json was rebuilt (it is not valid JSON" in result.stdout
    assert "What was there is in registry.json.damaged." in result.stdout
    assert result.stdout.splitlines()[-1] == (
        f"2 promotions in the log; champion is better, previous is {champion}."
    )
    assert models("restore").stdout.splitlines()[0] == "Nothing is to be restored."


def test_restore_with_nothing_to_restore_from_fails(models, folder):
    (folder / "registry.json").unlink()
    (folder / "promotions.jsonl").unlink()
    result = models("restore")
    assert result.exit_code == 1
    assert "promote a version anew" in result.stderr
