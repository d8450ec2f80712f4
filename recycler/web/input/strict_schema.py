"""marshmallow schemas that refuse what they do not know, and say it in sentences."""

from functools import cached_property
from typing import Any

import marshmallow as ma

from recycler.web.input.sentences import MOST_WRONG, Messages, not_a_word, shown


class StrictSchema(ma.Schema):
    """Refuses what it does not know, by name, and says what it does know.

    `load` walks over the fields that are there, not over all that could be: most lines of a batch
    name three of twelve. In return there are no hooks, no `partial` and no `many`; rules across
    fields stand in line_rules.py.
    """

    what: str = "this"
    """What one object of this schema is called in a sentence, such as `a line item`."""

    def load(self, data: Any, **_: Any) -> dict[str, Any]:
        """Read one object.

        Raises:
            ValidationError: With a sentence for every field that is wrong.
        """
        if type(data) is not dict:
            raise ma.ValidationError(f"{self.what} is a JSON object, not {shown(data)}")
        loaded: dict[str, Any] = {}
        errors: Messages = {name: [f"{name} is missing"] for name in self.required - data.keys()}
        for name, value in data.items():
            try:
                loaded[name] = self._field(name).deserialize(value, name, data)
            except ma.ValidationError as error:
                errors[name] = error.messages
                if len(errors) >= MOST_WRONG:
                    break
        if errors:
            raise ma.ValidationError(errors)
        return loaded

    @cached_property
    def required(self) -> frozenset[str]:
        """Names of the fields that must be there."""
        return frozenset(name for name, field in self.fields.items() if field.required)

    def _field(self, name: str) -> ma.fields.Field[Any]:
        if (field := self.fields.get(name)) is None:
            raise ma.ValidationError(not_a_word(name, f"field of {self.what}", self.fields))
        return field


def strict_schema(name: str, what: str, fields: dict[str, ma.fields.Field[Any]]) -> StrictSchema:
    """Build a schema.

    Args:
        name: Its name in the OpenAPI document.
        what: What one object of it is called in a sentence, with its article.
        fields: Its fields by name.
    """
    schema: StrictSchema = StrictSchema.from_dict(fields, name=name)()  # type: ignore[assignment]  # from_dict is typed to return any Schema
    schema.what = what
    return schema
