"""`recycler keys`: a key is printed once, by itself; what is listed tells no secret."""

import json
import re
from contextlib import closing

import pytest

from recycler.cli.keys import SCOPES
from recycler.keys import KeyStore, Scope, is_key


@pytest.fixture
def keys(run, url, monkeypatch):
    """Run `recycler keys` in this process on a database of its own."""
    monkeypatch.setenv("RECYCLER_DATABASE_URL", url)
    return lambda *args, **kwargs: run("keys", *args, **kwargs)


@pytest.fixture
def make(keys):
    """Makes a key with further options; gives the key."""

    def make(name="desk", *args: str) -> str:
        result = keys("create", "--name", name, "--scope", "estimate", *args)
        assert result.exit_code == 0, result.stderr
        return result.stdout.strip()

    return make


def listed(keys, *args: str):
    return json.loads(keys("list", "--json", *args).stdout)


def test_standard_output_holds_the_key_and_nothing_else(keys, tmp_path):
    result = keys("create", "--name", "desk 3", "--scope", "models", "--scope", "estimate")
    key = result.stdout.removesuffix("\n")

    assert is_key(key)
    assert result.stderr == (
        f"Key {key.split('_')[1]} for desk 3 is in SQLite database {tmp_path}/assays.db, good for "
        "estimate, models; a service that runs takes it within 2 s. It is shown this once:\n"
    )
    assert key not in result.stderr


def test_the_scopes_of_the_command_line_are_those_of_the_service():
    assert set(SCOPES) == {scope.value for scope in Scope}


def test_what_is_listed_says_all_but_the_secret(keys, make):
    text = make("desk", "--scope", "assays", "--expires", "2099-01-31")
    [key] = listed(keys)

    assert key | {"created_at": ""} == {
        "key_id": text.split("_")[1],
        "name": "desk",
        "scopes": ["assays", "estimate"],
        "good": True,
        "created_at": "",
        "expires_at": "2099-01-31T00:00:00+00:00",
        "revoked_at": None,
        "last_used_at": None,
    }
    assert text.split("_")[2] not in keys("list", "--json").output


def test_on_a_terminal_keys_are_a_table(on_terminal, make, keys, url):
    revoked, _ = make("old desk"), make("desk", "--expires", "2099-01-31")
    keys("revoke", revoked)
    code, shown = on_terminal("keys", "list", width=120, RECYCLER_DATABASE_URL=url)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)

    assert code == 0
    assert re.search(rf"{revoked.split('_')[1]} +old desk +estimate .*revoked \d{{4}}-", plain)
    assert re.search(r"desk +estimate .*until 2099-01-31", plain)
    assert "last used (UTC)" in plain


@pytest.mark.parametrize("by", ["id", "key"])
def test_a_key_is_revoked_by_its_id_or_by_itself_and_never_echoed(keys, make, by):
    text = make()
    result = keys("revoke", text if by == "key" else text.split("_")[1])

    assert result.exit_code == 0
    assert re.fullmatch(r"Key [0-9a-f]{12} for desk is revoked, since .* UTC\.\n", result.stdout)
    assert text.split("_")[2] not in result.output
    [key] = listed(keys)
    assert key["revoked_at"]
    assert not key["good"]


def test_a_key_that_there_is_not_is_a_sentence(keys, make):
    make()
    result = keys("revoke", "abc")

    assert result.exit_code == 1
    assert re.fullmatch(r"Error: There is no key 'abc' in SQLite .*shows all\.\n", result.stderr)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--scope", "estimate"], "Missing option '--name'"),
        (["--name", "x"], "Missing option '--scope'"),
        (["--name", "x", "--scope", "all"], "'all' is not one of 'estimate', 'assays'"),
        (["--name", "", "--scope", "estimate"], "1 to 128 printable characters"),
        (["--name", "a\nb", "--scope", "estimate"], "1 to 128 printable characters"),
        (["--name", "x", "--scope", "estimate", "--expires", "soon"], "'soon' does not match"),
        (["--name", "x", "--scope", "estimate", "--expires", "2020-01-01"], "passed already"),
    ],
)
def test_a_wrong_option_is_exit_code_2_and_makes_no_key(keys, args, said, tmp_path):
    result = keys("create", *args)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "assays.db").exists()


@pytest.mark.parametrize("way", ["option", "setting"])
def test_keys_may_be_kept_in_a_file_instead(keys, tmp_path, monkeypatch, way):
    file = tmp_path / "keys.json"
    args = ("--file", str(file))
    if way == "setting":
        monkeypatch.setenv("RECYCLER_KEYS_FILE", str(file))
        args = ()
    text = keys("create", "--name", "desk", "--scope", "estimate", *args).stdout.strip()

    assert [key["key_id"] for key in listed(keys, *args)] == [text.split("_")[1]]
    assert keys("revoke", text, *args).exit_code == 0
    assert not (tmp_path / "assays.db").exists()


def test_a_file_that_cannot_be_used_is_a_sentence(keys, tmp_path):
    (tmp_path / "keys.json").write_text("{}")
    result = keys("list", "--file", str(tmp_path / "keys.json"))

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: The file {tmp_path}/keys.json of keys cannot be used")


def test_before_the_first_key_listing_says_how_there_comes_to_be_a_database(keys):
    result = keys("list")

    assert result.exit_code == 1
    assert result.stderr.endswith("there is no such file; making a key makes it.\n")


def test_an_empty_list_says_so(keys, url):
    with closing(KeyStore(url, timeout_s=5)) as store:
        store._database.migrate()

    assert keys("list", "--table").stdout == "There are no keys.\n"
    assert listed(keys) == []
