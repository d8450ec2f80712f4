"""What schemathesis is told beside its configuration: which rules no schema can say.

schemathesis imports it by the name in schemathesis.toml.
"""

import re

import schemathesis

BETWEEN_FIELDS = re.compile(
    r"|".join(
        (
            r"add(s)? up to .* more than",
            r"the rare earths add up to .* no magnet holds more",
            r"kg of rare earths were won from",
            r"is more than the .* (that|holds)",
            r"is not a subtype of",
            r"is not a grade of NdFeB such as|is a grade of|is of coercivity class",
            r"year is [0-9]+, after",
            r"samples were taken from|pieces were weighed of",
            r"that is (NdFeB|SmCo)",
            r"the analyses are of SmCo and of NdFeB magnets",
            r"(line_id|grade) must not begin or end with a space",
            r"a line of category other by mass needs the mass of one piece",
            r"no line of this batch is estimated to hold",
            r"This is no place to go on from",
        )
    )
)
"""Refusals for what fields say together, or what the service alone can know."""


@schemathesis.check
def what_a_schema_allows_is_refused_for_rules_between_fields_alone(_, response, case):
    """A 422 for a request that the document allows names rules that no schema can say."""
    allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if not allowed or response.status_code != 422:
        return
    if case.operation.definition.raw["operationId"] == "import_assays":
        return  # a text: nothing of what is in it stands in a schema
    problem = response.json()
    assert problem["errors"] or problem["type"].endswith("idempotency-key-reused")
    for error in problem["errors"]:
        told = f"{error['pointer']}: {error['message']}"
        assert BETWEEN_FIELDS.search(error["message"]), f"the document allows what is wrong: {told}"


schemathesis.serializer.alias("application/x-ndjson", "text/plain")
