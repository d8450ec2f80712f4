"""API keys: who may ask the service for what, kept in the database of the assays or in a file."""

from recycler.keys.api_key import ApiKey, Scope, id_in, is_key, new_key
from recycler.keys.errors import FAILURES, KeyFileError, KeysUnavailableError, UnknownKeyError
from recycler.keys.keeping import KeyKeeper, open_keys
from recycler.keys.key_file import KeyFile
from recycler.keys.key_store import KeyStore
from recycler.keys.keyring import Keyring

__all__ = [
    "FAILURES",
    "ApiKey",
    "KeyFile",
    "KeyFileError",
    "KeyKeeper",
    "KeyStore",
    "Keyring",
    "KeysUnavailableError",
    "Scope",
    "UnknownKeyError",
    "id_in",
    "is_key",
    "new_key",
    "open_keys",
]
