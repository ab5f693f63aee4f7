"""Mails leave after the commit, once, in their language; what cannot be sent is tried again, and then seen."""

from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail as sent
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.models import Activity, Mail, User
from accounts.services import mails
from site_config.lib.errors import Conflict

pytestmark = pytest.mark.django_db
# The fixtures' kind: what it says is of no matter here, who it says it to is.
KIND = {f"emails/hello.{part}": text for part, text in {
    "subject.txt": "{% load i18n %}{% translate 'Name' %}: {{ person }}",
    "txt": "{{ person }}, go to {{ link }}",
    "html": '{% extends "emails/base.html" %}{% block body %}<p>{{ person }}, <a href="{{ link }}">go</a></p>{% endblock %}',
}.items()}  # fmt: skip


@pytest.fixture(autouse=True)
def _hello(settings):
    """A kind of mail of its own, beside the real ones."""
    [engine] = settings.TEMPLATES
    loaders = [
        ("django.template.loaders.locmem.Loader", KIND),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    options = {**engine["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": options}]


@pytest.fixture
def down(monkeypatch):
    """A mail server that hangs up, until it is told to answer."""
    answers = {"error": SMTPServerDisconnected("Connection unexpectedly closed")}
    send_messages = "django.core.mail.backends.locmem.EmailBackend.send_messages"

    def send(_backend, messages):
        if answers["error"]:
            raise answers["error"]
        sent.outbox += messages
        return len(messages)

    monkeypatch.setattr(send_messages, send)
    return answers


def hello(person, **options):
    return mails.send("hello", to=person.email, person=person, link=mails.link("/account/"), **options)


def tries(pk):
    """When each task for the mail may run, in minutes from now."""
    jobs = DBTaskResult.objects.filter(task_path=mails.deliver.module_path).order_by("enqueued_at")
    assert all(job.args_kwargs["args"] == [pk] for job in jobs)
    pauses = [timedelta() if job.run_after == get_date_max() else job.run_after - timezone.now() for job in jobs]
    return [round(pause / timedelta(minutes=1)) for pause in pauses]


def worked():
    """The one job there is, after the worker has run it."""
    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
        excluded_queue_names=[],
    )
    job = DBTaskResult.objects.get()
    worker.run_task(job)
    job.refresh_from_db()
    return job


def later(mail, **pause):
    """As if so much time had passed for this mail."""
    mail.refresh_from_db()
    moments = {name: getattr(mail, name) for name in ("created_at", "next_try_at", "sent_at", "failed_at")}
    Mail.objects.filter(pk=mail.pk).update(
        **{n: moment - timedelta(**pause) for n, moment in moments.items() if moment}
    )


# --- What it says ----------------------------------------------------------------------------------------------------


def test_a_mail_is_text_and_html_to_one_person(sam, settings):
    mail = hello(sam)
    assert mails.attempt(mail.pk)
    [message] = sent.outbox
    assert (message.to, message.from_email) == (["sam@example.com"], settings.DEFAULT_FROM_EMAIL)
    assert message.subject == "Name: Sam Reyes"
    assert message.body == f"Sam Reyes, go to {settings.SITE_URL}/account/\n"
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert f'<a href="{settings.SITE_URL}/account/">' in html
    assert f"Sent by Stockroom at {settings.SITE_URL}" in html


@pytest.mark.parametrize("name", ["Sam\r\nBcc: all@example.com", "Sam\nBcc: all@example.com", "Sam\x85Bcc:\u2028all"])
def test_a_name_with_a_line_break_adds_no_header(name, sam):
    sam.name = name
    mail = hello(sam)
    assert mails.attempt(mail.pk)
    [message] = sent.outbox
    assert message.subject == "Name: " + " ".join(name.split())
    assert "\nBcc:" not in message.message().as_string().split("\n\n")[0]
    assert message.recipients() == ["sam@example.com"]


def test_an_address_with_a_line_break_never_leaves(sam):
    sam.email = "sam@example.com\nBcc: all@example.com"
    mail = hello(sam)
    assert not mails.attempt(mail.pk)
    assert sent.outbox == []
    mail.refresh_from_db()
    assert mail.error.startswith("BadHeaderError")


def test_names_are_escaped_in_html_and_only_there(sam):
    sam.name = "Sam <b>O'Neil</b> & Co"
    mails.attempt(hello(sam).pk)
    [message] = sent.outbox
    assert message.subject == "Name: Sam <b>O'Neil</b> & Co"
    assert message.body.startswith("Sam <b>O'Neil</b> & Co,")
    assert "<b>O" not in message.alternatives[0][0]


def test_a_long_subject_is_cut(sam):
    sam.name = "x" * 300
    assert len(hello(sam).subject) == 200


@pytest.mark.parametrize(
    ("given", "persons", "sites", "word"),
    [("", "", "en", "Name"), ("", "es", "en", "Nombre"), ("en", "es", "es", "Name"), ("", "", "es", "Nombre")],
)
def test_a_mail_speaks_the_language_given_the_persons_or_the_sites(given, persons, sites, word, sam, settings):
    settings.LANGUAGE_CODE = sites
    sam.language = persons
    mail = hello(sam, language=given)
    assert (mail.subject, str(mail)) == (f"{word}: Sam Reyes", "hello sam@example.com")
    assert f'<html lang="{mail.language}">' in mail.html


def test_links_lead_to_the_configured_site(settings):
    settings.SITE_URL = "https://stock.example.com"
    assert mails.link("/x/") == "https://stock.example.com/x/"


# --- When it leaves --------------------------------------------------------------------------------------------------


def test_nothing_leaves_before_the_commit_and_the_worker_sends_it(sam, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mail = hello(sam)
        assert not DBTaskResult.objects.exists()
    assert tries(mail.pk) == [0]
    assert worked().status == "SUCCESSFUL"
    assert len(sent.outbox) == 1


def test_what_is_taken_back_is_never_sent(sam, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        hello(sam)
        transaction.set_rollback(True)
    assert (callbacks, Mail.objects.count()) == ([], 0)


def test_a_sent_mail_keeps_no_text_and_is_not_sent_again(sam):
    mail = hello(sam)
    assert [mails.attempt(mail.pk), mails.attempt(mail.pk)] == [True, False]
    mail.refresh_from_db()
    assert (mail.text, mail.html, mail.error, mail.attempts, mail.status) == ("", "", "", 1, "sent")
    assert len(sent.outbox) == 1


def test_the_worker_survives_a_mail_that_is_gone(sam):
    gone = hello(sam)
    mails.deliver.enqueue(gone.pk)
    gone.delete()
    job = worked()
    assert (job.status, job.return_value) == ("SUCCESSFUL", False)


def test_a_deleted_person_takes_no_mail_along(sam):
    mail = hello(sam)
    User.objects.filter(pk=sam.pk).delete()
    assert mails.attempt(mail.pk)


# --- When it cannot be sent ------------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_after_ever_longer_pauses_and_then_given_up(
    sam, down, django_capture_on_commit_callbacks
):
    mail = hello(sam)
    for number, minutes in enumerate((1, 5, 30, 180, 720), start=1):
        with django_capture_on_commit_callbacks(execute=True):
            assert not mails.attempt(mail.pk)
        mail.refresh_from_db()
        assert (mail.attempts, mail.status, bool(mail.text)) == (number, "waiting", True)
        assert mail.error == "SMTPServerDisconnected: Connection unexpectedly closed"
        assert tries(mail.pk)[-1] == minutes
        assert not mails.attempt(mail.pk), "tried before its time"
        mail.refresh_from_db()
        assert mail.attempts == number
        later(mail, minutes=minutes)
    assert not Activity.objects.filter(kind="mail.failed").exists()
    assert not mails.attempt(mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.text, mail.html, mail.next_try_at) == ("failed", "", "", None)
    assert (len(tries(mail.pk)), sent.outbox) == (5, [])
    line = Activity.objects.get(kind="mail.failed")
    assert (line.person, line.actor, line.details) == (sam, None, {"mail": ["", "hello"], "to": ["", sam.email]})
    assert not mails.attempt(mail.pk), "given up is given up"


def test_a_mail_server_that_comes_back_is_sent_what_waits(sam, down):
    mail = hello(sam)
    mails.attempt(mail.pk)
    down["error"] = None
    later(mail, minutes=1)
    assert mails.attempt(mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.error, mail.attempts, len(sent.outbox)) == ("sent", "", 2, 1)


def test_an_answer_of_any_kind_is_kept_on_one_line(sam, down):
    down["error"] = ValueError("no\nroom\0 here " + "x" * 400)
    mail = hello(sam)
    mails.attempt(mail.pk)
    mail.refresh_from_db()
    assert mail.error.startswith("ValueError: no room here xxx")
    assert len(mail.error) == 300


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SMTPServerDisconnected("Connection closed"), "SMTPServerDisconnected: Connection closed"),
        (SMTPDataError(550, b"5.7.1 Spam\xff\r\n"), "SMTPDataError: 550 5.7.1 Spam\ufffd"),
        (SMTPAuthenticationError(535, "Wrong password"), "SMTPAuthenticationError: 535 Wrong password"),
        (SMTPRecipientsRefused({"x@y.z": (450, b"4.2.0 Greylisted")}), "SMTPRecipientsRefused: 450 4.2.0 Greylisted"),
    ],
)
def test_the_mail_servers_own_words_are_kept(error, words):
    assert mails.wording(error) == words


def test_while_one_sends_another_does_not(sam, monkeypatch):
    mail = hello(sam)
    seen = []

    def send(_message):
        current = Mail.objects.get(pk=mail.pk)
        seen.append((current.status, mails.attempt(mail.pk)))

    monkeypatch.setattr(mails.EmailMultiAlternatives, "send", send)
    assert mails.attempt(mail.pk)
    assert seen == [("sending", False)]


def test_who_died_over_a_mail_has_it_taken_over_and_may_say_no_more_about_it(sam, monkeypatch):
    """The first hangs until its claim has run out; the second sends; the first then fails."""
    mail = hello(sam)
    second = []

    def send(_message):
        if not second:
            later(mail, minutes=10)
            second.append("begun")
            second.append(mails.attempt(mail.pk))
            raise TimeoutError("too late")

    monkeypatch.setattr(mails.EmailMultiAlternatives, "send", send)
    assert not mails.attempt(mail.pk)
    assert second == ["begun", True]
    mail.refresh_from_db()
    assert (mail.status, mail.error, mail.attempts) == ("sent", "", 2)


@pytest.mark.parametrize("attempts", [1, 6])
def test_a_late_failure_changes_nothing_of_what_another_has_claimed(attempts, sam):
    mail = hello(sam)
    Mail.objects.filter(pk=mail.pk).update(attempts=attempts - 1)
    mine = mails.claimed(mail.pk)
    later(mail, minutes=10)
    mails.claimed(mail.pk)
    mails.put_off(mine, "TimeoutError: too late")
    mail.refresh_from_db()
    assert (mail.status, mail.error, mail.attempts) == ("sending", "", attempts + 1)
    assert not Activity.objects.filter(kind="mail.failed").exists()


# --- Trying now ------------------------------------------------------------------------------------------------------


def test_an_admin_has_a_waiting_mail_tried_at_once_by_a_fresh_plan(ada, sam, down, django_capture_on_commit_callbacks):
    mail = hello(sam)
    mails.attempt(mail.pk)
    down["error"] = None
    with django_capture_on_commit_callbacks(execute=True):
        mails.retry(actor=ada, mail=mail)
    mail.refresh_from_db()
    assert (mail.attempts, mail.next_try_at, tries(mail.pk)) == (0, None, [0])
    line = Activity.objects.get(kind="mail.retried")
    assert (line.actor, line.person, line.sentence) == (ada, sam, "A mail was tried again")
    assert mails.attempt(mail.pk)


def test_there_is_no_trying_what_was_sent_given_up_deleted_or_is_being_sent(ada, sam):
    mail = hello(sam)
    now = timezone.now()
    for fields in (
        {"next_try_at": now + timedelta(minutes=5), "error": ""},
        {"failed_at": now, "error": "x"},
        {"sent_at": now},
    ):
        Mail.objects.filter(pk=mail.pk).update(**fields)
        with pytest.raises(Conflict) as refusal:
            mails.retry(actor=ada, mail=mail)
        assert refusal.value.code == "not_waiting"
    Mail.objects.all().delete()
    with pytest.raises(Conflict):
        mails.retry(actor=ada, mail=mail)
    assert not Activity.objects.filter(kind="mail.retried").exists()


# --- What is told and kept -------------------------------------------------------------------------------------------


def test_a_failure_is_announced_for_a_week(sam, down):
    first, second, fine = hello(sam), hello(sam), hello(sam)
    mails.attempt(first.pk)
    Mail.objects.filter(pk=second.pk).update(error="x", failed_at=timezone.now())
    assert mails.failing() == 2
    Mail.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert mails.failing() == 1
    down["error"] = None
    mails.attempt(fine.pk)
    assert mails.failing() == 1


def test_a_mail_whose_task_was_lost_gets_another(sam, down):
    waits, _fresh, planned, lost, done = (hello(sam) for _number in range(5))
    for mail in (planned, lost, done):
        mails.attempt(mail.pk)
    down["error"] = None
    later(done, minutes=2)
    mails.attempt(done.pk)
    DBTaskResult.objects.all().delete()
    for mail in (waits, lost, done):
        later(mail, minutes=17)
    assert mails.sweep() == 2
    jobs = DBTaskResult.objects.filter(task_path=mails.deliver.module_path)
    assert sorted(job.args_kwargs["args"][0] for job in jobs) == sorted([waits.pk, lost.pk])
    assert mails.attempt(waits.pk)
    assert mails.attempt(lost.pk)
    assert not mails.attempt(planned.pk)


def test_what_became_of_a_mail_is_known_for_thirty_days(sam):
    past, recent = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    for number, fields in enumerate(({"sent_at": past}, {"failed_at": past}, {"sent_at": recent}, {"error": "x"})):
        Mail.objects.filter(pk=hello(sam).pk).update(**fields, subject=str(number))
    assert mails.prune() == 2
    assert sorted(Mail.objects.values_list("subject", flat=True)) == ["2", "3"]


# --- The test mail ---------------------------------------------------------------------------------------------------


def test_the_command_sends_a_test_mail_at_once(db, capsys):
    call_command("send_test_mail", "ops@example.com")
    [message] = sent.outbox
    assert (message.to, message.subject) == (["ops@example.com"], "Test mail from Stockroom")
    assert capsys.readouterr().out.startswith("Sent to ops@example.com by django.core.mail.backends.locmem")
    assert not Mail.objects.exists()


def test_the_command_says_what_the_mail_server_answered(down, settings):
    settings.EMAIL_HOST = "mail.example.com"
    with pytest.raises(CommandError, match=r"mail\.example\.com:25: SMTPServerDisconnected: Connection unexpectedly"):
        call_command("send_test_mail", "ops@example.com")
