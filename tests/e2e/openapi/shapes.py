"""Checks for schemathesis: what is shaped as described is not refused for its shape, and a body
that is not is refused, of a batch the item that is not. Whether a value names a class, a chain or a
type that there is, and whether what is typed is of its type, no schema says; and a member that is
null counts as left out."""

import schemathesis

SHAPE = {"BAD_REQUEST", "BAD_TYPE", "MISSING_FIELD", "UNKNOWN_FIELD", "BATCH_EMPTY",
         "BATCH_TOO_LARGE", "INVALID_USERNAME", "INVALID_COUNT", "UNKNOWN_OPERATION"}


@schemathesis.check
def shape_as_described(ctx, response, case):
    if response.status_code == 400 and case.meta.generation.mode.is_positive:
        answer = response.json()
        is_typed = "typed_data.domain" in answer["error"] or "typed_data.message" in answer["error"]
        assert is_typed or answer["error_code"] not in SHAPE, (
            f"well-shaped, and refused: {answer['error_code']}: {answer['error']}")


def has_null(value):
    if isinstance(value, dict):
        value = list(value.values())
    return value is None or isinstance(value, list) and any(map(has_null, value))


@schemathesis.check
def other_shapes_refused(ctx, response, case):
    is_wrong = any(where.value == "body" and part.mode.is_negative
                   for where, part in case.meta.components.items())
    if is_wrong and response.status_code == 200 and not has_null(case.body):
        results = response.json().get("results", [])
        assert not all(result["success"] for result in results), (
            "shaped otherwise than described, and taken")
