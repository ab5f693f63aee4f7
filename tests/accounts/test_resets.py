"""A forgotten password: who gets a link, how often, what it does once, and what it never does."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Activity, ApiSession, Mail, User
from accounts.services import mails, people, personal_tokens, resets, tokens
from site_config.lib import origin
from site_config.lib.errors import Conflict, DomainError, Gone, NotAllowed, Throttled
from tests.factories import PASSWORD, UserFactory
from tests.parallel import at_once, before_commit

NEW = "four unrelated words together"
HERE = origin.Origin("page", "192.0.2.7", "r1")


def ask_and_answer(identifier: str) -> bool:
    """As the request and then the worker do."""
    DBTaskResult.objects.all().delete()
    resets.ask(identifier=identifier)
    job = DBTaskResult.objects.get(task_path="accounts.services.resets.prepare")
    return resets.answer(*job.args_kwargs["args"])


def token_for(person: User) -> str:
    return resets.links.make_token(User.objects.get(pk=person.pk))


def complete(person: User, token: str, new: str = NEW) -> User:
    return resets.complete(uid=person.pk, token=token, new=new)


# --- Who gets a link -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["sam", "SAM", " sam@example.com ", "Sam@Example.com"])
def test_whoever_is_named_gets_a_link_to_their_own_address(identifier, ada, sam):
    assert ask_and_answer(identifier) is True
    mail = Mail.objects.get()
    assert (mail.kind, mail.to, mail.person) == ("password_reset", "sam@example.com", sam)
    token = mail.text.split(f"{settings.SITE_URL}/accounts/reset/{sam.pk}/")[1].split("/")[0]
    assert resets.opened(uid=sam.pk, token=token) == sam
    assert token in mail.html
    assert "for 60 minutes" in mail.text
    assert not Activity.objects.exists()


@pytest.mark.parametrize("identifier", ["nobody", "nobody@example.com", "old", "s\u0430m", "sam,ada@example.com"])
def test_nobody_and_the_deactivated_get_none(identifier, ada, sam):
    UserFactory(username="old", is_active=False)
    assert ask_and_answer(identifier) is False
    assert not Mail.objects.exists()


def test_the_worker_is_told_of_a_person_and_never_what_was_typed(sam):
    resets.ask(identifier="my-password-in-the-wrong-field")
    resets.ask(identifier="sam")
    jobs = DBTaskResult.objects.order_by("enqueued_at")
    assert [job.args_kwargs for job in jobs] == [{"args": [None], "kwargs": {}}, {"args": [sam.pk], "kwargs": {}}]


def test_the_task_mails_the_link(sam):
    assert resets.prepare.func(sam.pk) is True
    assert Mail.objects.count() == 1


def test_whoever_asks_costs_the_same_queries(django_assert_num_queries, sam):
    UserFactory(username="old", is_active=False)
    for identifier in ("sam", "nobody", "old"):
        with django_assert_num_queries(2):
            resets.ask(identifier=identifier)


def test_an_account_gets_three_links_an_hour_and_nobody_is_told(ada, sam):
    assert [ask_and_answer("sam") for _time in range(5)] == [True] * 3 + [False] * 2
    assert ask_and_answer("ada") is True
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert ask_and_answer("sam") is True


def test_a_network_asks_ten_times_an_hour(sam):
    with origin.acting_from(HERE):
        for number in range(10):
            resets.ask(identifier=f"name{number}")
        with pytest.raises(Throttled) as refusal:
            resets.ask(identifier="sam")
    assert (refusal.value.status, refusal.value.wait) == (429, 3600)
    with origin.acting_from(origin.Origin("page", "192.0.2.8", "r2")):
        resets.ask(identifier="sam")
    assert DBTaskResult.objects.count() == 11


# --- What a link does ------------------------------------------------------------------------------------------------


def test_a_new_password_ends_sessions_and_api_sign_ins_and_says_so(sam):
    tokens.sign_in(person=sam)
    _token, personal = personal_tokens.create(actor=sam, name="Till", scopes=["read"])
    before = sam.get_session_auth_hash()
    with origin.acting_from(HERE):
        complete(sam, token_for(sam))
    now = User.objects.get(pk=sam.pk)
    assert (now.check_password(NEW), now.check_password(PASSWORD)) == (True, False)
    assert now.session_epoch == sam.session_epoch + 1
    assert now.get_session_auth_hash() != before
    assert ApiSession.objects.get().ended_because == "password_reset"
    assert personal_tokens.resolve(personal).user == sam  # decision 0011
    line = Activity.objects.get(kind="person.password_reset")
    assert (line.actor, line.person, line.details) == (sam, sam, {})
    mail = Mail.objects.get()
    assert (mail.kind, mail.to) == ("password_changed", "sam@example.com")
    assert "192.0.2.7" in mail.text
    assert f"{settings.SITE_URL}/accounts/reset/" in mail.text


def test_a_link_works_once(sam):
    token = token_for(sam)
    complete(sam, token)
    with pytest.raises(Gone) as refusal:
        complete(sam, token, "other unrelated words here")
    assert (refusal.value.status, refusal.value.code) == (410, "link_dead")
    assert User.objects.get(pk=sam.pk).check_password(NEW)


def test_a_link_works_for_an_hour(sam):
    token = token_for(sam)
    now = timezone.now()
    with time_machine.travel(now + timedelta(minutes=59)):
        assert resets.opened(uid=sam.pk, token=token) == sam
    with time_machine.travel(now + timedelta(minutes=61)), pytest.raises(Gone):
        resets.opened(uid=sam.pk, token=token)


ENDINGS = {
    "deactivation": lambda ada, sam: people.set_active(actor=ada, person=sam, active=False),
    "deactivation and back": lambda ada, sam: [
        people.set_active(actor=ada, person=sam, active=active) for active in (False, True)
    ],
    "signed out everywhere": lambda ada, sam: people.sign_out(actor=sam, person=sam),
    "another address": lambda ada, sam: people.edit(actor=ada, person=sam, email="new@example.com"),
    "another password": lambda ada, sam: complete(sam, token_for(sam), "other unrelated words here"),
    "deletion": lambda ada, sam: people.delete(actor=ada, person=sam, successor=ada),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_a_link_ends_with(what, ada, sam):
    token = token_for(sam)
    ENDINGS[what](ada, sam)
    for act in (resets.opened, lambda **given: resets.complete(**given, new=NEW)):
        with pytest.raises(Gone):
            act(uid=sam.pk, token=token)
    assert not User.objects.get(pk=ada.pk).check_password(NEW)


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_sign_in_ends_a_link(door, page_of, api_of, sam):
    token = token_for(sam)
    if door == "page":
        page_of().post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    else:
        api_of().post("/api/login/", {"username": "sam", "password": PASSWORD})
    with pytest.raises(Gone):
        resets.opened(uid=sam.pk, token=token)


def test_a_second_factor_neither_ends_a_link_nor_is_ended_by_it(sam):
    token = token_for(sam)
    Authenticator.objects.create(user=sam, type=Authenticator.Type.TOTP, data={"secret": "x"})
    complete(sam, token)
    assert Authenticator.objects.filter(user=sam).exists()


@pytest.mark.parametrize("change", ["", "x", "1-2-3", "-", "c0ffee-c0ffee", "é", "\0", "9" * 5000, "zzzzzzzzzzzzzz-a"])
def test_a_forged_link_opens_nothing(change, sam):
    with pytest.raises(Gone):
        resets.opened(uid=sam.pk, token=change)


def test_a_link_of_another_opens_nothing(ada, sam):
    for uid, token in ((ada.pk, token_for(sam)), (10**17, token_for(sam)), (sam.pk, token_for(ada))):
        with pytest.raises(Gone):
            resets.complete(uid=uid, token=token, new=NEW)
    assert not User.objects.get(pk=ada.pk).check_password(NEW)


def test_djangos_own_reset_tokens_open_nothing_here(sam):
    from django.contrib.auth.tokens import default_token_generator

    with pytest.raises(Gone):
        resets.opened(uid=sam.pk, token=default_token_generator.make_token(sam))


@pytest.mark.parametrize("new", ["short", "password1234", "samsamsamsamsam", "x" * 1001])
def test_a_refused_password_leaves_the_link_and_the_old_one(new, sam):
    token = token_for(sam)
    with pytest.raises(DomainError) as refusal:
        complete(sam, token, new)
    assert (refusal.value.field, refusal.value.status) == ("new_password", 400)
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)
    complete(sam, token)


def test_a_dead_link_costs_no_hash(hashes, sam):
    hashes.clear()
    with pytest.raises(Gone):
        complete(sam, "dead-link")
    assert hashes == []


def test_a_reset_is_the_way_out_of_a_lock(sam, ada, page_of):
    wrong = {"login": "sam", "password": "wrong"}
    answers = [page_of().post("/accounts/login/", wrong).status_code for _try in range(6)]
    assert answers[-1] == 429
    for key, address in ((f"user:{sam.pk}", "198.51.100.9"), (f"user:{ada.pk}", "127.0.0.1")):
        AccessAttempt.objects.create(username=key, ip_address=address, failures_since_start=5)
    with origin.acting_from(origin.Origin("page", "127.0.0.1", "r1")):
        complete(sam, token_for(sam))
    left = set(AccessAttempt.objects.values_list("username", "ip_address"))
    assert left == {(f"user:{sam.pk}", "198.51.100.9"), (f"user:{ada.pk}", "127.0.0.1")}


def test_after_a_reset_the_locked_sign_in_again_at_once(sam, page_of, django_capture_on_commit_callbacks):
    for _try in range(6):
        page_of().post("/accounts/login/", {"login": "sam", "password": "wrong"})
    with (
        origin.acting_from(origin.Origin("page", "127.0.0.1", "r1")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        complete(sam, token_for(sam))
    assert page_of().post("/accounts/login/", {"login": "sam", "password": NEW}).status_code == 302


# --- By an admin -----------------------------------------------------------------------------------------------------


def test_an_admin_has_a_link_sent_and_it_is_written_down(ada, sam):
    mail = resets.send_link(actor=ada, person=sam)
    assert (mail.kind, mail.to) == ("password_reset", "sam@example.com")
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person, line.details) == ("person.password_reset_sent", ada, sam, {})
    assert line.sentence == "Password reset sent"


def test_only_an_admin_has_one_sent_and_never_to_the_deactivated(ada, sam, cleo):
    with pytest.raises(NotAllowed):
        resets.send_link(actor=sam, person=cleo)
    people.set_active(actor=ada, person=cleo, active=False)
    with pytest.raises(Conflict) as refusal:
        resets.send_link(actor=ada, person=cleo)
    assert (refusal.value.code, Mail.objects.count()) == ("deactivated", 0)
    people.delete(actor=ada, person=cleo, successor=ada)
    with pytest.raises(Conflict):
        resets.send_link(actor=ada, person=cleo)


def test_strangers_do_not_use_up_what_an_admin_may_send(ada, sam):
    for _time in range(4):
        ask_and_answer("sam")
    for _time in range(7):
        resets.send_link(actor=ada, person=sam)
    with pytest.raises(Throttled) as refusal:
        resets.send_link(actor=ada, person=sam)
    assert 3590 < refusal.value.wait <= 3600
    assert Mail.objects.count() == 10


def test_a_sent_mail_keeps_no_link(sam, django_capture_on_commit_callbacks):
    ask_and_answer("sam")
    mail = Mail.objects.get()
    assert mails.attempt(mail.pk) is True
    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("", "")


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_uses_at_once_one_wins(sam):
    token = token_for(sam)
    with before_commit(lambda: complete(sam, token, "other unrelated words here")) as rival:
        complete(sam, token)
    assert (rival.result().status, rival.result().code) == (410, "link_dead")
    assert User.objects.get(pk=sam.pk).check_password(NEW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_link_used_while_the_person_is_deactivated_opens_nothing(ada, sam):
    token = token_for(sam)
    with before_commit(lambda: complete(sam, token)) as rival:
        people.set_active(actor=ada, person=sam, active=False)
    assert rival.result().code == "link_dead"
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twenty_answers_at_once_send_three(sam):
    at_once(lambda _number: resets.answer(sam.pk), times=20, workers=4)
    assert Mail.objects.count() == 3
