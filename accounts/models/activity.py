"""What happened to people and their access. Append-only; it survives the deletion of what it speaks of."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.policy import ROLE_CHOICES

# What a line of the log says, and the drawing beside it.
KINDS: dict[str, tuple[Any, str]] = {
    "person.created": (_("Account created"), "plus"),
    "person.signed_up": (_("Signed up"), "plus"),
    "person.edited": (_("Profile changed: {fields}"), "edit"),
    "person.role_changed": (_("Role changed from {old} to {new}"), "shield"),
    "person.deactivated": (_("Deactivated"), "lock"),
    "person.reactivated": (_("Reactivated"), "unlock"),
    "person.deleted": (_("Deleted; {successor} took over"), "trash"),
    "person.unlocked": (_("Unlocked"), "unlock"),
    "address.unlocked": (_("Address {address} unlocked"), "unlock"),
    "person.password_changed": (_("Password changed"), "key"),
    "person.password_reset_sent": (_("Password reset sent"), "mail"),
    "person.password_reset": (_("Password reset by mail"), "key"),
    "person.email_change_asked": (_("Change of email address asked for"), "mail"),
    "person.email_confirmed": (_("Email address confirmed"), "mail"),
    "person.signed_in": (_("Signed in"), "laptop"),
    "person.signed_out": (_("Signed out everywhere"), "lock"),
    "session.ended": (_("A browser session was ended"), "lock"),
    "sign_in.failed": (_("Wrong password or code"), "alert"),
    "sign_in.locked": (_("Locked after {failures} wrong passwords or codes"), "lock"),
    "invitation.sent": (_("Invited {email}"), "mail"),
    "invitation.resent": (_("Invited {email} again"), "mail"),
    "invitation.revoked": (_("Invitation of {email} revoked"), "lock"),
    "invitation.accepted": (_("Invitation accepted"), "plus"),
    "factor.added": (_("Second factor added: {factor}"), "shield"),
    "factor.removed": (_("Second factor removed: {factor}"), "shield"),
    "factor.renamed": (_("Passkey renamed: {factor}"), "edit"),
    "factor.codes_made": (_("New recovery codes made"), "shield"),
    "factor.code_used": (_("Signed in with a recovery code"), "key"),
    "factor.required": (_("A second factor is required of: {role}"), "shield"),
    "factor.not_required": (_("A second factor is no longer required of: {role}"), "shield"),
    "view_as.started": (_("An admin looked at Stockroom as this person"), "eye"),
    "view_as.ended": (_("An admin stopped looking as this person"), "eye"),
    "activity.exported": (_("The activity log was exported"), "download"),
    "changes.undone": (_("Change {change} of the catalogue was undone"), "undo"),
    "people.exported": (_("The list of users was exported"), "download"),
    "mail.failed": (_("A mail could not be sent"), "alert"),
    "mail.retried": (_("A mail was tried again"), "mail"),
    "api.signed_in": (_("Logged in to the API"), "key"),
    "api.session_ended": (_("An API sign-in was ended"), "lock"),
    "token.created": (_("API token “{token}” created"), "key"),
    "token.revoked": (_("API token “{token}” revoked"), "lock"),
    "token.all_ended": (_("API tokens ended: {token}"), "lock"),
    "api.token_reused": (_("A used API token was sent again, so that API sign-in was ended"), "alert"),
}
FIELDS: dict[str, Any] = {
    "username": _("username"),
    "email": _("email address"),
    "name": _("name"),
    "phone": _("phone"),
    "theme": _("appearance"),
    "language": _("language"),
}


class Told(dict[str, str]):
    """The values of a sentence; what was not written down is left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def role_name(value: str) -> str:
    return str(dict(ROLE_CHOICES).get(value, value))


def label(kind: str) -> str:
    """What lines of this kind have in common, for a list to choose from."""
    return str(KINDS[kind][0]).format_map(Told())


class Activity(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40)  # past tense: "person.role_changed"
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="activity")
    person_name = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict)  # field: [old, new]
    source = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="activity_person"),
            models.Index(fields=["request_id"], name="activity_request"),
            models.Index(fields=["actor", "-id"], name="activity_actor"),
            models.Index(fields=["kind", "-id"], name="activity_kind"),
            models.Index(fields=["address", "-id"], name="activity_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_name}"

    @property
    def sentence(self) -> str:
        """What happened, for people; with the reason, where one was given."""
        text, _icon = KINDS.get(self.kind, (self.kind, ""))
        values = Told({name: self.told(name) for name in self.details})
        old, new = (role_name(value) for value in self.pair("role"))
        values |= {"old": old, "new": new, "role": new or old}
        values["fields"] = ", ".join(str(label) for name, label in FIELDS.items() if name in self.details)
        sentence = str(text).format_map(values)
        return f"{sentence}: {reason}" if (reason := values.get("reason")) else sentence

    def told(self, name: str) -> str:
        """What this detail says: the new value, or the old one of what went away."""
        old, new = self.pair(name)
        return str(new or old)

    def pair(self, name: str) -> tuple[Any, Any]:
        """Before and after; a detail that is one value is what there is after."""
        value = self.details.get(name, "")
        return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else ("", value)

    @property
    def icon(self) -> str:
        return KINDS.get(self.kind, ("", "history"))[1]

    @property
    def source_label(self) -> str:
        return str({"page": _("Page"), "api": _("API"), "command": _("Command")}.get(self.source, self.source))

    @property
    def by_another(self) -> str:
        """Who did it, where that was somebody else."""
        return self.actor_name if self.actor_name and self.actor_id != self.person_id else ""
