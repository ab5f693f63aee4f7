"""The weekly digest: who gets it, what it tells, once a week, and one click ends it."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.utils import timezone

from accounts.models import Mail, User
from accounts.policy import Role
from accounts.services import mails
from products.models import Proposal, Subscription
from products.services import catalogue, changes, digest, ownership, stock, watching
from site_config.lib import links
from tests.factories import CategoryFactory, ProductFactory, UserFactory

MONDAY = "2026-11-02 06:00:00+00:00"


@pytest.fixture(autouse=True)
def clock():
    """Everybody comes on this Monday."""
    with time_machine.travel(MONDAY, tick=False) as travelling:
        yield travelling


@pytest.fixture
def kettle(clock, ada, cleo):
    """Cleo's, a week and a day old; nothing of it is in a digest of the last week."""
    product = ProductFactory(
        name="Stovetop kettle", sku="KET-1", price="45.50", cost="21.17", stock=9, owner=cleo, actor=ada
    )
    clock.shift(timedelta(days=8))
    return product


def written():
    return list(Mail.objects.filter(kind="digest").order_by("pk"))


# --- Who gets it -----------------------------------------------------------------------------------------------------


def test_clients_get_it_unless_they_ended_it_and_the_others_where_they_asked(sam, ada, cleo):
    assert [digest.subscribed(person) for person in (cleo, sam, ada)] == [True, False, False]
    digest.subscribe(actor=cleo, wanted=False)
    digest.subscribe(actor=sam, wanted=True)
    assert [digest.subscribed(person) for person in (cleo, sam, ada)] == [False, True, False]


def test_a_mail_goes_to_each_who_is_due_and_has_something_to_read(ada, sam, cleo, kettle):
    quiet = UserFactory(role=Role.CLIENT)
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    assert digest.send_due() == 1
    [mail] = written()
    assert (mail.to, mail.person) == (cleo.email, cleo)
    # Who had nothing to read is asked about again in a week.
    assert Subscription.objects.filter(sent_at=None).count() == 0
    assert not Mail.objects.filter(person=quiet).exists()


def test_it_is_sent_once_a_week_by_days_whatever_the_hour(sam, cleo, kettle, clock):
    def sent_after(**pause):
        clock.shift(timedelta(**pause))
        kettle.refresh_from_db()
        catalogue.edit(actor=sam, product=kettle, price=kettle.price + 1)
        return digest.send_due()

    assert sent_after(hours=2) == 1
    assert sent_after(hours=0) == 0
    assert sent_after(days=6) == 0
    assert sent_after(hours=23) == 1  # the seventh day has begun, though the week by hours is not over
    assert sent_after(days=6, hours=1) == 0


def test_a_newcomer_gets_none_in_the_first_week(clock, ada, sam, cleo):
    product = ProductFactory(owner=cleo, actor=ada)
    for pause, number in ((0, 0), (6, 0), (1, 1)):
        clock.shift(timedelta(days=pause))
        product.refresh_from_db()
        catalogue.edit(actor=sam, product=product, price=product.price + 1)
        assert digest.send_due() == number


def test_who_ended_it_or_was_deactivated_or_is_staff_gets_none(ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    digest.subscribe(actor=cleo, wanted=False)
    assert digest.send_due() == 0
    digest.subscribe(actor=cleo, wanted=True)
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    assert digest.send_due() == 0
    User.objects.filter(pk=cleo.pk).update(is_active=True)
    assert digest.send_due() == 1


def test_many_people_are_written_to_in_batches(ada, cleo, kettle, clock, monkeypatch):
    monkeypatch.setattr(digest, "BATCH", 2)
    people = [UserFactory(role=Role.CLIENT) for _n in range(5)]
    clock.shift(timedelta(days=8))
    for person in people:
        ProductFactory(owner=person, actor=ada)
    assert digest.send_due() == 5


def test_one_that_fails_keeps_nobody_from_theirs_and_is_tried_again(ada, sam, cleo, kettle, monkeypatch, caplog):
    other = UserFactory(role=Role.CLIENT)
    User.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(days=30))
    for person in (cleo, other):
        ProductFactory(owner=person, actor=ada)
    letter = digest.letter

    def broken(person, after):
        if person == cleo:
            raise RuntimeError("no paper")
        return letter(person, after)

    monkeypatch.setattr(digest, "letter", broken)
    assert digest.send_due() == 1
    assert f"The digest of person {cleo.pk} could not be written" in caplog.text
    monkeypatch.setattr(digest, "letter", letter)
    assert digest.send_due() == 1
    assert [mail.person for mail in written()] == [other, cleo]


def test_a_rival_finds_the_week_claimed(sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    now = timezone.now()
    assert digest.send_to(cleo.pk, now)
    assert not digest.send_to(cleo.pk, now)


# --- What it says ----------------------------------------------------------------------------------------------------


def test_each_field_is_told_once_from_first_to_last(ada, sam, cleo, kettle):
    kitchen = CategoryFactory(name="Kitchen")
    catalogue.edit(actor=sam, product=kettle, price="47.00", category=kitchen, is_public=False)
    catalogue.edit(actor=ada, product=kettle, price="48.00", is_public=True, description="Steel. " * 20, tags=["new"])
    stock.adjust(actor=sam, product=kettle, delta=-2, kind="sold")
    digest.send_due()
    [mail] = written()
    for line in (
        "Stovetop kettle (KET-1)",
        "price: £45.50 → £48.00",
        "category: — → Kitchen",
        "stock: 9 → 7",
        "tags: — → new",
    ):
        assert line in mail.text
    assert "price: £45.50 → <b>£48.00</b>" in mail.html
    assert "public:" not in mail.text
    assert "…" in mail.text


def test_what_came_back_to_where_it_began_is_not_told(ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    catalogue.edit(actor=ada, product=kettle, price="45.50")
    assert digest.send_due() == 0


def test_ones_own_changes_and_those_of_last_week_are_not_told(ada, sam, cleo, kettle, clock):
    digest.subscribe(actor=sam, wanted=True)
    own = ProductFactory(owner=sam, actor=sam, stock=5)
    catalogue.edit(actor=sam, product=own, price="47.00")
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    clock.shift(timedelta(days=8))
    assert digest.send_due() == 0


def test_after_a_pause_of_the_worker_all_of_it_is_told_up_to_five_weeks(sam, cleo, kettle, clock):
    digest.send_due()
    clock.shift(timedelta(minutes=1))
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    clock.shift(timedelta(days=20))
    assert digest.send_due() == 1
    catalogue.edit(actor=sam, product=kettle, name="Kettle")
    clock.shift(timedelta(days=36))
    assert digest.send_due() == 0


def test_no_hidden_field_is_in_a_clients_digest_nor_makes_one(ada, sam, cleo, kettle, clock):
    catalogue.edit(actor=sam, product=kettle, cost="22.93", note="Secret supplier")
    assert digest.send_due() == 0
    digest.subscribe(actor=ada, wanted=True)
    watching.add(actor=ada, product=kettle)
    clock.shift(timedelta(days=8))
    catalogue.edit(actor=sam, product=kettle, cost="23.93", note="Another", price="47.00")
    assert digest.send_due() == 2
    theirs = {mail.person: mail.text + mail.html for mail in written()}
    for secret in ("22.93", "23.93", "Secret", "Another", "cost", "note"):
        assert secret not in theirs[cleo]
    assert "£22.93 → £23.93" in theirs[ada]


def test_staff_who_asked_for_it_hear_of_what_they_own_and_watch(ada, sam, kettle, mug, clock):
    digest.subscribe(actor=sam, wanted=True)
    clock.shift(timedelta(days=8))
    for product in (kettle, mug):
        catalogue.edit(actor=ada, product=product, price="47.00")
    assert digest.letter(sam, timezone.now() - timedelta(days=7)).changed == []
    watching.add(actor=sam, product=mug)
    [item] = digest.letter(sam, timezone.now() - timedelta(days=7)).changed
    assert item.product == mug


def test_a_product_that_came_is_new_and_one_that_changed_hands_names_both(ada, sam, cleo, kettle):
    ProductFactory(name="Serving bowl", owner=cleo, actor=ada)
    ownership.hand_over(actor=ada, person=cleo, successor=sam)
    ownership.hand_over(actor=ada, person=sam, successor=UserFactory(role=Role.CLIENT, name="Kim Park"))
    changed = digest.letter(User.objects.get(name="Kim Park"), timezone.now() - timedelta(days=7)).changed
    assert {str(item.product): (item.created, [(d.label, d.old, d.new) for d in item.diffs]) for item in changed} == {
        "Serving bowl": (True, []),
        "Stovetop kettle": (False, [("owner", "Cleo Martin", "Kim Park")]),
    }


def test_what_is_low_and_what_was_decided_is_told(ada, cleo, kettle):
    ProductFactory(name="Tin", sku="TIN-1", owner=cleo, actor=ada, low_stock_threshold=4)
    ProductFactory(name="Jar", sku="JAR-1", owner=cleo, actor=ada, stock=2, low_stock_threshold=4)
    for number, status in enumerate(("approved", "refused", "open", "withdrawn")):
        Proposal.objects.create(
            product=kettle,
            author=cleo,
            author_name="Cleo",
            version=1,
            status=status,
            reply=f"Reply {number}",
            decided_at=timezone.now(),
        )
    assert digest.send_due() == 1
    [mail] = written()
    for line in ("Tin (TIN-1): out of stock", "Jar (JAR-1): 2 in stock", "Stovetop kettle: Approved", "Reply 1"):
        assert line in mail.text
    assert "Reply 2" not in mail.text + mail.html
    assert "Reply 3" not in mail.text + mail.html


def test_what_is_archived_is_yes_or_no_and_hand_made_html_is_text(ada, sam, cleo, kettle):
    with changes.recorded(actor=ada, kind="product.archived") as recorder:
        recorder.update([(kettle, {"archived_at": timezone.now(), "name": "<b>Kettle</b>"})])
    digest.send_due()
    [mail] = written()
    assert "archived: No → Yes" in mail.text
    assert "&lt;b&gt;Kettle&lt;/b&gt;" in mail.html
    assert "<b>Kettle</b>" in mail.text


def test_of_very_many_the_first_are_told(ada, cleo, kettle, monkeypatch):
    monkeypatch.setattr(digest, "MOST", 2)
    for number in range(3):
        ProductFactory(name=f"Tin {number}", owner=cleo, actor=ada)
    letter = digest.letter(cleo, timezone.now() - timedelta(days=7))
    assert (len(letter.changed), letter.more_changed, len(letter.low), letter.more_low) == (2, True, 2, True)
    digest.send_due()
    assert written()[0].text.count("And more: see your page.") == 2


def test_it_is_written_in_the_language_of_its_reader(ada, sam, cleo, kettle):
    User.objects.filter(pk=cleo.pk).update(language="es")
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    digest.send_due()
    [mail] = written()
    assert mail.language == "es"
    assert "precio: £45.50 → £47.00" in mail.text


def test_a_letter_takes_the_same_queries_however_much_there_is(ada, sam, cleo, kettle, django_assert_max_num_queries):
    for number in range(10):
        product = ProductFactory(name=f"Tin {number}", owner=cleo, actor=ada)
        catalogue.edit(actor=sam, product=product, price=number, is_public=False)
    with django_assert_max_num_queries(6):
        assert len(digest.letter(cleo, timezone.now() - timedelta(days=7)).changed) == 10


# --- One click ends it -----------------------------------------------------------------------------------------------


def test_the_mail_carries_the_headers_of_one_click_and_loses_the_address_when_sent(sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    digest.send_due()
    [mail] = written()
    assert mail.unsubscribe.startswith("http")
    assert mail.unsubscribe in mail.text
    assert mails.attempt(mail.pk)
    [sent] = outbox.outbox
    assert sent.extra_headers == {
        "List-Unsubscribe": f"<{mail.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    mail.refresh_from_db()
    assert (mail.unsubscribe, mail.text, mail.html) == ("", "", "")


def test_a_mail_that_is_given_up_loses_the_address_too(sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    digest.send_due()
    [mail] = written()
    mail.attempts, mail.next_try_at = len(mails.PAUSES) + 1, timezone.now()
    mail.save()
    mails.put_off(mail, "gone")
    mail.refresh_from_db()
    assert (mail.status, mail.unsubscribe) == ("failed", "")


def test_other_mails_have_no_such_header(cleo):
    mail = mails.written("test", to=cleo.email, person=cleo)
    assert mails.message(mail).extra_headers == {}


def test_a_link_opens_for_its_person_alone_and_its_secret_is_in_no_log(cleo):
    token = digest.token_of(cleo)
    assert digest.opened(token) == cleo
    for forged in ("nonsense", token[:-1] + ("a" if token[-1] != "a" else "b"), ""):
        assert digest.opened(forged) is None
    assert token not in links.hidden(f"POST /unsubscribe/{token}/ 200")
    cleo.delete()
    assert digest.opened(token) is None
