"""Two workers and one mail. A conditional write decides on PostgreSQL and on SQLite alike."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail as sent

from accounts.models import Mail
from accounts.services import mails
from site_config.lib.errors import Conflict
from tests.parallel import SECONDS, at_once, before_commit, outcome

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def waits(sam):
    """A mail whose task was lost, so that only the test tries it."""
    mail = mails.written("test", to=sam.email, person=sam)
    mail.save()
    return mail


def test_of_ten_workers_one_sends(waits):
    results = at_once(lambda _number: mails.attempt(waits.pk), times=10, workers=10)
    assert sorted(results) == [False] * 9 + [True]
    assert len(sent.outbox) == 1
    assert Mail.objects.get().attempts == 1


def test_it_is_the_claim_that_lets_one_send(waits, monkeypatch):
    """The same with the claim taken away: both send."""
    together = threading.Barrier(2)

    def unclaimed(pk):
        mail = Mail.objects.get(pk=pk)
        together.wait(SECONDS)
        return mail

    monkeypatch.setattr(mails, "claimed", unclaimed)
    at_once(lambda _number: mails.attempt(waits.pk), times=2, workers=2)
    assert len(sent.outbox) == 2


def test_a_mail_server_that_hangs_keeps_no_row_locked(waits, ada, monkeypatch):
    hangs, goes_on = threading.Event(), threading.Event()

    def send(_message):
        hangs.set()
        assert goes_on.wait(SECONDS)

    monkeypatch.setattr(mails.EmailMultiAlternatives, "send", send)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(outcome, mails.attempt, waits.pk)
        assert hangs.wait(SECONDS)
        assert Mail.objects.filter(pk=waits.pk).update(subject="Written meanwhile") == 1
        with pytest.raises(Conflict):
            mails.retry(actor=ada, mail=waits)
        goes_on.set()
        assert sending.result(SECONDS) is True
    assert (Mail.objects.get().status, Mail.objects.get().subject) == ("sent", "Written meanwhile")


def test_who_asks_for_a_try_while_it_is_claimed_is_refused(waits, ada):
    with before_commit(lambda: mails.retry(actor=ada, mail=waits)) as rival:
        assert mails.claimed(waits.pk)
    assert rival.result().code == "not_waiting"
    assert Mail.objects.get().attempts == 1
