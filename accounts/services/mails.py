"""Mails: written in the transaction of the act they tell of, sent by the worker, tried again, seen when they fail."""

import math
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import Mail, User
from accounts.models.mails import MailQuerySet
from accounts.services import activity
from site_config.lib.errors import Conflict

# How long after each failed try the next one follows; after the last the mail is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))
# When whoever sends a mail is taken to have died over it: long after settings.EMAIL_TIMEOUT ended every step.
CLAIM = timedelta(minutes=10)
# A mail that nobody tries this long after its time has lost its task.
LOST = timedelta(minutes=15)
# How long a failure is announced, and how long what became of a mail is known.
ANNOUNCED, KEPT = timedelta(days=7), timedelta(days=30)
HOUR = timedelta(hours=1)
STATUSES = ("waiting", "failed", "sent")
# What may hold a secret link is not kept longer than it is needed.
EMPTIED = {"text": "", "html": "", "unsubscribe": ""}


def send(
    kind: str, *, to: str, person: User | None = None, language: str = "", unsubscribe: str = "", **context: Any
) -> Mail:
    """Has `emails/<kind>.subject.txt`, `.txt` and `.html` sent, in the language given, the person's or the site's.

    Nothing leaves before the transaction is committed. Links in the context are absolute: see `link`. `unsubscribe` is
    the one that ends mails of this kind, for those that nobody needs to get.
    """
    mail = written(kind, to=to, person=person, language=language, unsubscribe=unsubscribe, **context)
    mail.unsubscribe = unsubscribe
    mail.save()
    transaction.on_commit(lambda: deliver.enqueue(mail.pk))
    return mail


def written(kind: str, *, to: str, person: User | None = None, language: str = "", **context: Any) -> Mail:
    """The mail in its words, not stored yet. Its subject is one line, whatever a name in it holds."""
    tongue = language or (person.language if person else "") or settings.LANGUAGE_CODE
    with translation.override(tongue):
        known = {**context, "person": person, "site_url": settings.SITE_URL, "language": tongue}
        subject = " ".join(plain(f"emails/{kind}.subject.txt", known).split())[:200]
        text = plain(f"emails/{kind}.txt", known).strip() + "\n"
        html = render_to_string(f"emails/{kind}.html", {**known, "subject": subject})
    return Mail(kind=kind, to=to, person=person, language=tongue, subject=subject, text=text, html=html)


def plain(template: str, known: dict[str, Any]) -> str:
    """Text is read as it is written: an apostrophe in a name stays one."""
    return str(get_template(template).template.render(Context(known, autoescape=False)))  # type: ignore[attr-defined]


def wait(most: int, kind: str, **whose: Any) -> int:
    """How many seconds until one more of this kind would not be over so many in an hour; 0 is now.

    Counted by the mails written, which every process sees and no restart forgets; the caller holds who they are about.
    """
    since = timezone.now() - HOUR
    written = Mail.objects.filter(kind=kind, created_at__gt=since, **whose).order_by("-created_at")
    times = list(written.values_list("created_at", flat=True)[:most])
    return math.ceil((times[-1] - since).total_seconds()) if len(times) == most else 0


def link(path: str) -> str:
    """The address of a page, as a mail shows it: on the configured site, whatever the request called it."""
    return f"{settings.SITE_URL}{path}"


def message(mail: Mail) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to])
    if mail.unsubscribe:  # RFC 8058: mail programs show a button that posts to the address, without any question
        made.extra_headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        made.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.attach_alternative(mail.html, "text/html")
    return made


def attempt(pk: int) -> bool:
    """Sends this mail if it is due; whether it went. A failure plans the next try.

    It is claimed first, so that no other worker sends it and no row is locked while a mail server takes its time. Who
    dies after sending and before saying so has the mail sent twice, which is better than never.
    """
    mail = claimed(pk)
    if mail is None:
        return False
    try:
        message(mail).send()
    except Exception as error:  # noqa: BLE001 (whatever a mail server answers, the mail is tried again)
        put_off(mail, wording(error))
        return False
    now = timezone.now()
    Mail.objects.filter(pk=pk).update(sent_at=now, failed_at=None, next_try_at=None, error="", **EMPTIED)
    return True


def claimed(pk: int) -> Mail | None:
    """The mail, for the one who claimed it; a mail that is gone, done or not due is nobody's."""
    now = timezone.now()
    mine = Mail.objects.due(now).filter(pk=pk)
    if not mine.update(attempts=F("attempts") + 1, next_try_at=now + CLAIM, error=""):
        return None
    return Mail.objects.select_related("person").get(pk=pk)


def wording(error: Exception) -> str:
    """What went wrong, the mail server's own words where it said some, on one line that any database stores."""
    answers: list[Any] = [(error.smtp_code, error.smtp_error)] if isinstance(error, SMTPResponseException) else []
    if isinstance(error, SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    said = ", ".join(f"{code} {force_str(words, errors='replace')}" for code, words in answers) or str(error)
    return " ".join(f"{type(error).__name__}: {said}".replace("\0", " ").split())[:300]


def put_off(mail: Mail, error: str) -> None:
    """Plans the next try, or gives the mail up after the last; not where the claim has run out and is another's."""
    now = timezone.now()
    mine = Mail.objects.waiting().filter(pk=mail.pk, next_try_at=mail.next_try_at)
    with transaction.atomic():
        if mail.attempts <= len(PAUSES):
            next_try = now + PAUSES[mail.attempts - 1]
            if mine.update(error=error, next_try_at=next_try):
                later = deliver.using(run_after=next_try)
                transaction.on_commit(lambda: later.enqueue(mail.pk))
        elif mine.update(error=error, failed_at=now, next_try_at=None, **EMPTIED):
            activity.record("mail.failed", actor=None, person=mail.person, **details(mail))


def details(mail: Mail) -> dict[str, Any]:
    return {"mail": ["", mail.kind], "to": ["", mail.to]}


def retry(*, actor: User, mail: Mail) -> Mail:
    """Has a waiting mail tried at once, and its plan of tries begun anew.

    Raises Conflict where there is nothing left to send, or somebody is sending it.
    """
    with transaction.atomic():
        current = Mail.objects.select_for_update(no_key=True).filter(pk=mail.pk).first()
        if current is None or (refusal := obstacle(current)):
            raise Conflict(refusal if current else _("This mail is no longer kept."), code="not_waiting")
        current.attempts, current.next_try_at = 0, None
        current.save(update_fields=["attempts", "next_try_at"])
        activity.record("mail.retried", actor=actor, person=current.person, **details(current))
        transaction.on_commit(lambda: deliver.enqueue(current.pk))
    return current


def obstacle(mail: Mail) -> str:
    """Why this mail cannot be tried now; empty where it can."""
    reasons = {
        "sent": _("This mail was sent already."),
        "sending": _("This mail is being sent right now."),
        "failed": _("This mail was given up and its text is gone. Do again what it told of, like inviting somebody."),
    }
    return reasons.get(mail.status, "")


def found(*, status: str = "") -> MailQuerySet:
    """The mails of a list: all, or those that wait, were given up or were sent."""
    rows: MailQuerySet = getattr(Mail.objects, status or "all")()
    return rows


def failing() -> int:
    """How many of the last days could not be sent, for now or for good."""
    since = timezone.now() - ANNOUNCED
    return int(Mail.objects.unsent().exclude(error="").filter(created_at__gte=since).count())


def sweep() -> int:
    """Gives those a new task that lost theirs with a worker that was killed; how many. One too many does no harm."""
    late = timezone.now() - LOST
    lost = Mail.objects.waiting().filter(Q(next_try_at__lt=late) | Q(next_try_at=None, created_at__lt=late))
    pks = list(lost.values_list("pk", flat=True))
    for pk in pks:
        deliver.enqueue(pk)
    return len(pks)


def prune() -> int:
    """Deletes what was sent or given up long ago; how many."""
    old = timezone.now() - KEPT
    number, _models = Mail.objects.filter(Q(sent_at__lt=old) | Q(failed_at__lt=old)).delete()
    return number


def send_test(*, to: str) -> None:
    """Sends a mail at once, past the queue; raises whatever the mail server answers."""
    message(written("test", to=to)).send()


@task()
def deliver(pk: int) -> bool:
    return attempt(pk)
