"""What was written, by whom, when and from where. History, diffs, merge and undo are all read from here."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.policy import Action, can, hidden_fields
from products.models.catalogue import Product

# A change of the object itself rather than of one of its fields: it came to be (`new` holds its first values) or, with
# nothing new, it went for good (`old` holds its last).
ITSELF = ""


class ChangeSetQuerySet(models.QuerySet["ChangeSet"]):
    def visible_to(self, person: Any) -> "ChangeSetQuerySet":
        """The acts that exist for this person: those that changed something which does, and in the back office one's own.

        One's own also when what it changed is in the trash by now, as after an undo of a creation.
        """
        if can(person, Action.PRODUCT_VIEW_ALL):
            return self
        seen = Change.objects.visible_to(person)
        if can(person, Action.PRODUCT_VIEW_PUBLIC):
            # Most are seen, so a page is full before many were asked. One value of each: where an EXISTS stands beside
            # an OR, PostgreSQL prefers to answer it for all there are, once for every page.
            first = Subquery(seen.filter(change_set=OuterRef("pk")).values("pk")[:1])
            return self.alias(seen=first).filter(Q(actor=person) | Q(seen__isnull=False))
        # Few are seen: found from the products of the person.
        return self.filter(pk__in=seen.values("change_set_id"))

    def of_product(self, key: int, person: Any) -> "ChangeSetQuerySet":
        """Those that changed one product in something that this person may see."""
        rows = Change.objects.visible_to(person).filter(object_type="product", object_id=key)
        return self.filter(pk__in=rows.values("change_set_id"))


class ChangeSet(models.Model):
    """One act: a form, a cell, an import, an API call, an undo."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="change_sets")
    actor_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)  # past tense: "product.edited"
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=32, blank=True)
    # Once: to do it again, undo the undo.
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    objects = ChangeSetQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["request_id"], name="change_set_by_request"),
            # One per filter of the list, so that a rare kind or a short while is not looked for in all there are.
            models.Index(fields=["kind", "id"], name="change_set_by_kind"),
            models.Index(fields=["at"], name="change_set_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor_name}"


class ChangeQuerySet(models.QuerySet["Change"]):
    def in_fields_of(self, person: Any) -> "ChangeQuerySet":
        """Without the fields that do not exist for this person."""
        return self.exclude(field__in=hidden_fields(person))

    def visible_to(self, person: Any) -> "ChangeQuerySet":
        """Changes of what exists for this person, in fields that do.

        Of a product in the trash, or deleted for good, admins alone; of a category, the back office.
        """
        if can(person, Action.PRODUCT_VIEW_ALL):
            return self.in_fields_of(person)
        rows = self.in_fields_of(person)
        products = Product.objects.visible_to(person).filter(pk=OuterRef("object_id"))
        if not can(person, Action.PRODUCT_VIEW_PUBLIC):
            return rows.filter(Exists(products), object_type="product")
        rows = rows.alias(product=Subquery(products.values("pk")[:1]))
        return rows.filter(Q(object_type="product", product__isnull=False) | Q(object_type="category"))


class Change(models.Model):
    """One field of one object: old and new as JSON. `version` is the object's version after the change, if it has any."""

    change_set = models.ForeignKey(ChangeSet, models.CASCADE, related_name="changes", db_index=False)
    object_type = models.CharField(max_length=20, default="product")
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    field = models.CharField(max_length=30)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    version = models.PositiveIntegerField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="change_by_object"),
            # Also pages through the changes of one set, of which an import has a hundred thousand.
            models.Index(fields=["change_set", "id"], name="change_by_set"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.field or ('created' if self.old is None else 'deleted')}"
