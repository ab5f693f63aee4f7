"""Entity tags of people: nobody's change is overwritten unseen."""

from contextlib import nullcontext

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import people
from tests.parallel import at_once, before_commit


def url_of(person) -> str:
    return f"/api/users/{person.pk}/"


def test_a_person_is_tagged_and_unchanged_is_304(api_of, ada, sam):
    script = api_of(ada)
    tag = script.get(url_of(sam))["ETag"]
    assert script.get(url_of(sam), HTTP_IF_NONE_MATCH=tag).status_code == 304
    people.edit(actor=ada, person=sam, name="Sam R.")
    again = script.get(url_of(sam), HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again["ETag"] == tag) == (200, False)


def test_a_change_of_what_was_read_is_made_and_answers_the_next_tag(api_of, ada, sam):
    script = api_of(ada)
    tag = script.get(url_of(sam))["ETag"]
    changed = script.patch(url_of(sam), {"name": "Sam R."}, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Sam R.")
    assert changed["ETag"] == script.get(url_of(sam))["ETag"] != tag
    put = script.put(url_of(sam), {**changed.json(), "name": "Sam"}, HTTP_IF_MATCH=changed["ETag"])
    assert (put.status_code, put["ETag"]) == (200, script.get(url_of(sam))["ETag"])


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_write_onto_what_somebody_changed_is_refused_with_the_present_state(method, api_of, ada, sam, cleo):
    script = api_of(ada)
    read = script.get(url_of(sam))
    people.edit(actor=ada, person=sam, phone="+44 20 7946 0123")
    body = {**read.json(), "name": "Overwritten", "phone": ""}
    url = url_of(sam) + (f"?successor={cleo.pk}" if method == "delete" else "")
    refused = getattr(script, method)(url, body, HTTP_IF_MATCH=read["ETag"])
    assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
    assert refused.json()["current"] == script.get(url_of(sam)).json()
    sam.refresh_from_db()
    assert (sam.name, sam.phone) == ("Sam Reyes", "+44 20 7946 0123")


def test_a_deletion_of_what_was_read_is_made(api_of, ada, sam, cleo):
    script = api_of(ada)
    tag = script.get(url_of(sam))["ETag"]
    assert script.delete(f"{url_of(sam)}?successor={cleo.pk}", HTTP_IF_MATCH=tag).status_code == 204


@pytest.mark.parametrize(
    ("header", "status"),
    [("*", 200), ('"x", {tag}', 200), ("W/{tag}", 200), ('"x"', 412), ("", 412), ("nonsense", 412)],
)
def test_if_match_is_read_as_the_standard_says(header, status, api_of, ada, sam):
    script = api_of(ada)
    tag = script.get(url_of(sam))["ETag"]
    answer = script.patch(url_of(sam), {"name": "Sam R."}, HTTP_IF_MATCH=header.format(tag=tag))
    assert answer.status_code == status


def test_without_if_match_the_last_one_wins(api_of, ada, sam):
    people.edit(actor=ada, person=sam, name="Somebody else’s")
    assert api_of(ada).patch(url_of(sam), {"name": "Mine"}).json()["name"] == "Mine"


def test_the_tag_holds_for_the_form_that_was_asked_for(api_of, ada, sam):
    """An indented answer has other bytes, so another tag; it fits a write that asks for the same."""
    script, indented = api_of(ada), {"HTTP_ACCEPT": "application/json; indent=4"}
    plain, tag = script.get(url_of(sam))["ETag"], script.get(url_of(sam), **indented)["ETag"]
    assert plain != tag
    assert script.patch(url_of(sam), {"name": "A"}, HTTP_IF_MATCH=tag, **indented).status_code == 200


def test_ones_own_profile_is_guarded_the_same_way(api_of, ada, sam):
    script = api_of(sam)
    tag = script.get("/api/users/me/")["ETag"]
    first = script.patch("/api/users/me/", {"name": "Sam R."}, HTTP_IF_MATCH=tag)
    assert (first.status_code, first["ETag"]) == (200, script.get("/api/users/me/")["ETag"])
    late = script.patch("/api/users/me/", {"name": "Sammy"}, HTTP_IF_MATCH=tag)
    assert (late.status_code, late.json()["current"]["name"]) == (412, "Sam R.")


def test_a_rehearsal_keeps_to_it_too(api_of, ada, sam):
    refused = api_of(ada).patch(f"{url_of(sam)}?dry_run=true", {"name": "A"}, HTTP_IF_MATCH='"x"')
    assert refused.status_code == 412


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_read_the_same_the_second_to_write_is_refused(api_of, ada, sam):
    first, second = api_of(ada), api_of(ada)
    tag = first.get(url_of(sam))["ETag"]
    with before_commit(lambda: second.patch(url_of(sam), {"name": "Second"}, HTTP_IF_MATCH=tag)) as rival:
        assert first.patch(url_of(sam), {"name": "First"}, HTTP_IF_MATCH=tag).status_code == 200
    assert rival.result().status_code == 412
    assert User.objects.get(pk=sam.pk).name == "First"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_it_is_the_hold_that_refuses_the_second(api_of, ada, sam, monkeypatch):
    """Compared without it, the tag still fits while the first has not committed, and the second overwrites."""
    monkeypatch.setattr(people, "held", nullcontext)
    first, second = api_of(ada), api_of(ada)
    tag = first.get(url_of(sam))["ETag"]
    with before_commit(lambda: second.patch(url_of(sam), {"name": "Second"}, HTTP_IF_MATCH=tag)) as rival:
        first.patch(url_of(sam), {"name": "First"}, HTTP_IF_MATCH=tag)
    assert rival.result().status_code in ({200} if connection.vendor == "postgresql" else {200, 412})


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_admins_who_hold_each_other_never_deadlock(api_of, ada):
    bea = User.objects.create_user("bea", "bea@example.com", role="admin")
    pairs = [(api_of(ada), bea), (api_of(bea), ada)]

    def write(number: int) -> int:
        script, person = pairs[number % 2]
        fields = {"name": f"N{number}", "is_active": True}
        return script.patch(url_of(person), fields, HTTP_IF_MATCH="*").status_code

    assert set(at_once(write, times=40, workers=4)) == {200}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_who_was_deleted_meanwhile_is_a_conflict(api_of, ada, sam, cleo):
    script = api_of(ada)
    with before_commit(lambda: script.patch(url_of(sam), {"name": "Late"}, HTTP_IF_MATCH="*")) as rival:
        people.delete(actor=ada, person=sam, successor=cleo)
    assert rival.result().status_code in (404, 409)
