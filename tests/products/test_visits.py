"""What others changed on one's own products since the last visit; a visit lasts until half an hour without home."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from products.models import Comment, Proposal, Visit
from products.services import catalogue, changes, ownership, stock, trash, visits
from tests.factories import CategoryFactory, ProductFactory

NOON = "2026-11-02 12:00:00+00:00"


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(
        name="Stovetop kettle", stock=9, low_stock_threshold=5, cost="21.00", owner=cleo, actor=ada, price="45.50"
    )


def told(person, after=None):
    """Product, who, fields and whether there was more, for each story."""
    return [
        (str(s.product), s.entry.change_set.actor_name, [diff.name for diff in s.entry.diffs], s.more)
        for s in visits.stories(person, after)
    ]


# --- Visits ----------------------------------------------------------------------------------------------------------


def test_what_is_new_stays_new_for_the_whole_visit(cleo):
    with time_machine.travel(NOON, tick=False) as clock:
        begun = timezone.now()
        assert visits.arrive(cleo) is None
        for _look in range(4):
            clock.shift(timedelta(minutes=20))
            assert visits.arrive(cleo) is None
        ended = timezone.now()
        clock.shift(timedelta(minutes=31))
        assert visits.arrive(cleo) == ended
        clock.shift(timedelta(minutes=30))
        assert visits.arrive(cleo) == ended
    assert ended - begun == timedelta(minutes=80)


def test_a_look_within_a_minute_writes_nothing(cleo, django_assert_num_queries):
    with time_machine.travel(NOON, tick=False) as clock:
        visits.arrive(cleo)
        seen = Visit.objects.get().seen_at
        clock.shift(timedelta(seconds=59))
        visits.arrive(cleo)
        assert Visit.objects.get().seen_at == seen
        clock.shift(timedelta(seconds=1))
        visits.arrive(cleo)
        assert Visit.objects.get().seen_at > seen


def test_who_looks_in_their_place_writes_nothing(cleo):
    assert visits.since(cleo) is None
    assert not Visit.objects.exists()
    with time_machine.travel(NOON, tick=False) as clock:
        visits.arrive(cleo)
        here = timezone.now()
        assert visits.since(cleo) is None
        clock.shift(timedelta(minutes=31))
        assert visits.since(cleo) == here
    assert Visit.objects.get().seen_at == here


# --- What others changed ---------------------------------------------------------------------------------------------


def test_changes_of_others_on_own_products_are_told_the_newest_first(ada, sam, cleo, kettle, mug):
    catalogue.edit(actor=sam, product=kettle, price="47.00", name="Kettle, 1 l")
    stock.adjust(actor=ada, product=kettle, delta=-2, kind="sold", note="Market")
    catalogue.edit(actor=sam, product=mug, price="13.20")
    first, second, third = visits.stories(cleo, None)
    assert [diff.name for diff in second.entry.diffs] == ["price", "name"]
    assert [movement.delta for movement in first.entry.movements] == [-2]
    assert third.entry.created
    assert third.product == kettle


def test_ones_own_changes_are_no_news(ada, sam, cleo, kettle):
    ownership.hand_over(actor=ada, person=cleo, successor=sam)
    kettle.refresh_from_db()
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    assert [(who, fields) for _name, who, fields, _more in told(sam)] == [
        ("Ada Okafor", ["owner_id"]),
        ("Ada Okafor", []),
    ]


def test_only_what_came_after_the_last_visit_is_told(ada, sam, cleo):
    with time_machine.travel(NOON, tick=False) as clock:
        kettle = ProductFactory(owner=cleo, actor=ada)
        catalogue.edit(actor=sam, product=kettle, price="47.00")
        after = timezone.now()
        clock.shift(timedelta(minutes=1))
        catalogue.edit(actor=sam, product=kettle, name="Kettle")
        assert told(cleo, after) == [("Kettle", "Sam Reyes", ["name"], False)]


def test_hidden_fields_are_not_told_and_an_act_in_them_alone_is_not_there(sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, cost="22.00", note="Ask Jo")
    catalogue.edit(actor=sam, product=kettle, cost="23.00", name="Kettle")
    assert [fields for _p, _w, fields, _m in told(cleo)] == [["name"], []]


def test_of_products_in_the_trash_or_of_others_nothing_is_told(ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    trash.discard(actor=ada, product=kettle)
    assert told(cleo) == []


def test_of_an_act_on_many_the_first_are_told_and_that_there_is_more(ada, cleo, monkeypatch):
    monkeypatch.setattr(visits, "CHANGES_OF_ONE", 6)
    products = [ProductFactory(name=f"P{n}", owner=cleo, actor=ada) for n in range(5)]
    many = {"price": 3, "is_public": False, "low_stock_threshold": 4, "barcode": "96385074"}
    for number, values in ((2, {"price": 1}), (4, {"price": 2}), (2, many)):
        with changes.recorded(actor=ada, kind="product.bulk_edited") as recorder:
            recorder.update([(product, values) for product in products[:number]])
    assert [(name, len(fields), more) for name, _who, fields, more in told(cleo)[:7]] == [
        *[("P0", 4, False), ("P1", 2, True)],
        *[("P0", 1, False), ("P1", 1, False), ("P2", 1, True)],
        *[("P0", 1, False), ("P1", 1, False)],
    ]


def test_the_newest_ten_acts_cost_the_same_queries_as_one(sam, cleo, kettle, django_assert_max_num_queries):
    for number in range(25):
        catalogue.edit(actor=sam, product=kettle, price=number + 1)
        kettle.refresh_from_db()
    with django_assert_max_num_queries(4):
        assert len(visits.stories(cleo, None)) == 10


def test_nothing_new_is_nothing(cleo, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert visits.stories(cleo, None) == []


# --- Figures and lists -----------------------------------------------------------------------------------------------


def proposed(product, author, **fields):
    return Proposal.objects.create(
        product=product, author=author, author_name=str(author), version=product.version, **fields
    )


def test_figures_count_ones_own(ada, cleo, sam, kettle, mug):
    low, out = ProductFactory(owner=cleo, stock=2, low_stock_threshold=5), ProductFactory(owner=cleo)
    proposed(kettle, cleo)
    proposed(low, cleo, status="refused")
    proposed(out, sam)
    figures = visits.figures(cleo)
    counted = [figures.products, figures.low, figures.out, figures.proposals]
    assert [count.number for count in counted] == [3, 1, 1, 1]
    assert [product.pk for product in visits.low(cleo)] == [out.pk, low.pk]
    assert [proposal.product for proposal in visits.proposals(cleo)] == [kettle]


def test_what_is_archived_is_not_low(ada, cleo):
    product = ProductFactory(owner=cleo)
    with changes.recorded(actor=ada, kind="product.archived") as recorder:
        recorder.update([(product, {"archived_at": timezone.now()})])
    assert visits.low(cleo) == []


def test_a_question_waits_until_somebody_writes_after_it(sam, cleo, kettle):
    bowl = ProductFactory(owner=cleo)

    def write(product, author, text):
        Comment.objects.create(product=product, author=author, author_name=str(author), text=text)

    write(kettle, cleo, "When does it come?")
    write(kettle, cleo, "And how many?")
    write(bowl, cleo, "Is it blue?")
    assert [question.text for question in visits.unanswered(cleo)] == ["Is it blue?", "And how many?"]
    write(bowl, sam, "It is.")
    assert [question.text for question in visits.unanswered(cleo)] == ["And how many?"]


def test_categories_are_no_products(ada, cleo, kettle):
    CategoryFactory()
    assert len(told(cleo)) == 1
