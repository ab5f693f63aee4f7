"""Several scripts that read and write the same products: none overwrites what it has not read.

A model of versions, fields and stock predicts the status and the ETag of every answer.
"""

import pytest
from django.core.cache import cache
from hypothesis import strategies as some
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)
from rest_framework.test import APIClient

from accounts.policy import Role
from accounts.services import tokens
from products.models import Change, Product
from products.services import stock
from tests.factories import ProductFactory, UserFactory
from tests.machines import World, run

SCRIPTS = some.sampled_from(["till", "erp"])
PICK = some.integers(0, 20)
# What a call insists on: nothing, any version, the one this script read last, or one that never was.
MATCHES = some.sampled_from(["none", "star", "read", "never"])
FIELDS = some.fixed_dictionaries(
    {},
    optional={
        "name": some.sampled_from(["Mug", "Jug"]),
        "price": some.sampled_from(["1.00", "2.00"]),
        "stock": some.integers(0, 3),
    },
)
NEVER = 900


class Scripts(World):
    @initialize()
    def open(self):
        cache.clear()
        self.ada = UserFactory(username="ada", role=Role.ADMIN)
        self.api = APIClient()
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.sign_in(person=self.ada)['access']}")
        self.model = {}  # key: version, name, price, stock
        self.read = {"till": {}, "erp": {}}  # script: key: (version, representation)
        self.told = {}  # key, ETag: the representation that had it
        for _number in range(2):
            product = ProductFactory(name="Mug", price="1.00", stock=2, owner=self.ada)
            self.model[product.pk] = {"version": 1, "name": "Mug", "price": "1.00", "stock": 2}
            for script in self.read:
                self.reads(script, len(self.model) - 1)

    def one(self, pick):
        keys = sorted(self.model)
        return keys[pick % len(keys)]

    def standing(self):
        return bool(getattr(self, "model", None))

    # --- What the model says -----------------------------------------------------------------------------------------

    def version_named(self, script, key, match):
        """The version that the call names; None for none, "any" for the star."""
        if match == "read":
            return self.read[script][key][0]
        return {"none": None, "star": "any", "never": NEVER}[match]

    def expected_of_edit(self, key, named, fields):
        row = self.model[key]
        if named not in (None, "any", row["version"]):
            return 412
        if named is None and fields.get("stock", row["stock"]) != row["stock"]:
            return 428
        return 200

    def apply(self, key, fields):
        row = self.model[key]
        if any(row[name] != value for name, value in fields.items()):
            row.update(fields, version=row["version"] + 1)

    def headers(self, named):
        tag = {None: None, "any": "*"}.get(named, f'"{named}"')
        return {"If-Match": tag} if tag else {}

    def holds(self, answer, key):
        """The answer is the product as the model knows it, and an ETag never stands for two representations."""
        row, body = self.model[key], answer.json()
        assert {name: body[name] for name in row} == row
        assert answer["ETag"] == f'"{row["version"]}"'
        assert self.told.setdefault((key, answer["ETag"]), body) == body

    # --- What scripts do ---------------------------------------------------------------------------------------------

    @precondition(standing)
    @rule(script=SCRIPTS, pick=PICK)
    def reads(self, script, pick):
        key = self.one(pick)
        version, seen = self.read[script].get(key, (None, None))
        headers = {"If-None-Match": f'"{version}"'} if version else {}
        answer = self.api.get(f"/api/products/{key}/", headers=headers)
        unchanged = version == self.model[key]["version"]
        assert answer.status_code == (304 if unchanged else 200)
        if unchanged:
            assert self.api.get(f"/api/products/{key}/").json() == seen
        else:
            self.holds(answer, key)
            self.read[script][key] = (self.model[key]["version"], answer.json())

    @precondition(standing)
    @rule(script=SCRIPTS, pick=PICK, match=MATCHES, fields=FIELDS)
    def patches(self, script, pick, match, fields):
        key = self.one(pick)
        named = self.version_named(script, key, match)
        expected = self.expected_of_edit(key, named, fields)
        answer = self.api.patch(f"/api/products/{key}/", fields, headers=self.headers(named))
        assert answer.status_code == expected, answer.content
        if expected == 200:
            self.apply(key, fields)
            self.holds(answer, key)
        if expected == 412:
            self.tells_of_the_others(answer.json(), key, named, fields)

    def tells_of_the_others(self, problem, key, named, fields):
        """What is current, and of what was sent the fields that differ from it and from what the script read."""
        row = self.model[key]
        assert {name: problem["current"][name] for name in row} == row
        base = self.told.get((key, f'"{named}"'))
        if base:
            wanted = {
                name: {"field": name, "base": base[name], "theirs": row[name], "yours": value}
                for name, value in fields.items()
                if row[name] not in (base[name], value)
            }
            assert {conflict["field"]: conflict for conflict in problem["conflicts"]} == wanted

    @precondition(standing)
    @rule(script=SCRIPTS, pick=PICK, match=MATCHES, delta=some.sampled_from([-2, -1, 1]))
    def moves_units(self, script, pick, match, delta):
        key = self.one(pick)
        named, row = self.version_named(script, key, match), self.model[key]
        body = {"delta": delta, "reason": "correction"}
        answer = self.api.post(f"/api/products/{key}/stock/", body, headers=self.headers(named))
        if named not in (None, "any", row["version"]):
            assert answer.status_code == 412
        elif row["stock"] + delta < 0:
            assert (answer.status_code, answer.json()["stock"]) == (409, row["stock"])
        else:
            self.apply(key, {"stock": row["stock"] + delta})
            assert (answer.status_code, answer.json()["balance"]) == (201, row["stock"])
            assert answer["ETag"] == f'"{row["version"]}"'

    @precondition(standing)
    @rule(script=SCRIPTS, pick=PICK, counted=some.integers(0, 3))
    def counts_units(self, script, pick, counted):
        """Against the stock that the script read, whatever else changed since."""
        key = self.one(pick)
        expected = self.read[script][key][1]["stock"]
        answer = self.api.post(f"/api/products/{key}/stock/", {"counted": counted, "expected": expected})
        if expected == self.model[key]["stock"]:
            self.apply(key, {"stock": counted})
            assert (answer.status_code, answer["ETag"]) == (201, f'"{self.model[key]["version"]}"')
        else:
            assert (answer.status_code, answer.json()["stock"]) == (409, self.model[key]["stock"])

    @precondition(standing)
    @rule(
        script=SCRIPTS,
        calls=some.lists(some.tuples(PICK, MATCHES, FIELDS), min_size=1, max_size=3),
        atomic=some.booleans(),
        rehearsed=some.booleans(),
    )
    def changes_many(self, script, calls, atomic, rehearsed):
        update, wanted = [], []
        for pick, match, fields in calls:
            key = self.one(pick)
            named = self.version_named(script, key, match if match != "star" else "none")
            update.append({"id": key, **({"version": named} if named else {}), **fields})
            twice = key in [row["id"] for row in update[:-1]]
            wanted.append(400 if twice else self.expected_of_edit(key, named, fields))
        url = "/api/products/bulk/" + ("?dry_run=true" if rehearsed else "")
        answer = self.api.post(url, {"update": update, "atomic": atomic})
        if atomic and set(wanted) != {200}:
            refused = set(wanted) - {200}
            assert answer.status_code == (refused.pop() if len(refused) == 1 else 400)
            return
        results = (answer.json()["result"] if rehearsed else answer.json())["results"]
        assert [row["status"] for row in results] == wanted
        for row, (_pick, _match, fields), result in zip(update, calls, results, strict=True):
            if result["status"] == 200 and not rehearsed:
                self.apply(row["id"], fields)
                assert result["version"] == self.model[row["id"]]["version"]

    @precondition(lambda self: self.standing() and len(self.model) > 1)
    @rule(script=SCRIPTS, pick=PICK, match=MATCHES)
    def trashes(self, script, pick, match):
        key = self.one(pick)
        named = self.version_named(script, key, match)
        answer = self.api.delete(f"/api/products/{key}/", headers=self.headers(named))
        if named in (None, "any", self.model[key]["version"]):
            assert answer.status_code == 204
            del self.model[key]
            assert self.api.patch(f"/api/products/{key}/", {"name": "x"}).status_code == 404
        else:
            assert (answer.status_code, answer.json()["conflicts"]) == (412, [])

    # --- What always holds -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_else_was_written(self):
        rows = Product.objects.filter(trashed_at=None).values("pk", "version", "name", "price", "stock")
        stored = {row.pop("pk"): {**row, "price": f"{row['price']:.2f}"} for row in rows}
        assert stored == getattr(self, "model", {})

    @invariant()
    def every_version_is_explained_and_the_ledger_adds_up(self):
        for key, row in getattr(self, "model", {}).items():
            versions = set(
                Change.objects.filter(object_id=key, object_type="product").values_list("version", flat=True)
            )
            assert versions == set(range(1, row["version"] + 1))
        assert not stock.mismatches()


@pytest.mark.timeout(180)
@pytest.mark.django_db
def test_no_sequence_of_calls_loses_an_update():
    run(Scripts, examples=20, steps=20)
