"""What a cell of an import means: forgiving about how people write, never guessing what they meant."""

import re
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from products.models import Product
from products.models.catalogue import LONGEST_TAG, MOST_TAGS, validate_gtin
from products.services import catalogue, categories
from products.services import tags as tag_rules
from products.services.import_layouts import Cells, Warn
from site_config.lib import money
from site_config.lib.errors import DomainError

Label = str | Promise
# Translated only when something is said about them.
PRICE, COST = gettext_lazy("price"), gettext_lazy("cost")
STOCK, THRESHOLD = gettext_lazy("stock"), gettext_lazy("low-stock threshold")
LONGEST_DESCRIPTION = 5000
LONGEST_NUMBER = 20
AMOUNT = re.compile(r"-?(?:\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?)", re.ASCII)
DECIMAL_COMMA = re.compile(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d{1,2}", re.ASCII)
WHOLE = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?", re.ASCII)
YES = {"yes", "y", "true", "1", "x", "on", "public", "published", "active", "visible"}
NO = {"", "no", "n", "false", "0", "off", "private", "draft", "inactive", "hidden"}


def product(*, actor: User, values: Cells, warn: Warn) -> Product:
    """A row in the words of our spreadsheet as a product; raises DomainError on what must not be guessed."""
    name = " ".join(values["name"].split())
    if not name:
        raise DomainError(_("It has no name."), field="name")
    if not values["price"]:
        raise DomainError(_("It has no price."), field="price")
    stock = whole(STOCK, values["stock"])
    if stock < 0:
        warn(_("Its stock is {}: imported with 0.").format(stock))
    description = values["description"]
    if len(description) > LONGEST_DESCRIPTION:
        warn(_("Its description is cut to {:,} characters.").format(LONGEST_DESCRIPTION))
    return catalogue.build(
        actor=actor,
        looked_up=True,
        name=name,
        sku=values["sku"],
        barcode=barcode(values["barcode"], warn),
        description=description[:LONGEST_DESCRIPTION],
        note=values.get("note", ""),
        price=amount(PRICE, values["price"]),
        cost=amount(COST, values["cost"]) if values["cost"] else None,
        stock=max(stock, 0),
        low_stock_threshold=whole(THRESHOLD, values.get("low_stock_threshold", "")),
        tags=tags(values["tags"], warn),
        is_public=yes_or_no(values["is_public"]),
    )


def quoted(text: str) -> str:
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def amount(label: Label, text: str) -> Decimal:
    """An amount with point or comma, with or without the site's currency; never guessed: 1.234 stays refused."""
    number = "".join(text.split()).replace("\u2212", "-")
    number = number.replace(money.symbol().strip(), "").replace(settings.CURRENCY, "")
    if DECIMAL_COMMA.fullmatch(number):
        number = number.replace(".", "").replace(",", ".")
    if len(number) > LONGEST_NUMBER or not AMOUNT.fullmatch(number):
        raise DomainError(_("The {} {} is not an amount.").format(label, quoted(text)))
    value = Decimal(number.replace(",", ""))
    if value < 0:
        raise DomainError(_("The {} {} is below zero.").format(label, quoted(text)))
    rounded = value.quantize(Decimal("0.01"))
    return rounded if rounded == value else value


def whole(label: Label, text: str) -> int:
    """A whole number, 0 where there is none."""
    number = re.sub(r"\s", "", text) or "0"
    if len(number) > LONGEST_NUMBER or not WHOLE.fullmatch(number):
        raise DomainError(_("The {} {} is not a whole number.").format(label, quoted(text)))
    return int(number.split(".")[0].replace(",", ""))


def yes_or_no(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise DomainError(_("Published is {}, neither yes nor no.").format(quoted(text)))
    return text.lower() in YES


def barcode(text: str, warn: Warn) -> str:
    """The barcode, or none where it cannot be right: a typing error in it is no reason to lose a product."""
    digits = re.sub(r"[\s-]", "", text)
    try:
        if digits:
            validate_gtin(digits)
    except ValidationError as error:
        warn(_("Its barcode {} is left out. {}").format(quoted(text), error.messages[0]))
        return ""
    return digits


def tags(text: str, warn: Warn) -> list[str]:
    """The words between the commas, as many as a product may have; one that is too long is left out."""
    words = tag_rules.parsed(text)
    if long := [word for word in words if len(word) > LONGEST_TAG]:
        warn(_("The tag {} is left out: it has more than {} letters.").format(quoted(long[0]), LONGEST_TAG))
    kept = [word for word in words if len(word) <= LONGEST_TAG]
    if len(kept) > MOST_TAGS:
        warn(_("It has {} tags: the first {} are kept.").format(len(kept), MOST_TAGS))
    return kept[:MOST_TAGS]


def path(category: str) -> tuple[str, ...]:
    """ "A > B" as names from the root."""
    names = tuple(" ".join(name.split()) for name in category.split(">") if name.strip())
    if len(names) > categories.DEEPEST or any(len(name) > 80 for name in names):
        sentence = _("Its category {} is too long: at most {} levels of 80 characters.")
        raise DomainError(sentence.format(quoted(category), categories.DEEPEST))
    return names
