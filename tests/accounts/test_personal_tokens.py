"""The rules of personal API tokens: made by their person, known by a digest, ended for good."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import Activity, PersonalToken, User
from accounts.models.personal_tokens import ENDS
from accounts.policy import Role
from accounts.services import passwords, people, personal_tokens, tokens
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from site_config.lib.origin import Origin, acting_from
from tests.factories import PASSWORD, UserFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def made(person, name="Till sync", scopes=("read",), **options):
    return personal_tokens.create(actor=person, name=name, scopes=scopes, **options)


def refusal(secret) -> str:
    with pytest.raises(tokens.Refused) as refused:
        personal_tokens.resolve(secret)
    assert refused.value.status == 401
    return refused.value.code


# --- Making one ------------------------------------------------------------------------------------------------------


def test_a_token_is_its_persons_and_lasts_ninety_days_unless_they_say_otherwise(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    token, secret = made(sam, " Till sync ", ["stock", "read", "read"])
    assert (token.user, token.name, token.scopes, token.granted) == (sam, "Till sync", "read,stock", ["read", "stock"])
    assert (token.expires_at, token.ended_at, token.ended_because) == (NOW + timedelta(days=90), None, "")
    assert made(sam, "Short", days=30)[0].expires_at == NOW + timedelta(days=30)
    assert personal_tokens.resolve(secret).user == sam


def test_its_text_is_stored_nowhere(sam):
    token, secret = made(sam)
    row = PersonalToken.objects.filter(pk=token.pk).values().get()
    assert row["digest"] == personal_tokens.digest_of(secret)
    assert row["hint"] == secret[-4:]
    assert secret[:-4] not in str(row)
    assert secret not in str(list(Activity.objects.values()))


def test_its_text_can_be_found_by_scanners_and_checked_without_us(sam):
    published = re.search(r"```\n(stockroom_pat_.+)\n```", Path("docs/roles.md").read_text())
    assert published
    assert published[1] == personal_tokens.SHAPE.pattern
    secrets = [made(sam, f"Token {number}")[1] for number in range(20)]
    assert len(set(secrets)) == 20
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for secret in secrets:
        assert re.fullmatch(published[1], secret)
        check = sum(digits.index(digit) * 62**place for place, digit in enumerate(reversed(secret[-6:])))
        assert check == zlib.crc32(secret[:-6].encode())


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": " "}, "name", "invalid"),
        ({"name": "x" * 61}, "name", "invalid"),
        ({"scopes": []}, "scopes", "no_scope"),
        ({"scopes": ["read", "write"]}, "scopes", "unknown_scope"),
        ({"days": 31}, "days", "unknown_days"),
        ({"days": 0}, "days", "unknown_days"),
    ],
)
def test_a_token_that_is_not_one_says_what_is_wrong(given, field, code, sam):
    with pytest.raises(DomainError) as refused:
        made(sam, **given)
    assert (refused.value.field, refused.value.code, refused.value.status) == (field, code, 400)
    assert not PersonalToken.objects.exists()
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("who", "scopes", "beyond"),
    [
        ("cleo", ["read", "products", "stock"], "Change stock"),
        ("cleo", ["admin"], "Manage users"),
        ("sam", ["read", "admin"], "Manage users"),
    ],
)
def test_nobody_gets_a_scope_that_their_role_has_no_use_for(who, scopes, beyond, sam, cleo):
    with pytest.raises(NotAllowed) as refused:
        made({"sam": sam, "cleo": cleo}[who], scopes=scopes)
    assert (refused.value.field, refused.value.code) == ("scopes", "scope_not_allowed")
    assert refused.value.message == f"Your role does not include: {beyond}."
    assert not PersonalToken.objects.exists()


def test_the_database_knows_the_scopes_too(sam):
    token, _secret = made(sam)
    for text in ("", "write", "read,read", "stock,read"):
        with pytest.raises(IntegrityError), transaction.atomic():
            PersonalToken.objects.filter(pk=token.pk).update(scopes=text)


def test_a_name_is_used_once_among_the_living_tokens_of_a_person(sam, ada):
    token, _secret = made(sam)
    made(ada)
    with pytest.raises(DomainError) as refused:
        made(sam, "till SYNC")
    assert (refused.value.field, refused.value.code) == ("name", "already_exists")
    personal_tokens.revoke(actor=sam, token=token)
    assert made(sam, "till SYNC")[0].pk != token.pk


def test_twenty_living_tokens_are_enough(sam, ada):
    first, *_rest = [made(sam, f"Token {number}")[0] for number in range(personal_tokens.LIMIT)]
    with pytest.raises(Conflict) as refused:
        made(sam, "One more")
    assert (refused.value.code, refused.value.message) == ("too_many_tokens", "You have 20 tokens. Revoke one first.")
    made(ada)
    personal_tokens.revoke(actor=sam, token=first)
    made(sam, "One more")


def test_who_was_deactivated_a_moment_ago_gets_none(sam):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        made(sam)
    assert not PersonalToken.objects.exists()


# --- Using one -------------------------------------------------------------------------------------------------------


def test_a_token_is_found_in_one_query_and_its_use_noted_in_another(sam, django_assert_num_queries, time_machine):
    time_machine.move_to(NOW, tick=False)
    token, secret = made(sam)
    with acting_from(Origin("api", "203.0.113.24", "r1")):
        personal_tokens.resolve(secret)
        token.refresh_from_db()
        assert (token.last_used_at, token.last_used_address) == (NOW, "203.0.113.24")
        time_machine.move_to(NOW + timedelta(seconds=59), tick=False)
        with django_assert_num_queries(1):
            assert personal_tokens.resolve(secret).user.username == "sam"
        token.refresh_from_db()
        assert token.last_used_at == NOW
        time_machine.move_to(NOW + timedelta(seconds=60), tick=False)
        personal_tokens.resolve(secret)
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


def test_of_many_uses_at_once_one_is_noted(sam, time_machine):
    """Two requests read the row before either wrote: the second write finds it noted."""
    time_machine.move_to(NOW, tick=False)
    token, _secret = made(sam)
    read_by_two = PersonalToken.objects.get(pk=token.pk)
    with acting_from(Origin("api", "203.0.113.24", "r1")):
        personal_tokens.note_use(token)
    with acting_from(Origin("api", "203.0.113.99", "r2")):
        personal_tokens.note_use(read_by_two)
    token.refresh_from_db()
    assert token.last_used_address == "203.0.113.24"


def test_a_database_that_takes_no_writes_still_lets_a_script_read(sam):
    def read_only(execute, sql, *rest):
        if sql.startswith("UPDATE"):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, *rest)

    token, secret = made(sam)
    with connection.execute_wrapper(read_only):
        assert personal_tokens.resolve(secret).user == sam
    token.refresh_from_db()
    assert token.last_used_at is None


def test_a_mistyped_token_is_refused_without_a_query(sam, django_assert_num_queries):
    _token, secret = made(sam)
    mistyped = secret[:25] + ("A" if secret[25] != "A" else "B") + secret[26:]
    with django_assert_num_queries(0):
        for wrong in (mistyped, secret[:-1], secret + "0", f" {secret}", f"{secret}\n", secret[:-1] + "é", ""):
            assert refusal(wrong) == "token_invalid", wrong


def test_a_token_that_nobody_made_is_invalid(sam):
    made(sam)
    assert refusal(personal_tokens.new_secret()) == "token_invalid"


def test_a_token_expires_on_its_last_day(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    token, secret = made(sam, days=30)
    time_machine.move_to(NOW + timedelta(days=30, seconds=-1), tick=False)
    personal_tokens.resolve(secret)
    assert token.ended_at is None
    time_machine.move_to(NOW + timedelta(days=30), tick=False)
    assert refusal(secret) == "token_expired"
    assert (token.ended_at, token.ended_because, str(token.end_label)) == (token.expires_at, "expired", "Expired")


# --- Ending them -----------------------------------------------------------------------------------------------------


def test_a_revoked_token_is_refused_from_the_next_use_on(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    (token, secret), (other, kept) = made(sam), made(sam, "Other")
    assert personal_tokens.revoke(actor=sam, token=token)
    assert refusal(secret) == "session_ended"
    assert personal_tokens.resolve(kept) == other
    token.refresh_from_db()
    assert (token.revoked_at, token.ended_at, token.ended_because) == (NOW, NOW, "revoked")
    assert [line.sentence for line in Activity.objects.filter(kind="token.revoked")] == [
        "API token “Till sync” revoked"
    ]


def test_revoking_twice_changes_nothing_more(sam, ada, time_machine):
    time_machine.move_to(NOW, tick=False)
    token, _secret = made(sam)
    personal_tokens.revoke(actor=sam, token=token)
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    assert not personal_tokens.revoke(actor=ada, token=token)
    token.refresh_from_db()
    assert (token.revoked_at, token.revoked_because) == (NOW, "revoked")
    assert Activity.objects.filter(kind="token.revoked").count() == 1


def test_an_admin_ends_anybodys_token_and_nobody_else_does(ada, sam, cleo):
    token, secret = made(sam)
    with pytest.raises(NotAllowed) as refused:
        personal_tokens.revoke(actor=cleo, token=token)
    assert refused.value.code == "permission_denied"
    personal_tokens.resolve(secret)
    personal_tokens.revoke(actor=ada, token=token)
    assert refusal(secret) == "session_ended"
    token.refresh_from_db()
    assert token.revoked_because == "revoked_by_admin"
    line = Activity.objects.get(kind="token.revoked")
    assert (line.person, line.by_another, line.icon) == (sam, "Ada Okafor", "lock")


def test_making_one_is_written_down_with_its_scopes(sam):
    made(sam, "Till {sync}", ["read", "stock"])
    line = Activity.objects.get()
    assert (line.actor, line.person, line.sentence) == (sam, sam, "API token “Till {sync}” created")
    assert line.details == {"token": ["", "Till {sync}"], "scopes": ["", "read,stock"]}


def test_deactivation_ends_every_token_for_good(ada, sam):
    (_one, first), (_two, second), (_hers, other) = made(sam, "One"), made(sam, "Two"), made(ada)
    people.set_active(actor=ada, person=sam, active=False)
    assert refusal(first) == refusal(second) == "session_ended"
    people.set_active(actor=ada, person=sam, active=True)
    assert refusal(first) == refusal(second) == "session_ended"
    assert personal_tokens.resolve(other).user == ada
    assert {str(token.end_label) for token in personal_tokens.shown(sam)} == {str(ENDS["deactivated"])}
    line = Activity.objects.get(kind="token.all_ended")
    assert (line.person, line.actor, line.sentence) == (sam, ada, "API tokens ended: One, Two")


def test_the_deactivation_of_who_has_none_says_nothing_of_tokens(ada, sam):
    people.set_active(actor=ada, person=sam, active=False)
    assert not Activity.objects.filter(kind="token.all_ended").exists()


def test_a_deactivation_behind_our_back_refuses_the_token_too(sam):
    _token, secret = made(sam)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert refusal(secret) == "session_ended"


def test_deleting_the_person_deletes_their_tokens(ada, sam, cleo):
    _token, secret = made(sam)
    people.delete(actor=ada, person=sam, successor=cleo)
    assert refusal(secret) == "token_invalid"
    assert not PersonalToken.objects.exists()


def test_a_changed_password_and_a_changed_role_leave_tokens_alone(ada, sam):
    _token, secret = made(sam, scopes=["read", "products"])
    passwords.change(person=sam, current=PASSWORD, new="four unrelated words together")
    people.change_role(actor=ada, person=sam, role=Role.CLIENT)
    assert personal_tokens.resolve(secret).user.role == Role.CLIENT


# --- Lists and housekeeping ------------------------------------------------------------------------------------------


def test_a_page_shows_the_living_first_and_ten_that_ended(sam, ada):
    ended = [made(sam, f"Old {number}")[0] for number in range(12)]
    for token in ended:
        personal_tokens.revoke(actor=sam, token=token)
    made(ada)
    living = [made(sam, name)[0] for name in ("First", "Second")]
    ended.append(made(sam, "Latest")[0])
    personal_tokens.revoke(actor=sam, token=ended[-1])
    assert personal_tokens.shown(sam) == [*living[::-1], *ended[:-11:-1]]
    assert personal_tokens.shown(UserFactory()) == []


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_what_ended_is_kept_for_thirty_days(end, sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    token, _secret = made(sam, days=365 if end == "revoked" else 30)
    made(sam, "Lives on", days=365)
    time_machine.move_to(NOW + timedelta(days=30), tick=False)
    if end == "revoked":
        personal_tokens.revoke(actor=sam, token=token)
    time_machine.move_to(NOW + timedelta(days=60), tick=False)
    assert personal_tokens.purge_ended() == 0
    time_machine.move_to(NOW + timedelta(days=60, seconds=1), tick=False)
    assert personal_tokens.purge_ended() == 1
    assert [str(row) for row in PersonalToken.objects.all()] == ["Lives on"]
