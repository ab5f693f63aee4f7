"""What PostgreSQL alone is asked, in the words of Django's backend for it; both databases know them without a server."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import F

from products.models import Product, Tag
from products.models.catalogue import HasTag
from products.services import duplicates, exports, tags


def in_words(expression):
    """An expression over products as PostgreSQL is given it."""
    there = DatabaseWrapper({**connection.settings_dict, "NAME": "nowhere", "OPTIONS": {}})
    query = Product.objects.all().query
    return query.get_compiler(connection=there).compile(expression.resolve_expression(query))


def test_a_tag_is_looked_up_in_its_index():
    words, given = in_words(HasTag("tags", "red"))
    assert (words, list(given)) == ('"products_product"."tags" @> jsonb_build_array(%s::text)', ["red"])


@pytest.mark.parametrize(
    ("made", "parts", "given"),
    [
        (exports.as_is(F("price")), ['"products_product"."price"'], []),
        (exports.defused(F("name")), ["regexp_replace(", '"name"'], ["A", "{", "^( *[=+@\t\r\n＝＋－＠-])", r"'\1"]),
        (exports.joined(F("tags")), ["array_to_string(ARRAY(SELECT jsonb_array_elements_text("], None),
        (exports.stamped(F("updated_at")), ["date_trunc(", "timezone("], ["second", "UTC", "Z"]),
    ],
)
def test_a_cell_of_a_file_is_written_by_the_server(made, parts, given):
    words, told = in_words(made)
    assert all(part in words for part in parts), words
    assert given is None or list(told) == given


def test_a_file_is_one_copy_whose_blocks_go_on_as_they_come(monkeypatch):
    asked = []

    @contextmanager
    def copy(statement, params):
        asked.append((statement, params))
        yield [memoryview(b"a,b"), memoryview(b"c,d")]

    @contextmanager
    def cursor():
        yield SimpleNamespace(cursor=SimpleNamespace(copy=copy))

    monkeypatch.setattr(exports, "connections", {"default": SimpleNamespace(cursor=cursor)})
    rows = Product.objects.filter(stock=3).order_by("pk")
    assert list(exports.copied(rows, [("text", F("sku"))])) == [b"a,b", b"c,d"]
    ((statement, params),) = asked
    assert statement.startswith("COPY (SELECT ")
    assert statement.endswith(") TO STDOUT WITH (FORMAT csv)")
    assert 3 in params


def test_a_file_of_what_cannot_be_is_not_asked_for(monkeypatch):
    assert list(exports.copied(Product.objects.none(), [("text", F("sku"))])) == []


def test_what_is_alike_is_asked_for_by_trigrams(monkeypatch):
    found = duplicates.alike(Product.objects.all(), "Mug")
    words, _given = found.query.get_compiler(
        connection=DatabaseWrapper({**connection.settings_dict, "OPTIONS": {}})
    ).as_sql()
    assert "SIMILARITY(" in words
    assert "%%>" in words


def test_words_are_pruned_with_their_table_locked(db, monkeypatch):
    Tag.objects.create(name="left over")
    said = []

    @contextmanager
    def cursor():
        yield SimpleNamespace(execute=said.append)

    monkeypatch.setattr(tags, "connection", SimpleNamespace(vendor="postgresql", cursor=cursor))
    assert tags.prune() == 1
    assert said == ["LOCK TABLE products_tag IN SHARE ROW EXCLUSIVE MODE"]
