"""A sign-in of a script: a family of tokens with one winner per rotation and an end that holds at once."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import Activity, ApiSession, User
from accounts.services import people, tokens

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(tokens.Refused) as refused:
        act(*args, **kwargs)
    assert refused.value.status == 401
    return refused.value.code


def works(pair) -> bool:
    try:
        tokens.session_of(tokens.parse(pair["access"], AccessToken))
    except tokens.Refused:
        return False
    return True


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_sign_in_starts_a_family_of_its_own(ada, sam):
    first, second = tokens.sign_in(person=sam), tokens.sign_in(person=sam)
    assert claims(first["access"])["sid"] == claims(first["refresh"])["sid"] != claims(second["access"])["sid"]
    assert claims(first["access"])["sub"] == str(sam.pk)
    assert tokens.session_of(tokens.parse(first["access"], AccessToken)).user == sam
    assert Activity.objects.filter(kind="api.signed_in", person=sam).count() == 2


def test_refreshing_gives_a_new_pair_and_uses_the_token_up(sam):
    old = tokens.sign_in(person=sam)
    new = tokens.refresh(token=old["refresh"])
    assert new["refresh"] != old["refresh"]
    assert works(new)
    assert refusal(tokens.refresh, token=old["refresh"]) == "token_rotated"
    assert works(tokens.refresh(token=new["refresh"]))


@pytest.mark.parametrize(("seconds", "code", "lives"), [(10, "token_rotated", True), (11, "token_blacklisted", False)])
def test_a_used_token_is_told_so_for_ten_seconds_and_then_ends_the_family(
    seconds, code, lives, sam, cleo, time_machine
):
    time_machine.move_to(NOW, tick=False)
    old, other = tokens.sign_in(person=sam), tokens.sign_in(person=sam)
    new = tokens.refresh(token=old["refresh"])
    time_machine.move_to(NOW + timedelta(seconds=seconds), tick=False)
    assert refusal(tokens.refresh, token=old["refresh"]) == code
    assert works(new) is lives
    assert works(other)
    assert Activity.objects.filter(kind="api.token_reused", person=sam).exists() is not lives


def test_a_token_of_two_rotations_ago_ends_the_family_at_once(sam):
    first = tokens.sign_in(person=sam)
    third = tokens.refresh(token=tokens.refresh(token=first["refresh"])["refresh"])
    assert refusal(tokens.refresh, token=first["refresh"]) == "token_blacklisted"
    assert refusal(tokens.refresh, token=third["refresh"]) == "token_blacklisted"
    assert not works(third)


def test_rotation_does_not_lengthen_the_family(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    old = tokens.sign_in(person=sam)
    end = claims(old["refresh"])["exp"]
    time_machine.move_to(NOW + timedelta(days=14) - timedelta(minutes=1), tick=False)
    new = tokens.refresh(token=old["refresh"])
    assert claims(new["refresh"])["exp"] == claims(new["access"])["exp"] == end
    time_machine.move_to(NOW + timedelta(days=14, seconds=1), tick=False)
    assert refusal(tokens.refresh, token=new["refresh"]) == "token_expired"


def test_an_access_token_works_for_fifteen_minutes(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    pair = tokens.sign_in(person=sam)
    time_machine.move_to(NOW + timedelta(minutes=15) - timedelta(seconds=1), tick=False)
    assert works(pair)
    time_machine.move_to(NOW + timedelta(minutes=15, seconds=1), tick=False)
    assert refusal(tokens.parse, pair["access"], AccessToken) == "token_expired"
    assert works(tokens.refresh(token=pair["refresh"]))


def test_an_ended_sign_in_stays_ended_and_the_others_go_on(sam):
    ended, other = tokens.sign_in(person=sam), tokens.sign_in(person=sam)
    session = tokens.session_of(tokens.parse(ended["access"], AccessToken))
    tokens.end(session, "logged_out")
    tokens.end(session, "again")
    assert refusal(tokens.refresh, token=ended["refresh"]) == "session_ended"
    assert ApiSession.objects.get(pk=session.pk).ended_because == "logged_out"
    assert works(other)


def test_nothing_works_for_a_deactivated_person_and_reactivation_revives_nothing(ada, sam):
    pair = tokens.sign_in(person=sam)
    people.set_active(actor=ada, person=sam, active=False)
    assert refusal(tokens.refresh, token=pair["refresh"]) == "session_ended"
    people.set_active(actor=ada, person=sam, active=True)
    assert refusal(tokens.refresh, token=pair["refresh"]) == "session_ended"
    assert works(tokens.sign_in(person=sam))


def test_a_flag_alone_is_enough_to_refuse(sam, cleo):
    pair, other = tokens.sign_in(person=sam), tokens.sign_in(person=cleo)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert not works(pair)
    assert works(other)


def test_a_deleted_persons_tokens_are_invalid_not_an_error(ada, sam, cleo, api_of):
    script, other = api_of(sam), api_of(cleo)
    people.delete(actor=ada, person=sam, successor=ada)
    answer = script.get("/api/protected/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert other.get("/api/protected/").status_code == 200


def test_purging_deletes_what_is_past_its_end(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    tokens.sign_in(person=sam)
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    tokens.sign_in(person=sam)
    time_machine.move_to(NOW + timedelta(days=14, seconds=1), tick=False)
    assert tokens.purge_expired() == 1
    assert (tokens.purge_expired(), ApiSession.objects.count()) == (0, 1)


def test_a_session_reads_as_person_and_time(sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    tokens.sign_in(person=sam)
    assert str(ApiSession.objects.get()) == "Sam Reyes 2026-03-02 09:00"


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(sam):
    pair = tokens.sign_in(person=sam)
    assert refusal(tokens.parse, pair["refresh"], AccessToken) == "token_invalid"
    assert refusal(tokens.parse, pair["access"], RefreshToken) == "token_invalid"


def test_nobody_signs_in_who_was_deactivated_or_got_a_new_password_meanwhile(sam, cleo):
    known = User.objects.get(pk=sam.pk)
    sam.set_password("another long password")
    sam.save()
    with pytest.raises(tokens.Refused, match="This sign-in has ended"):
        tokens.sign_in(person=known)
    cleo.is_active = False
    cleo.save()
    with pytest.raises(tokens.Refused):
        tokens.sign_in(person=cleo)
    assert not ApiSession.objects.exists()
    assert tokens.sign_in(person=sam)["access"]
