"""What templates say: icons, rights, times and amounts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.policy import Action, Decision, can
from site_config.lib import money as amounts

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A 16 px drawing of the sprite, for the eye only: the words stand beside it. Made once: a page shows dozens."""
    return format_html(
        '<svg class="i" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', static("img/icons.svg"), name
    )


@register.filter
def may(person: Any, action: str) -> Decision:
    """The policy's decision: true or false, with its `reason`."""
    return can(person, Action(action))


@register.filter
def money(amount: Decimal | str | None) -> str:
    return "" if amount is None else amounts.text(Decimal(amount))


@register.filter
def whole_money(amount: Decimal) -> str:
    """Without pence, as key figures are."""
    return amounts.text(amount, places=0)


@register.simple_tag
def currency() -> str:
    return amounts.symbol()


def day(moment: datetime, now: datetime) -> str:
    """20 Nov; with the year once it is another."""
    return formats.date_format(moment, "MONTH_DAY_FORMAT" if moment.year == now.year else "DATE_FORMAT")


def ago(moment: datetime, now: datetime) -> str:
    """12 min ago up to a day, then Yesterday, then the date."""
    minutes = int((now - moment) / timedelta(minutes=1))
    if minutes < 1:
        return _("Just now")
    if minutes < 60:
        return _("{} min ago").format(minutes)
    if minutes < 24 * 60 and moment.date() == now.date():
        return _("{} h ago").format(minutes // 60)
    if moment.date() == now.date() - timedelta(days=1):
        return _("Yesterday")
    return day(moment, now)


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """How long ago, with the full time as title."""
    local, now = timezone.localtime(moment), timezone.localtime()
    full = f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, ago(local, now))


@register.filter
def duration(seconds: int) -> str:
    """Minutes rounded up, as a lock shows them; seconds in the last minute."""
    if seconds < 60:
        return ngettext("{} second", "{} seconds", seconds).format(seconds)
    minutes = -(-seconds // 60)
    return ngettext("{} minute", "{} minutes", minutes).format(minutes)


@register.filter
def undo_id(tags: str) -> str:
    """The change set a toast offers to undo."""
    return next((tag.removeprefix("undo-") for tag in (tags or "").split() if tag.startswith("undo-")), "")


@register.filter
def of(found: Mapping[Any, Any], key: Any) -> Any:
    """What was found for a row, in one query for all of them."""
    return found.get(key, "")


@register.filter
def signed(number: int) -> str:
    """+3 or, with a true minus, −3."""
    return f"{number:+d}".replace("-", "\u2212")
