"""What a batch makes of one product: arithmetic to the penny, tags as words, and the rights of the single acts."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from products.filters import LARGEST_PRICE
from products.models import Product
from products.services import batch_values
from products.services.batch_values import ROUNDINGS, Edit, PriceRule, TagRule, ready, unpacked
from site_config.lib.errors import DomainError, NotAllowed
from tests.factories import CategoryFactory, UserFactory


def price(rule, before):
    return rule.of(Decimal(before))


class TestAPrice:
    @pytest.mark.parametrize(
        ("by", "value", "before", "after"),
        [
            ("percent", "10", "12.50", "13.75"),
            ("percent", "-10", "12.50", "11.25"),
            ("percent", "-100", "12.50", "0.00"),
            ("percent", "12.5", "0.99", "1.11"),  # 1.11375
            ("percent", "5", "0.10", "0.11"),  # 0.105: a half goes up
            ("percent", "-5", "0.10", "0.10"),  # 0.095: a half goes up
            ("amount", "0.20", "12.50", "12.70"),
            ("amount", "-0.20", "12.50", "12.30"),
            ("amount", "-12.50", "12.50", "0.00"),
            ("set", "9.90", "12.50", "9.90"),
        ],
    )
    def test_is_changed_by_percent_by_an_amount_or_set(self, by, value, before, after):
        assert str(price(PriceRule(by, Decimal(value)), before)) == after

    @pytest.mark.parametrize(
        ("rounding", "before", "after"),
        [
            ("none", "12.34", "12.34"),
            (".99", "12.40", "11.99"),
            (".99", "12.49", "12.99"),  # as near to 11.99: the higher
            (".99", "12.48", "11.99"),
            (".99", "0.05", "0.99"),
            (".95", "3.00", "2.95"),
            (".50", "3.00", "3.50"),  # as near to 2.50: the higher
            (".50", "2.99", "2.50"),
            (".00", "3.49", "3.00"),
            (".00", "3.50", "4.00"),
            ("0.05", "3.42", "3.40"),
            ("0.05", "3.43", "3.45"),
            ("0.10", "3.45", "3.50"),
            ("0.10", "3.44", "3.40"),
            (".99", "0.00", "0.00"),
        ],
    )
    def test_is_rounded_to_the_nearest_of_two_as_near_to_the_higher(self, rounding, before, after):
        assert str(price(PriceRule("percent", Decimal(0), rounding), before)) == after

    def test_is_rounded_once_from_the_exact_amount(self):
        """It is 5.346 exactly; by way of 5.35 it would become 5.40."""
        assert str(price(PriceRule("percent", Decimal(-1), "0.10"), "5.40")) == "5.30"

    @given(
        st.decimals(0, 9999999999, places=2),
        st.decimals(-100, 1000, places=2),
        st.sampled_from(ROUNDINGS),
    )
    def test_is_never_below_zero_nor_more_than_fits_and_has_two_places(self, before, percent, rounding):
        rule = PriceRule("percent", percent, rounding)
        if before * (100 + percent) / 100 > LARGEST_PRICE - 1:
            with suppress(DomainError):
                rule.of(before)
            return
        after = rule.of(before)
        assert Product._meta.get_field("price").clean(after, None) == after.quantize(Decimal("0.01"))

    def test_below_zero_is_refused(self):
        with pytest.raises(DomainError) as refused:
            price(PriceRule("amount", Decimal(-20)), "12.50")
        assert (refused.value.field, refused.value.code) == ("price", "below_zero")

    def test_beyond_what_fits_is_refused(self):
        with pytest.raises(DomainError, match="more than a price can be"):
            price(PriceRule("percent", Decimal(1000)), "9999999999.99")


class TestTags:
    def test_are_added_taken_off_or_replaced(self):
        assert TagRule("add", ("red",)).of(["blue"]) == ["blue", "red"]
        assert TagRule("add", ("blue",)).of(["blue"]) == ["blue"]
        assert TagRule("remove", ("blue", "red")).of(["blue", "old"]) == ["old"]
        assert TagRule("set", ("b", "a")).of(["blue"]) == ["a", "b"]

    def test_are_words_in_small_letters(self):
        assert batch_values.words([" Red  wine", "red wine", "", "A"]) == ("a", "red wine")


@pytest.mark.django_db
class TestReady:
    def wanted(self, actor, product, **edit):
        return ready(actor=actor, edit=Edit(**edit)).wanted(product, timezone.now())

    def test_only_what_differs_is_wanted(self, sam, mug):
        shelf = CategoryFactory()
        fields = {"is_public": False, "low_stock_threshold": 0, "category": shelf.pk}
        assert self.wanted(sam, mug, fields=fields) == {"is_public": False, "category_id": shelf.pk}
        assert self.wanted(sam, mug, fields={"category": None}) == {}
        assert self.wanted(sam, mug, price=PriceRule("percent", Decimal(10))) == {"price": Decimal("13.75")}
        assert self.wanted(sam, mug, tags=TagRule("set", ())) == {}

    def test_archiving_keeps_when_it_was_first_archived(self, sam, mug):
        now = timezone.now()
        assert ready(actor=sam, edit=Edit(archived=True)).wanted(mug, now) == {"archived_at": now}
        mug.archived_at = now
        assert self.wanted(sam, mug, archived=True) == {}
        assert self.wanted(sam, mug, archived=False) == {"archived_at": None}

    def test_too_many_tags_refuse_the_product_alone(self, sam, mug):
        mug.tags = [f"t{n:02}" for n in range(20)]
        with pytest.raises(DomainError) as refused:
            self.wanted(sam, mug, tags=TagRule("add", ("one more",)))
        assert (refused.value.field, refused.value.code) == ("tags", "too_many_tags")

    @pytest.mark.parametrize(
        ("who", "edit", "field"),
        [
            ("cleo", Edit({"is_public": True}), None),
            ("sam", Edit({"owner": 1}), "owner"),
            ("sam", Edit(trashed=True), "trashed"),
        ],
    )
    def test_it_takes_the_right_of_the_single_act(self, request, who, edit, field):
        with pytest.raises(NotAllowed) as refused:
            ready(actor=request.getfixturevalue(who), edit=edit)
        assert (refused.value.field, refused.value.code) == (field, "permission_denied")

    @pytest.mark.parametrize(
        ("edit", "field", "code"),
        [
            (Edit(), None, "nothing_to_do"),
            (Edit(price=PriceRule("percent", Decimal("1000.01"))), "price", "out_of_range"),
            (Edit(price=PriceRule("set", Decimal(-1))), "price", "min_value"),
            (Edit(tags=TagRule("add", ())), "tags", "no_tags"),
            (Edit(tags=TagRule("add", ("a,b",))), "tags", "tags"),
            (Edit({"low_stock_threshold": -1}), "low_stock_threshold", "min_value"),
            (Edit({"category": 2**40}), "category", "does_not_exist"),
            (Edit({"owner": 2**40}), "owner", "does_not_exist"),
        ],
    )
    def test_what_cannot_be_set_is_refused_before_any_product_is_looked_at(self, ada, edit, field, code):
        with pytest.raises(DomainError) as refused:
            ready(actor=ada, edit=edit)
        assert (refused.value.field, refused.value.code) == (field, code)

    def test_nothing_is_given_to_who_has_left(self, ada):
        gone = UserFactory(is_active=False)
        with pytest.raises(DomainError) as refused:
            ready(actor=ada, edit=Edit({"owner": gone.pk}))
        assert refused.value.code == "inactive_owner"


@pytest.mark.parametrize(
    "edit",
    [
        Edit({"is_public": True, "category": None, "owner": 3}),
        Edit(price=PriceRule("percent", Decimal("-2.50"), ".99")),
        Edit(tags=TagRule("set", ()), archived=False, trashed=True),
    ],
)
def test_an_edit_is_the_same_after_it_was_packed(edit):
    assert unpacked(edit.packed()) == edit
