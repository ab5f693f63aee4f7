"""What schemathesis is told: every check and every phase is on, which ids exist, and which refusals are no fault.

One configuration for the run inside the tests and for the one against a server.
"""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

PHASES = ("examples", "coverage", "fuzzing", "stateful")

# A request that fits the document is accepted, or refused for a reason that no document can hold:
REFUSED = {
    "401": "who asks is not known, or the credentials or the token in the body are not real ones",
    "403": "the role does not include it",
    "404": "nothing has this id",
    "409": "something else was there first",
    "410": "the invitation was used or revoked, or has expired",
    "412": "If-Match names a version that is not the current one",
    "422": "the Idempotency-Key was used for another call",
    "428": "a new stock level needs If-Match",
    "429": "too many wrong passwords for one name",
}
# What an admin has no use for.
OF_CLIENTS = {("POST", "/api/proposals/"), ("POST", "/api/proposals/{id}/withdraw/")}
# The web server's own limits on the length of an address and of headers: no operation is asked.
BEFORE_US = {414, 431}
BULK = "/api/products/bulk/"
# A well-formed request may also be refused with 400 for what is stored. Code and pointer of each such refusal, and why
# no schema can say it.
DATA: dict[tuple[str, str], str] = {
    ("bad_filter", "/category"): "there is no such category",
    ("bad_filter", "/category__not"): "there is no such category",
    ("bad_filter", "/owner__not"): "nobody of this id owns anything that the reader sees",
    ("bad_filter", "/owner"): "nobody of this id owns anything that the reader sees",
    ("bad_cursor", "/cursor"): "not a cursor that an answer gave",
    ("bad_filter", "/filter/category"): "there is no such category",
    ("bad_filter", "/filter/category__not"): "there is no such category",
    ("bad_filter", "/filter/owner"): "nobody of this id owns anything that the reader sees",
    ("bad_filter", "/filter/owner__not"): "nobody of this id owns anything that the reader sees",
    ("does_not_exist", "/set/category"): "there is no such category",
    ("does_not_exist", "/set/owner"): "there is no such person",
    ("inactive_owner", "/set/owner"): "the person was deactivated",
    ("out_of_range", "/set/price"): "1,000 is the limit of a percentage, not of an amount",
    ("min_value", "/set/price"): "an amount may be taken off, and no price is below zero",
    ("max_decimal_places", "/set/price/value"): "a schema cannot count the places of a number",
    ("max_digits", "/set/price/value"): "a schema cannot count the digits of a number",
    ("no_tags", "/set/tags"): "no tags replace all there are, and cannot be added",
    ("tags", "/set/tags"): "a schema cannot say which letters can be seen",
    ("does_not_exist", "/category"): "there is no such category",
    ("does_not_exist", "/parent"): "there is no such category",
    ("does_not_exist", "/product"): "nothing that the reader sees has this id",
    ("does_not_exist", "/view"): "nothing that the reader sees has this id",
    ("nothing_different", ""): "it is as it should be already",
    ("reply_needed", "/reply"): "the other fields say whether something is refused",
    ("undecided", "/approve"): "which fields there are is the proposal’s",
    ("not_asked_for", "/approve"): "which fields there are is the proposal’s",
    ("not_asked_for", "/refuse"): "which fields there are is the proposal’s",
    ("decided_twice", "/refuse"): "a schema cannot compare two lists",
    ("required", "/text"): "nothing but control characters and spaces",
    ("bad_name", "/name"): "it is nothing but spaces, or holds what cannot be printed",
    ("unknown_filter", "/query"): "a query string is text: a schema cannot say which filters are in it",
    ("bad_filter", "/query"): "the same",
    ("bad_ordering", "/query"): "the same",
    ("unknown_column", "/columns"): "it does not exist for a client",
    ("too_deep", "/parent"): "categories go six levels deep",
    ("too_deep", "/into"): "categories go six levels deep",
    ("does_not_exist", "/into"): "there is no such category",
    ("unchanged", "/name"): "the tag has this name",
    ("tags", "/name"): "its letters are none that can be seen, or more than forty once they are small",
    ("invalid", "/tags"): "a small letter may be longer than its capital",
    ("unknown_field", "/of"): "it does not exist for a client",
    ("does_not_exist", "/owner"): "there is no such person",
    ("not_confirmed", "/confirm"): "another word than what is to be typed for these products",
    ("unknown_person", "/person"): "nobody whom the reader may know is called so",
    ("several_people", "/person"): "more than one person is called so",
    ("unknown_field", "/fields"): "it does not exist for a client",
    ("inactive_owner", "/owner"): "the person was deactivated",
    ("too_many", ""): "the limit is on three lists together",
    ("too_large", "/delta"): "with what is there it would be more than a billion",
    ("read_only_field", "/owner"): "only an admin gives a product to somebody",
    ("unknown_field", "/cost"): "it does not exist for a client",
    ("unknown_field", "/note"): "it does not exist for a client",
    ("already_exists", "/username"): "somebody has this name",
    ("already_exists", "/email"): "somebody has this address",
    ("already_exists", "/name"): "its parent has a category of this name",
    ("has_account", "/email"): "somebody has this address",
    ("no_factor", ""): "the person has none",
    ("bad_dry_run", "/dry_run"): "nobody is signed in",
    ("already_exists", "/sku"): "a product has this SKU",
    ("gtin", "/barcode"): "its check digit is wrong",
    ("max_decimal_places", "/price"): "a schema cannot count the places of a number",
    ("max_decimal_places", "/cost"): "a schema cannot count the places of a number",
    ("max_digits", "/price"): "a schema cannot count the digits of a number",
    ("max_digits", "/cost"): "a schema cannot count the digits of a number",
    ("successor", "/successor"): "the person has products, and nobody was named to take them over",
    ("wrong_password", "/current_password"): "it is another one",
    ("weak_password", "/password"): "too common, or too much like the name",
    ("weak_password", "/new_password"): "too common, or too much like the name",
}
# In a bulk call these are refusals of single items, and 400 is the answer to several of different kinds.
BULK_DATA = {
    "not_found": "nothing has this id",
    "version_mismatch": "it has another version by now",
    "if_match_needed": "a new stock level needs the version",
    "named_twice": "another item is about the same product",
    "not_enough_stock": "less than nothing would be left",
    "permission_denied": "the role does not include this act",
}
IN_BULK = re.compile("^/(create|update|trash)/[0-9]+")


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """What is no fault: a refusal for what is stored and nothing else, and a bad item beside good ones."""
    if response.status_code in BEFORE_US:
        return False
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        said = response.json()
        errors = said["errors"] or [{"code": said["code"], "pointer": ""}]
        return not all(is_of_data(error["code"], error["pointer"]) for error in errors)
    if isinstance(failure, AcceptedNegativeData) and case.path == BULK and response.status_code == 200:
        # With "atomic": false a malformed item is refused in its own result, and the call has done the others.
        said = response.json()
        results = said.get("result", said)["results"]
        return not any(result["status"] == 400 for result in results)
    return True


def is_of_data(code: str, pointer: str) -> bool:
    """An item of a bulk call is refused as its single call would be."""
    single = IN_BULK.sub("", pointer)
    return (code, single) in DATA or (single != pointer and code in BULK_DATA)


# Which values of rows.made() are sent where, most of the time: otherwise nearly every answer would be 404. The path may
# stand behind a method, where only that one asks for them.
HINTS = [
    (r"^/api/products/\{id\}", "path.id", "products"),
    (r"DELETE ^/api/products/\{id\}/archive/", "path.id", "archive"),
    (r"^/api/trash/\{id\}", "path.id", "trash"),
    (r"^/api/trash/\{id\}/purge/", "body.confirm", "trashed SKUs"),
    (r"^/api/trash/(recover|clear)/", "body.ids[*]", "trash"),
    (r"^/api/products/\{id\}/access/", "query.person", "usernames"),
    (r"^/api/categories/\{id\}", "path.id", "categories"),
    (r"^/api/categories/\{id\}/merge/", "body.into", "parents"),
    (r"^/api/tags/\{id\}", "path.id", "tags"),
    (r"^/api/changes/\{id\}", "path.id", "changes"),
    (r"^/api/jobs/\{id\}", "path.id", "jobs"),
    (r"^/api/tokens/\{id\}", "path.id", "own tokens"),
    (r"^/api/invitations/\{id\}", "path.id", "invitations"),
    (r"^/api/mails/\{id\}", "path.id", "mails"),
    (r"^/api/invitations/accept/", "body.token", "secrets"),
    (r"^/api/invitations/accept/", "body.password", "passwords"),
    (r"^/api/users/\{user\}/tokens/\{id\}", "path.id", "tokens"),
    (r"^/api/notifications/\{id\}", "path.id", "notifications"),
    (r"^/api/proposals/\{id\}", "path.id", "proposals"),
    (r"^/api/proposals/", "body.product", "proposable"),
    (r"^/api/proposals/", "query.product", "products"),
    (r"^/api/proposals/", "body.category", "categories"),
    (r"^/api/products/\{id\}/comments/\{comment\}", "path.comment", "comments"),
    (r"^/api/views/\{slug\}", "path.slug", "slugs"),
    (r"^/api/products/(export/)?$", "query.view", "slugs"),
    (r"^/api/watches/\{id\}", "path.id", "watches"),
    (r"^/api/watches/", "body.product", "products"),
    (r"^/api/watches/", "body.view", "views"),
    (r"^/api/users/\{id\}", "path.id", "users"),
    (r"^/api/users/\{user\}/factors/", "path.user", "protected"),
    (r"^/api/users/\{user\}/(?!factors/)", "path.user", "users"),
    (r"^/api/users/me/sessions/\{sid\}", "path.sid", "own sessions"),
    (r"^/api/users/\{user\}/sessions/\{sid\}", "path.sid", "sessions"),
    (r"^/api/(products|changes)/", "query.product", "products"),
    (r"^/api/(products|categories)/", "query.category", "categories"),
    (r"^/api/users/\{id\}", "query.successor", "successors"),
    (r"^/api/products/batch/", "body.ids[*]", "products"),
    (r"^/api/products/bulk/", "body.update[*].id", "products"),
    (r"^/api/products/bulk/", "body.update[*].version", "versions"),
    (r"^/api/products/bulk/", "body.trash[*].id", "discards"),
    (r"^/api/users/bulk/", "body.ids[*]", "users"),
    (r"^/api/products/", "body.category", "categories"),
    (r"^/api/products/", "body.owner", "users"),
    (r"^/api/categories/", "body.parent", "parents"),
    (r"/login/$", "body.username", "usernames"),
    (r"/login/$", "body.password", "passwords"),
    (r"/(change_password|me/email)/$", "body.current_password", "passwords"),
    (r"^/api/password_reset/$", "body.identifier", "usernames"),
    (r"^/api/password_reset/complete/", "body.uid", "forgetful"),
    (r"^/api/password_reset/complete/", "body.token", "reset links"),
    (r"^/api/email_confirm/", "body.token", "email links"),
    (r"/(refresh|logout)/$", "body.refresh", "refresh"),
    (r"/verify/$", "body.token", "any token"),
]


def hinted(document: dict[str, Any], values: dict[str, list[Any]]) -> dict[str, Any]:
    """The document with rows that exist in its examples, of parameters and of bodies: boundary cases start there."""
    document = deepcopy(document)
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            known = {name: values.get(word) for asked, name, word in HINTS if is_about(asked, verb, path)}
            for given in operation.get("parameters", []):
                if found := known.get(f"{given['in']}.{given['name']}"):
                    given["example"] = found[0]
            for example in examples_of_body(operation):
                for place, found in known.items():
                    if found and place.startswith("body."):
                        put(example, place.removeprefix("body."), found)
    return document


def is_about(asked: str, verb: str, path: str) -> bool:
    method, _space, paths = asked.rpartition(" ")
    return method in ("", verb.upper()) and bool(re.search(paths, path))


def examples_of_body(operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    return [example["value"] for media in content.values() for example in media.get("examples", {}).values()]


def put(example: dict[str, Any], place: str, values: list[Any]) -> None:
    """Puts a value at `name`, one each into the items of the list at `name[*]`, or into their field: `name[*].field`."""
    name, listed, field = place.partition("[*]")
    if name not in example:
        return
    if not listed:
        example[name] = values[0]
    elif not field:
        example[name] = values[: len(example[name])]
    else:
        for item, value in zip(example[name], values, strict=False):
            put(item, field.removeprefix("."), [value])


STATUSES = {
    "positive_data_acceptance": ["2xx", "304", *REFUSED],
    "negative_data_rejection": ["4xx"],
    "missing_required_header": ["4xx"],
    "not_a_server_error": ["2xx", "3xx", "4xx"],
}


def settings(*, examples: int, values: dict[str, list[Any]], phases: Sequence[str] = PHASES) -> dict[str, Any]:
    """As schemathesis.toml would say it."""
    return {
        "seed": 1,
        "continue-on-failure": True,
        "auth": {"auto-signup": False},
        "checks": {"enabled": True, **{check: {"expected-statuses": codes} for check, codes in STATUSES.items()}},
        "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
        "phases": {phase: {"enabled": phase in phases} for phase in PHASES},
        "dictionaries": {word.replace(" ", "-"): {"values": known} for word, known in values.items()},
        "operations": [
            {
                "include-path-regex": asked.rpartition(" ")[2],
                **({"include-method": [asked.rpartition(" ")[0]]} if " " in asked else {}),
                "parameters": {name: {"dictionary": word.replace(" ", "-"), "probability": 0.7}},
            }
            for asked, name, word in HINTS
        ],
    }


def as_toml(table: dict[str, Any], name: str = "") -> str:
    """The same as a file for the command line. JSON writes strings, numbers, lists and booleans as TOML does."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict) and not is_tables(value)}
    lines = [f"[{name}]"] if name and plain else []
    lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in plain.items()]
    for key, value in table.items():
        inner = f"{name}.{json.dumps(key)}" if name else json.dumps(key)
        if isinstance(value, dict):
            lines.append(as_toml(value, inner))
        elif is_tables(value):
            for entry in value:
                lines += [f"[[{inner}]]", as_toml(entry, inner).removeprefix(f"[{inner}]\n")]
    return "\n".join(lines)


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
