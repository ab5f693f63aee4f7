"""Creating products and the rules of their fields; staff and admins go through the same service."""

from decimal import Decimal

import pytest

from products.models import ChangeSet, Product
from products.services import catalogue, trash
from site_config.lib.errors import DomainError, Invalid, NotAllowed
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_name_and_price_suffice(sam):
    product = catalogue.create(actor=sam, name="Enamel mug", price="12.50")
    product.refresh_from_db()
    assert (product.name, product.price, product.stock, product.owner) == ("Enamel mug", Decimal("12.50"), 0, sam)
    assert (product.is_public, product.version, product.cost, product.category) == (False, 1, None, None)
    assert product.created_at == product.updated_at


def test_a_sku_is_made_when_none_is_given(sam):
    made = [catalogue.create(actor=sam, name="Mug", price="1", sku=given).sku for given in ("", "   ")]
    assert all(sku.startswith("P-") and set(sku[2:]) <= set(catalogue.SKU_ALPHABET) and len(sku) == 10 for sku in made)
    assert len(set(made)) == 2


def test_outer_spaces_are_dropped_and_inner_text_is_kept(sam):
    product = catalogue.create(actor=sam, name="  Mug \u00a0 <b>é</b>  ", price="1", sku=" A 1 ", description=" x\ny ")
    product.refresh_from_db()
    assert (product.name, product.sku, product.description) == ("Mug \u00a0 <b>é</b>", "A 1", "x\ny")


def test_an_admin_names_another_owner_and_staff_cannot(ada, sam):
    assert catalogue.create(actor=ada, name="Mug", price="1", owner=sam).owner == sam
    assert catalogue.create(actor=sam, name="Cup", price="1", owner=sam).owner == sam
    with pytest.raises(NotAllowed) as refusal:
        catalogue.create(actor=sam, name="Jug", price="1", owner=ada)
    assert (refusal.value.field, refusal.value.status) == ("owner", 403)
    assert not Product.objects.filter(name="Jug").exists()


def test_nobody_is_given_a_product_after_they_left(ada, mug):
    gone = UserFactory(is_active=False)
    for act in (
        lambda: catalogue.create(actor=ada, name="Jug", price="1", owner=gone),
        lambda: catalogue.edit(actor=ada, product=mug, owner=gone),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert (refusal.value.field, refusal.value.code) == ("owner", "inactive_owner")
    mug.refresh_from_db()
    assert mug.owner == ada


def test_the_products_of_somebody_who_left_can_still_be_edited(ada, sam):
    mug = ProductFactory(owner=UserFactory(username="gone"))
    type(mug.owner).objects.filter(pk=mug.owner_id).update(is_active=False)
    assert catalogue.edit(actor=sam, product=mug, name="Jug").name == "Jug"
    assert catalogue.edit(actor=ada, product=mug, name="Jar", owner=mug.owner).name == "Jar"


@pytest.mark.parametrize("field", ["cost", "note"])
def test_guarded_fields_are_refused_to_clients_and_taken_from_staff(field, sam, cleo):
    with pytest.raises(NotAllowed) as refusal:
        catalogue.create(actor=cleo, name="Mug", price="1", **{field: "5"})
    assert refusal.value.field == field
    assert not ChangeSet.objects.exists()
    assert str(getattr(catalogue.create(actor=sam, name="Mug", price="1", **{field: "5"}), field)) == "5"


@pytest.mark.parametrize("spelling", ["MUG-1", "mug-1", " Mug-1 "])
def test_a_taken_sku_is_refused_on_its_field_in_any_case(spelling, sam, mug):
    other = ProductFactory(sku="JUG-1")
    for act in (
        lambda: catalogue.create(actor=sam, name="Second", price="1", sku=spelling),
        lambda: catalogue.edit(actor=sam, product=other, sku=spelling),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert (refusal.value.field, refusal.value.code) == ("sku", "already_exists")
    assert list(Product.objects.order_by("sku").values_list("sku", flat=True)) == ["JUG-1", "MUG-1"]


def test_the_sku_of_a_product_in_the_trash_stays_taken(ada, sam, mug):
    trash.discard(actor=ada, product=mug)
    with pytest.raises(DomainError) as refusal:
        catalogue.create(actor=sam, name="Second", price="1", sku="mug-1")
    assert refusal.value.code == "already_exists"


def test_a_product_may_change_the_case_of_its_own_sku(sam, mug):
    assert catalogue.edit(actor=sam, product=mug, sku="mug-1").sku == "mug-1"


@pytest.mark.parametrize("barcode", ["96385074", "036000291452", "4006381333931", "10012345678902", ""])
def test_a_barcode_with_its_check_digit_is_kept(barcode, sam):
    assert catalogue.create(actor=sam, name="Mug", price="1", barcode=barcode).barcode == barcode


@pytest.mark.parametrize(
    "barcode",
    [
        *("96385075", "036000291453", "4006381333930", "10012345678903"),  # each length, its last digit wrong
        *("400638133393", "1", "123456789", "400638133393a", "４００６３８１３３３９３１", "²6385074", "-9638507"),
        "40063813339310",
    ],
)
def test_a_barcode_with_a_typing_error_is_refused(barcode, sam):
    with pytest.raises(Invalid) as refusal:
        catalogue.create(actor=sam, name="Mug", price="1", barcode=barcode)
    assert list(refusal.value.fields) == ["barcode"]


FITS = {
    "name": ["x" * 200, "0", "🫖"],
    "sku": ["x" * 64, "a b", "é"],
    "description": ["x" * 5000, "a\nb"],
    "note": ["x" * 5000],
    "price": ["0", "9999999999.99", Decimal("1.5"), 3],
    "cost": ["0", "9999999999.99", None],
    "low_stock_threshold": [0, 1_000_000_000],
    "stock": [0, 1_000_000_000],
}
DOES_NOT_FIT = {
    "name": ["", "   ", "x" * 201],
    "sku": ["x" * 65, "a\tb", "a\nb", "a\0b"],
    "description": ["x" * 5001],
    "note": ["x" * 5001],
    "price": ["-0.01", "1.005", "10000000000", "NaN", "Infinity", "-Infinity", "1e999", "ten", "", None, float("nan")],
    "cost": ["-1", "0.001", "1e999", "sNaN"],
    "low_stock_threshold": [-1, 1_000_000_001, "²", None],
    "stock": [-1, 1_000_000_001],
}


@pytest.mark.parametrize("field", FITS)
def test_what_fits_a_field_is_stored_as_given(field, sam):
    for value in FITS[field]:
        product = catalogue.create(actor=sam, **{"name": "Mug", "price": "1", field: value})
        product.refresh_from_db()
        kept = getattr(product, field)
        assert kept == (Decimal(value) if field in ("price", "cost") and value is not None else value)


@pytest.mark.parametrize("field", DOES_NOT_FIT)
def test_what_does_not_fit_a_field_is_refused_on_it_and_stores_nothing(field, sam, mug):
    for value in DOES_NOT_FIT[field]:
        with pytest.raises(DomainError) as refusal:
            catalogue.create(actor=sam, **{"name": "Mug", "price": "1", field: value})
        assert refusal.value.field == field, value
        if field != "stock":
            with pytest.raises(DomainError) as refusal:
                catalogue.edit(actor=sam, product=mug, **{field: value} if value != "" or field != "sku" else {})
            assert refusal.value.field == field, value
    assert Product.objects.count() == 1
    assert ChangeSet.objects.count() == 1


def test_several_wrong_fields_are_named_together(sam):
    with pytest.raises(Invalid) as refusal:
        catalogue.create(actor=sam, name="", price="-1", barcode="1")
    assert set(refusal.value.fields) == {"name", "price", "barcode"}


def test_only_editable_fields_exist_for_the_service(sam, mug):
    for name in ("version", "trashed_at", "id", "search"):
        with pytest.raises(TypeError, match=name):
            catalogue.create(actor=sam, name="Mug", price="1", **{name: 5})
    for name in ("stock", "trashed_at", "id", "search"):
        with pytest.raises(TypeError, match=name):
            catalogue.edit(actor=sam, product=mug, **{name: 5})


def test_the_first_delivery_is_the_first_line_of_the_ledger(sam):
    product = catalogue.create(actor=sam, name="Mug", price="1", stock=7)
    line = product.movements.get()
    assert (line.kind, line.delta, line.balance, line.change_set.kind) == ("received", 7, 7, "product.created")
    assert product.version == 1
    assert not catalogue.create(actor=sam, name="Jug", price="1").movements.exists()


def test_many_are_stored_as_one_change_set(sam):
    products = [catalogue.build(actor=sam, name=f"Mug {n}", price="1", stock=n) for n in range(3)]
    change_set = catalogue.create_many(actor=sam, products=products, kind="product.imported", reason="spring.csv")
    assert (change_set.kind, change_set.reason, change_set.changes.count()) == ("product.imported", "spring.csv", 3)
    assert list(change_set.movements.order_by("pk").values_list("product__name", "balance")) == [
        ("Mug 1", 1),
        ("Mug 2", 2),
    ]


def test_many_are_stored_or_none(sam, mug):
    products = [catalogue.build(actor=sam, name="New", price="1", sku=sku) for sku in ("NEW-1", "mug-1")]
    with pytest.raises(DomainError, match="SKU"):
        catalogue.create_many(actor=sam, products=products, kind="product.imported")
    assert list(Product.objects.all()) == [mug]


def test_a_client_owns_products_but_the_service_guards_only_what_is_hidden(cleo):
    """Whether a role may create or edit at all is asked at the doors, by @allow and `allows`."""
    product = ProductFactory(owner=cleo)
    with pytest.raises(NotAllowed):
        catalogue.edit(actor=cleo, product=product, note="mine")
    assert catalogue.edit(actor=cleo, product=product, name="Hers").name == "Hers"
