"""A product that is being entered a second time: seen by its name, SKU or barcode, as far as it exists for the person."""

import pytest
from django.db import connection

from products.models import Product
from products.services import changes, duplicates, trash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
BARCODE = "96385074"


def named(reader, name, **what):
    return [product.name for product in duplicates.like(reader=reader, name=name, **what).named]


def test_a_name_like_another_is_found_the_same_first(sam, mug):
    ProductFactory(name="Enamel mug, green")
    ProductFactory(name="Stovetop kettle")
    assert named(sam, "Enamel mug") == ["Enamel mug", "Enamel mug, green"]
    assert named(sam, " enamel  MUG ") == ["Enamel mug", "Enamel mug, green"]
    assert named(sam, "Garden chair") == []


def test_one_that_is_spelled_otherwise_is_found_where_the_database_knows_likeness(sam, mug):
    known = connection.vendor == "postgresql"
    assert named(sam, "Enamel mugs") == (["Enamel mug"] if known else [])


def test_at_most_five_are_named(sam):
    for n in range(7):
        ProductFactory(name=f"Enamel mug {n}")
    assert len(named(sam, "Enamel mug")) == 5


@pytest.mark.parametrize("name", ["", "En", "  ", "%%%", "___", "\\\\\\", "'''"])
def test_what_is_no_name_yet_is_like_nothing(name, sam, mug):
    assert not duplicates.like(reader=sam, name=name).any


def test_the_product_that_is_edited_is_not_its_own_duplicate(sam, mug):
    found = duplicates.like(reader=sam, name="Enamel mug", sku="mug-1", without=mug.pk)
    assert not found.any


@pytest.mark.parametrize("sku", ["MUG-1", "mug-1", " Mug-1 "])
def test_a_sku_is_taken_in_any_case(sku, sam, mug):
    found = duplicates.like(reader=sam, sku=sku)
    assert (found.taken, found.holder, found.named, found.any) == (True, mug, [], True)
    assert not duplicates.like(reader=sam, sku="MUG-2").taken


def test_what_has_the_sku_or_the_barcode_is_not_named_again(sam, mug):
    jug = ProductFactory(name="Enamel mug", barcode=BARCODE)
    found = duplicates.like(reader=sam, name="Enamel mug", sku="MUG-1", barcode=BARCODE)
    assert (found.named, found.holder, found.coded) == ([], mug, [jug])


def test_of_a_product_that_one_does_not_see_only_that_its_sku_is_taken(ada, sam):
    """As saving it would say: the name, the barcode and whose it is stay untold."""
    secret = ProductFactory(name="Secret mug", sku="SEC-1", barcode=BARCODE, is_public=False)
    binned = ProductFactory(name="Binned mug", sku="BIN-1")
    trash.discard(actor=ada, product=binned)
    for product in (secret, binned):
        found = duplicates.like(reader=sam, name=product.name, sku=product.sku, barcode=product.barcode)
        assert (found.named, found.coded, found.holder, found.taken) == ([], [], None, True)
    assert duplicates.like(reader=ada, sku="SEC-1").holder == secret


def test_a_barcode_is_found_to_the_digit(sam):
    mug = ProductFactory(name="Mug", sku=f"X-{BARCODE}", barcode=BARCODE)
    ProductFactory(name=f"Not {BARCODE}")
    assert duplicates.like(reader=sam, barcode=f" {BARCODE} ").coded == [mug]
    for other in ("9638507", "9638507x", "96385081"):
        assert not duplicates.like(reader=sam, barcode=other).any


def test_it_takes_the_same_queries_whatever_is_found(sam, mug, django_assert_num_queries):
    ProductFactory(name="Enamel mug", barcode=BARCODE)
    with django_assert_num_queries(5):
        assert duplicates.like(reader=sam, name="Enamel mug", sku="MUG-1", barcode=BARCODE).any
    with django_assert_num_queries(4):
        duplicates.like(reader=sam, name="Nothing", sku="NO-1", barcode="96385081")


@pytest.mark.postgresql
def test_each_question_is_answered_by_an_index(ada, sam):
    """At some thousand products, of which each name is like a handful: a million only makes the choice clearer."""
    with changes.recorded(actor=ada, kind="product.imported") as recorder:
        word = ["oak", "ash", "elm", "fir", "yew", "box", "bay"]
        names = [f"{word[n % 7]} {n:x}{n * 7919 % 9973:x} piece {n * 31 % 997}" for n in range(8000)]
        rows = [Product(name=name, sku=f"N-{n}", price=1, owner=ada, is_public=True) for n, name in enumerate(names)]
        recorder.create(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('product_by_search')")  # as autovacuum does, by and by
        cursor.execute("ANALYZE products_product")
        cursor.execute("SET LOCAL random_page_cost = 1.1")  # as docs/deploy.md asks for
    seen = Product.objects.visible_to(sam)
    for wanted in ({"barcode": BARCODE}, {"name": names[777]}):
        assert "Seq Scan" not in seen.filter(**wanted).order_by("pk")[:5].explain()
    assert named(sam, names[777])[0] == names[777]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # eight thousand short rows are nearly as soon read as found
    assert "product_by_search" in duplicates.alike(seen, names[777]).explain()
