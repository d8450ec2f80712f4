"""Settings are read from RECYCLER_ variables; a wrong one is answered with a sentence."""

from pathlib import Path

import pytest

from recycler.settings import Settings, SettingsError, describe, variable, without_password


def test_nothing_set_gives_the_defaults():
    assert Settings() == Settings.from_environment({})


def test_empty_variables_count_as_unset():
    assert Settings() == Settings.from_environment({"RECYCLER_PORT": "", "RECYCLER_MODELS": " "})


def test_every_kind_of_value_is_read():
    read = Settings.from_environment(
        {
            "RECYCLER_MODELS": "/srv/models",
            "RECYCLER_LOG_LEVEL": "WARNING",
            "RECYCLER_PORT": "9000",
            "RECYCLER_ACCESS_LOG": "Yes",
            "RECYCLER_MAX_MASS_KG": "5e5",
            "UNRELATED": "ignored",
        }
    )

    assert (
        Settings(
            models=Path("/srv/models"),
            log_level="warning",
            port=9000,
            access_log=True,
            max_mass_kg=500_000.0,
        )
        == read
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RECYCLER_PORT", "http", "a whole number from 0 to 65535"),
        ("RECYCLER_PORT", "65536", "a whole number from 0 to 65535"),
        ("RECYCLER_PORT", "-1", "a whole number from 0 to 65535"),
        ("RECYCLER_PORT", "8e3", "a whole number from 0 to 65535"),
        ("RECYCLER_WORKERS", "0", "a whole number from 1 to 256"),
        ("RECYCLER_WORKERS", "9" * 5000, "a whole number from 1 to 256"),
        ("RECYCLER_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("RECYCLER_ACCESS_LOG", "1", "one of yes, no"),
        ("RECYCLER_MAX_MASS_KG", "nan", "a number from 0.001 to 1e+15"),
        ("RECYCLER_MAX_MASS_KG", "inf", "a number from 0.001 to 1e+15"),
        ("RECYCLER_MAX_MASS_KG", "heavy", "a number from 0.001 to 1e+15"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_variable_and_remedy(name, value, expected):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})

    assert f"{name} is {value!r}, but {expected} is expected." == str(refused.value)


def test_every_setting_is_described():
    """describe() lists variable, default and meaning, in the order of the fields."""
    described = {name: (default, meaning) for name, default, meaning in describe()}

    assert list(described) == [variable(name) for name in Settings.__dataclass_fields__]
    assert described["RECYCLER_PORT"][0] == "8000"
    assert described["RECYCLER_MODELS"][0] == ""
    assert described["RECYCLER_ACCESS_LOG"][0] == "no"
    assert all(len(meaning) > 20 for _, meaning in described.values())


def test_described_defaults_are_themselves_accepted():
    assert Settings() == Settings.from_environment({name: text for name, text, _ in describe()})


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("database_url", "postgresql://ann:geheim@host/lots", "postgresql://***@host/lots"),
        ("database_url", "postgresql:///lots?password=geheim&user=a", "postgresql:///lots?password=***&user=a"),
        ("rate_limit_store", "redis://:ge@heim@host:6379/0", "redis://***@host:6379/0"),
        ("rate_limit_store", "memory://", "memory://"),
        ("plant", "a://b@c", "a://b@c"),
    ],
)  # fmt: skip
def test_a_value_is_shown_without_the_password_that_it_may_hold(name, value, shown):
    assert without_password(name, value) == shown


def test_what_settings_are_printed_as_holds_no_password():
    """As in a traceback or a log line."""
    url = "postgresql://ada:s3cret@db/lots"
    printed = repr(Settings(database_url=url, port=81))

    assert "port=81" in printed
    assert "s3cret" not in printed


def test_by_default_only_callers_on_the_machine_need_no_key():
    assert (Settings().anonymous, Settings().host) == ("loopback", "127.0.0.1")
