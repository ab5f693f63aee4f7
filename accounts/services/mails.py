"""Mails: written in the transaction of the act they tell of, sent by the worker, tried again, seen when they fail."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import task

from accounts.models import Mail, User

# How long after each failed try the next one follows; after the last the mail is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))


def send(kind: str, *, to: str, person: User | None = None, language: str = "", **context: Any) -> Mail:
    """Has `emails/<kind>.subject.txt`, `.txt` and `.html` sent, in the language given, the person's or the site's.

    Nothing leaves before the transaction is committed. Links in the context are absolute: see `link`.
    """
    tongue = language or (person.language if person else "") or settings.LANGUAGE_CODE
    with translation.override(tongue):
        known = {**context, "person": person, "site_url": settings.SITE_URL, "language": tongue}
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", known).split())
        text = render_to_string(f"emails/{kind}.txt", known).strip() + "\n"
        html = render_to_string(f"emails/{kind}.html", {**known, "subject": subject})
    mail = Mail.objects.create(
        kind=kind, to=to, person=person, language=tongue, subject=subject[:200], text=text, html=html
    )
    transaction.on_commit(lambda: deliver.enqueue(mail.pk))
    return mail


def link(path: str) -> str:
    """The address of a page, as a mail shows it: on the configured site, whatever the request called it."""
    return f"{settings.SITE_URL}{path}"


def attempt(pk: int) -> bool:
    """Sends this mail, unless it was sent or given up; whether it went. A failure plans the next try."""
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(pk=pk, sent_at=None, failed_at=None).first()
        if mail is None:
            return False
        message = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to])
        message.attach_alternative(mail.html, "text/html")
        mail.attempts += 1
        try:
            message.send()
        except Exception as error:  # noqa: BLE001 (whatever a mail server answers, the mail is tried again)
            put_off(mail, f"{type(error).__name__}: {error}"[:300])
        else:
            mail.sent_at, mail.next_try_at, mail.error = timezone.now(), None, ""
            mail.text = mail.html = ""
        mail.save()
    return mail.sent_at is not None


def put_off(mail: Mail, error: str) -> None:
    mail.error = error
    if mail.attempts > len(PAUSES):
        mail.failed_at, mail.next_try_at = timezone.now(), None
        mail.text = mail.html = ""
        return
    mail.next_try_at = timezone.now() + PAUSES[mail.attempts - 1]
    later = deliver.using(run_after=mail.next_try_at)
    transaction.on_commit(lambda: later.enqueue(mail.pk))


@task()
def deliver(pk: int) -> bool:
    return attempt(pk)
