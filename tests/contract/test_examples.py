"""Every body that is sent or answered has an example in the document, and every example is a valid one."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from site_config import docs

JSON = "application/json"
PROBLEM = "application/problem+json"


def media_types() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each JSON body of a request and of an answer, by a name for people."""
    for path, item in docs.schema()["paths"].items():
        for verb, operation in item.items():
            bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in bodies.items():
                for kind in (JSON, PROBLEM):
                    if kind in body.get("content", {}):
                        yield f"{verb.upper()} {path} {name}", body["content"][kind]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return docs.schema()["components"]["schemas"][name] if name else schema


def examples_of(media: dict[str, Any]) -> list[Any]:
    found = [example["value"] for example in media.get("examples", {}).values()]
    found += [place["example"] for place in (media, resolved(media["schema"])) if "example" in place]
    return found


BODIES = dict(media_types())


@pytest.mark.parametrize("name", BODIES)
def test_a_body_has_examples_and_they_are_valid(name):
    schema = {**BODIES[name]["schema"], "components": docs.schema()["components"]}
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    examples = examples_of(BODIES[name])
    assert examples
    for example in examples:
        check.validate(example)
