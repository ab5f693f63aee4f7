"""No page asks the database more often than tests/site/budgets.py allows, whoever opens it and however much there is."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import CategoryFactory, ProductFactory
from tests.site.budgets import BUDGETS
from tests.site.test_permissions import DECLARED, address, cast  # noqa: F401

PEOPLE = ("cleo", "sam", "ada")
# With Redis the session comes from the cache, without a query.
SESSION = 0 if settings.REDIS_URL else 1


def budgets():
    lines = [line.split() for line in BUDGETS.strip().splitlines()]
    return {name: dict(zip(PEOPLE, map(int, numbers), strict=True)) for name, *numbers in lines}


def opened():
    """Each page that somebody may open, with who may."""
    found = {}
    for (name, method), statuses in DECLARED.items():
        who = [person for person, status in zip(PEOPLE, statuses[1:], strict=True) if status == 200]
        if method == "GET" and name.startswith(("products:", "accounts:")) and who:
            found[name] = who
    return found


def asked(client, url):
    """The queries of the second visit: the first one writes down that the browser was here."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_every_page_has_a_budget():
    assert sorted(budgets()) == sorted(opened())


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(opened()))
def test_a_page_keeps_to_its_budget(name, cast, page_of):  # noqa: F811
    people, keys, product = cast
    url = address(name, keys, product)
    for _number in range(3):
        ProductFactory(owner=product.owner, category=CategoryFactory())
    for person in people[1:]:
        if person.username in opened()[name]:
            queries = asked(page_of(person), url)
            assert len(queries) - SESSION <= budgets()[name][person.username], (person.username, queries)
