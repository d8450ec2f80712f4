"""A key: its form, what is kept of it, and when it is good."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from recycler.keys import Scope, id_in, is_key, new_key
from recycler.keys.api_key import digest_of

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def test_a_key_has_a_prefix_a_public_id_and_a_secret_of_256_bits(make):
    text, key = make()
    prefix, key_id, secret = text.split("_")

    assert prefix == "rcy"
    assert key_id == key.key_id == id_in(text)
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert is_key(text)


def test_no_two_keys_share_anything_that_is_random(make):
    made = [make() for _ in range(200)]
    secrets = {text.split("_")[2] for text, _ in made}

    assert len({key.key_id for _, key in made}) == len(secrets) == 200
    # Every hexadecimal digit stands at every place: no part of a secret is fixed.
    assert all(len({secret[place] for secret in secrets}) == 16 for place in range(64))


def test_nothing_that_is_kept_tells_the_secret(make):
    text, key = make()
    secret = text.split("_")[2]

    assert secret not in repr(key)
    assert key.digest.hex() not in repr(key)
    assert len(key.digest) == 32
    assert bytes.fromhex(secret) != key.digest


def test_the_digest_is_bound_to_the_id(make):
    """What is kept of one key cannot be passed off as another's."""
    text, key = make()
    _, other = make()

    assert digest_of(text) == key.digest
    assert digest_of(text.replace(key.key_id, other.key_id)) != key.digest


@pytest.mark.parametrize(
    "text", ["", "rcy_", "rcy_0123456789ab_" + "0" * 63, "RCY_0123456789ab_" + "0" * 64, "x" * 9000]
)
def test_what_is_no_key_is_not_taken_for_one(text):
    assert not is_key(text)
    assert id_in(text) == text


def test_a_key_is_good_until_the_moment_it_expires(make):
    _, key = make(expires_at=NOW + timedelta(seconds=1))

    assert key.is_good(NOW)
    assert not key.is_good(NOW + timedelta(seconds=1))


@pytest.mark.parametrize("name", ["", " desk", "desk ", "de\nsk", "de\x1bsk", "x" * 129])
def test_a_name_that_cannot_be_shown_is_refused(name):
    with pytest.raises(ValueError, match="1 to 128 printable characters"):
        new_key(name, [Scope.ESTIMATE], NOW)


def test_a_key_for_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one scope"):
        new_key("desk", [], NOW)
