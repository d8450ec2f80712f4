"""Reads model.joblib without trusting it: a small machine for joblib's format.

joblib's files are pickle streams with the bytes of arrays between the operations, and a pickle
may call anything. So neither pickle nor joblib reads them here. This machine knows the operations
that a fitted model needs and no others, looks every name up in the allow-list, and calls nothing
the stream chooses: objects are made empty and given attributes; arrays and their types are read
by `arrays`. What it takes of memory and time is bounded by the stream's length.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from io import BytesIO
from pickletools import genops
from types import MappingProxyType
from typing import Any, Final

from recycler.registry.allowed import ALLOWED, Kind, Name
from recycler.registry.arrays import NumberType, read_array

PROTOCOL: Final = 4
"""The pickle protocol that is read, and written."""

_START = b"\x80\x04"  # PROTO 4, the first operation of every uncompressed file
_MOST_OPERATIONS = 200_000
_MOST_KEY_PARTS = 8
_KEY_TYPES = (str, int, float, bool, type(None))


def load(data: bytes, allowed: Mapping[Name, Kind] = ALLOWED) -> object:
    """Make the object that `data` describes, if it names only what is allowed.

    Args:
        data: The bytes of an uncompressed joblib file.
        allowed: The names it may contain.

    Raises:
        Exception: Of any kind, mostly ValueError, if the bytes are anything else. Nothing of
            what is not allowed has been imported, made or called.
    """
    return _Machine(data, allowed).run()


@dataclass(frozen=True, slots=True)
class _Named:
    """Stands on the stack for a name of the stream: nothing that could be called."""

    name: Name
    kind: Kind

    def resolve(self) -> Any:
        module, attribute = self.name
        return getattr(import_module(module), attribute)


class _ArrayHeader:
    """Stands where an array will be once its header is complete."""


class _Machine:
    """Stack, marks and memo as pickle has them, and one method for each kind of operation."""

    def __init__(self, data: bytes, allowed: Mapping[Name, Kind]) -> None:
        if not data.startswith(_START):
            raise ValueError("it is not an uncompressed joblib file of protocol 4")
        self._stream = BytesIO(data)
        self._allowed = allowed
        self._stack: list[Any] = []
        self._below_marks: list[list[Any]] = []
        self._memo: list[Any] = []
        self._made: set[type] = set()

    def run(self) -> object:
        """Perform the stream's operations and return what they made."""
        for count, (operation, argument, position) in enumerate(genops(self._stream)):
            perform = _OPERATIONS.get(operation.name)
            if perform is None:
                raise ValueError(f"byte {position} holds {operation.name}, which is not allowed")
            if count >= _MOST_OPERATIONS:
                raise ValueError(f"it has more than {_MOST_OPERATIONS} operations")
            perform(self, argument)
        if self._below_marks or len(self._stack) != 1 or self._stream.read(1):
            raise ValueError("it does not end where it should")
        return self._stack[0]

    def push(self, value: object) -> None:
        self._stack.append(value)

    def pop(self, count: int) -> list[Any]:
        """Take the `count` topmost values, in the order in which they were pushed."""
        if len(self._stack) < count:
            raise ValueError("a value is missing")
        values = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return values

    def since_mark(self) -> list[Any]:
        """Take all values pushed since the last mark."""
        values, self._stack = self._stack, self._below_marks.pop()
        return values

    def nothing(self, _argument: object) -> None:
        """PROTO was read already, FRAME only helps buffering, STOP ends the iteration."""

    def mark(self, _argument: object) -> None:
        self._below_marks.append(self._stack)
        self._stack = []

    def memoize(self, _argument: object) -> None:
        self._memo.append(self._stack[-1])

    def get(self, index: int) -> None:
        self.push(self._memo[index])

    def tuple_of(self, size: int) -> None:
        self.push(tuple(self.pop(size)))

    def tuple_since_mark(self, _argument: object) -> None:
        self.push(tuple(self.since_mark()))

    def append(self, values: list[Any]) -> None:
        """Extend the list on top of the stack."""
        if type(self._stack[-1]) is not list:
            raise ValueError("something is appended to what is not a list")
        self._stack[-1].extend(values)

    def set_items(self, flat: list[Any]) -> None:
        """Put keys and values, in turn, into the dictionary on top of the stack."""
        if type(self._stack[-1]) is not dict:
            raise ValueError("an item is set in what is not a dictionary")
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            self._stack[-1][_expect_key(key)] = value

    def name(self, _argument: object) -> None:
        """Look a name up in the allow-list; only values leave it as themselves."""
        module, attribute = self.pop(2)
        if type(module) is not str or type(attribute) is not str:
            raise ValueError("a name is not a text")
        kind = self._allowed.get((module, attribute))
        if kind is None:
            raise ValueError(f"it names {module}.{attribute}, which is not on the allow-list")
        named = _Named((module, attribute), kind)
        self.push(named.resolve() if kind is Kind.VALUE else named)

    def new(self, _argument: object) -> None:
        """Make an empty object, or the placeholder of an array."""
        named, arguments = self.pop(2)
        kind = named.kind if type(named) is _Named else None
        if type(arguments) is not tuple or arguments:
            raise ValueError("an object is made with arguments, which is not allowed")
        if kind is Kind.ARRAY:
            self.push(_ArrayHeader())
        elif kind is Kind.OBJECT:
            made = object.__new__(named.resolve())
            self._made.add(type(made))
            self.push(made)
        else:
            raise ValueError("an object is made of something that is no class for it")

    def call(self, _argument: object) -> None:
        """Make an array's type or a member of an enumeration: all that is made by a call."""
        named, arguments = self.pop(2)
        kind = named.kind if type(named) is _Named else None
        if type(arguments) is not tuple:
            raise ValueError("a call has no arguments")
        if kind is Kind.DTYPE:
            self.push(NumberType(*arguments))
        elif kind is Kind.ENUM and len(arguments) == 1 and type(arguments[0]) is str:
            self.push(named.resolve()(arguments[0]))
        else:
            raise ValueError("something is called that must not be called")

    def build(self, _argument: object) -> None:
        """Complete the object on top of the stack with its state."""
        target, state = self.pop(2)
        if type(target) is _ArrayHeader:
            target = read_array(self._stream, _without_class(state))
        elif type(target) is NumberType:
            target.complete(state)
        elif type(target) in self._made:
            _give_attributes(target, state)
        else:
            raise ValueError("a state is given to something that takes none")
        self.push(target)


def _expect_key(key: object) -> object:
    """Only keys whose hash is cheap: nested tuples can crash the interpreter or keep it busy."""
    parts = key if type(key) is tuple and len(key) <= _MOST_KEY_PARTS else (key,)
    if not all(type(part) in _KEY_TYPES or isinstance(part, Enum) for part in parts):
        raise ValueError("a key is neither text, number nor a short tuple of these")
    return key


def _without_class(state: object) -> dict[str, object]:
    """An array's header but its class, which must be numpy's own."""
    if type(state) is not dict:
        raise ValueError("an array's header is not one of joblib's")
    named = state.get("subclass")
    if type(named) is not _Named or named.kind is not Kind.ARRAY_CLASS:
        raise ValueError("an array is of a class of its own")
    return {key: value for key, value in state.items() if key != "subclass"}


def _give_attributes(target: object, state: object) -> None:
    """Set attributes; the class's own __setstate__ is not asked.

    Frozen dataclasses with slots have a list, in the order of their fields; others a dictionary.
    """
    if type(state) is list and is_dataclass(target):
        for field, value in zip(fields(target), state, strict=True):
            object.__setattr__(target, field.name, value)
    elif type(state) is dict and all(_is_attribute(name) for name in state):
        vars(target).update(state)
    else:
        raise ValueError(f"the state of a {type(target).__name__} is not one of attributes")


def _is_attribute(name: object) -> bool:
    return type(name) is str and name.isidentifier() and not name.startswith("__")


_Perform = Callable[[_Machine, Any], None]
_OPERATIONS: Final[Mapping[str, _Perform]] = MappingProxyType(
    {
        "PROTO": _Machine.nothing,
        "FRAME": _Machine.nothing,
        "STOP": _Machine.nothing,
        "BININT": _Machine.push,
        "BININT1": _Machine.push,
        "BININT2": _Machine.push,
        "LONG1": _Machine.push,
        "BINFLOAT": _Machine.push,
        "SHORT_BINUNICODE": _Machine.push,
        "BINUNICODE": _Machine.push,
        "NONE": lambda machine, _: machine.push(None),
        "NEWTRUE": lambda machine, _: machine.push(True),
        "NEWFALSE": lambda machine, _: machine.push(False),
        "EMPTY_DICT": lambda machine, _: machine.push({}),
        "EMPTY_LIST": lambda machine, _: machine.push([]),
        "MARK": _Machine.mark,
        "MEMOIZE": _Machine.memoize,
        "BINGET": _Machine.get,
        "LONG_BINGET": _Machine.get,
        "EMPTY_TUPLE": lambda machine, _: machine.tuple_of(0),
        "TUPLE1": lambda machine, _: machine.tuple_of(1),
        "TUPLE2": lambda machine, _: machine.tuple_of(2),
        "TUPLE3": lambda machine, _: machine.tuple_of(3),
        "TUPLE": _Machine.tuple_since_mark,
        "APPEND": lambda machine, _: machine.append(machine.pop(1)),
        "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
        "SETITEM": lambda machine, _: machine.set_items(machine.pop(2)),
        "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
        "STACK_GLOBAL": _Machine.name,
        "NEWOBJ": _Machine.new,
        "REDUCE": _Machine.call,
        "BUILD": _Machine.build,
    }
)
