"""Many people ticked on the list: the preview, the act, and what comes in between."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Activity, User
from accounts.services import people
from tests.factories import UserFactory
from tests.recent import age


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer) -> str:
    return answer.content.decode()


def act(client, what, *persons, **fields):
    ids = [getattr(person, "pk", person) for person in persons]
    return client.post("/users/bulk/", {"act": what, "ids": ids, **fields})


def sure(client, what, *persons, expected=None):
    told = persons if expected is None else expected
    return act(client, what, *persons, sure="1", expected=[person.pk for person in told])


def roles() -> dict[str, str]:
    return dict(User.objects.values_list("username", "role"))


def test_the_rows_of_the_list_can_be_ticked_and_every_act_chosen(admin, ada, sam):
    page = text(admin.get("/users/"))
    assert f'name="ids" value="{sam.pk}" form="bulk"' in page
    for value in ("admin", "staff", "client", "deactivate", "reactivate"):
        assert f'<option value="{value}">' in page


def test_a_preview_names_and_counts_who_changes_and_who_is_left_out_and_why(admin, ada, sam, cleo):
    bob = UserFactory(username="bob", name="Bob Ray")
    page = act(admin, "client", ada, sam, cleo, bob, 999)
    assert page.status_code == 200
    for part in (
        "Make client: 2 users", "Sam Reyes", "Bob Ray", "Change 2 users", "3 users are left out",
        "Nobody changes themselves among others. Ask another admin.", "Nothing to change.", "Deleted user",
    ):  # fmt: skip
        assert part in text(page)
    assert roles() == {"ada": "admin", "sam": "staff", "cleo": "client", "bob": "staff"}


@pytest.mark.parametrize(
    ("what", "effect"),
    [("admin", "A new role is in force"), ("deactivate", "Ends every session"), ("reactivate", "Lets them sign in")],
)
def test_a_preview_tells_the_effect(what, effect, admin, sam, cleo):
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    assert effect in text(act(admin, what, sam, cleo))


def test_nobody_to_change_leaves_nothing_to_press(admin, ada):
    page = text(act(admin, "deactivate", ada))
    assert "Nobody of those you chose would change." in page
    assert 'name="expected"' not in page
    assert "Change 0" not in page


def test_who_is_sure_changes_exactly_those_who_were_named(admin, page_of, sam, cleo):
    his = page_of(sam)
    answer = sure(admin, "deactivate", sam, cleo)
    assert (answer.status_code, answer["Location"]) == (302, "/users/")
    assert "2 users changed" in text(admin.get("/users/"))
    assert his.get("/account/").status_code == 302
    assert Activity.objects.filter(kind="person.deactivated").count() == 2
    answer = sure(admin, "reactivate", sam, expected=[sam])
    assert "1 user changed" in text(admin.get(answer["Location"]))
    assert sure(admin, "client", sam).status_code == 302
    assert roles()["sam"] == "client"


def test_a_preview_that_is_out_of_date_is_shown_anew(admin, ada, sam, cleo):
    people.change_role(actor=ada, person=sam, role="client")
    page = sure(admin, "client", sam, cleo, expected=[sam])
    assert page.status_code == 409
    assert "Somebody changed these users a moment ago." in text(page)
    assert 'name="expected"' not in text(page)
    assert Activity.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({}, {"act", "ids"}),
        ({"act": "client"}, {"ids"}),
        ({"act": "owner", "ids": ["1"]}, {"act"}),
        ({"act": "client", "ids": ["x"]}, {"ids"}),
        ({"act": "client", "ids": ["0"]}, {"ids"}),
        ({"act": "client", "ids": ["-1"]}, {"ids"}),
        ({"act": "client", "ids": ["١"]}, {"ids"}),
        ({"act": "client", "ids": ["9" * 19]}, {"ids"}),
        ({"act": "client", "ids": ["9" * 5000]}, {"ids"}),
        ({"act": "client", "ids": [str(pk) for pk in range(1, 502)]}, {"ids"}),
        ({"act": "client", "ids": ["1"], "expected": ["x"], "sure": "1"}, {"expected"}),
    ],
)
def test_what_makes_no_sense_comes_back_with_what_to_do(fields, at, admin, sam):
    page = admin.post("/users/bulk/", fields)
    assert (page.status_code, set(page.context["form"].errors)) == (422, at)
    assert 'role="alert"' in text(page)
    assert roles()["sam"] == "staff"


def test_who_is_sure_without_having_seen_whom_changes_nobody(admin, sam):
    assert act(admin, "client", sam, sure="1").status_code == 409
    assert roles()["sam"] == "staff"


def test_who_signed_in_long_ago_confirms_it_first(admin, sam):
    age(admin)
    answer = sure(admin, "client", sam)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/")
    assert roles()["sam"] == "staff"


def test_a_preview_costs_the_same_for_many_as_for_few(admin, sam):
    act(admin, "client", sam)
    counts = []
    for number in (2, 40):
        persons = UserFactory.create_batch(number)
        with CaptureQueriesContext(connection) as queries:
            assert f"{number} users" in text(act(admin, "client", *persons))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_names_come_back_escaped(admin, ada, sam):
    people.edit(actor=ada, person=sam, name="<script>alert(1)</script>")
    for page in (act(admin, "client", sam), act(admin, "staff", sam)):
        assert "&lt;script&gt;alert" in text(page)
        assert "<script>alert" not in text(page)
