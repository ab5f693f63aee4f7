"""The log of a person over the API: one's own, and for admins anybody's."""

import pytest

from accounts.models import Activity
from accounts.services import people, tokens
from site_config.lib.origin import Origin, acting_from


@pytest.fixture
def past(ada, sam, cleo):
    """What ada did to sam from her address, and what sam did from his."""
    with acting_from(Origin("page", "198.51.100.7", "r1")):
        people.change_role(actor=ada, person=sam, role="client")
        people.edit(actor=ada, person=cleo, name="Cleo M.")
    with acting_from(Origin("api", "203.0.113.24", "r2")):
        people.edit(actor=sam, person=sam, name="Sam R.")


def test_an_admin_reads_what_happened_to_a_person_the_newest_first(api_of, ada, sam, past):
    body = api_of(ada).get(f"/api/users/{sam.pk}/activity/").json()
    assert [row["kind"] for row in body["results"]] == ["person.edited", "person.role_changed"]
    assert {name: body["results"][1][name] for name in body["results"][1] if name not in ("id", "at")} == {
        "kind": "person.role_changed",
        "sentence": "Role changed from Staff to Client",
        "actor": ada.pk,
        "actor_name": "Ada Okafor",
        "details": {"role": ["staff", "client"]},
        "source": "page",
        "address": "198.51.100.7",
        "request_id": "r1",
    }
    oldest = api_of(ada).get(f"/api/users/{sam.pk}/activity/?ordering=id").json()["results"][0]
    assert oldest["kind"] == "person.role_changed"


def test_everyone_reads_their_own_and_is_not_told_where_others_acted_from(api_of, sam, past):
    rows = api_of(sam).get("/api/users/me/activity/").json()["results"]
    assert [(row["kind"], row["address"]) for row in rows] == [
        ("api.signed_in", None),
        ("person.edited", "203.0.113.24"),
        ("person.role_changed", None),
    ]


def test_an_admin_is_told_where_others_acted_from_on_their_own_log_too(api_of, ada, past):
    bea = tokens.User.objects.create_user("bea", "bea@example.com", role="admin")
    with acting_from(Origin("page", "192.0.2.9", "r3")):
        people.edit(actor=bea, person=ada, name="Ada O.")
    rows = api_of(ada).get("/api/users/me/activity/").json()["results"]
    assert rows[-1]["address"] == "192.0.2.9"


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_nobody_else_reads_somebodys_log(who, api_of, ada, sam, cleo, past, request):
    for person in (ada, request.getfixturevalue(who)):
        refused = api_of(request.getfixturevalue(who)).get(f"/api/users/{person.pk}/activity/")
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert api_of().get(f"/api/users/{sam.pk}/activity/").status_code == 401


def test_a_long_log_comes_a_page_at_a_time_at_the_same_cost(api_of, ada, sam, past, django_assert_max_num_queries):
    for number in range(10):
        people.edit(actor=ada, person=sam, name=f"N{number}")
    script, url, seen = api_of(ada), f"/api/users/{sam.pk}/activity/?page_size=5", []
    while url:
        with django_assert_max_num_queries(3):
            page = script.get(url).json()
        seen, url = seen + [row["id"] for row in page["results"]], page["next"]
    assert seen == list(Activity.objects.filter(person=sam).order_by("-id").values_list("id", flat=True))


def test_an_unknown_parameter_is_named(api_of, ada):
    refused = api_of(ada).get("/api/users/me/activity/?sort=kind")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/sort")


def test_who_did_it_stays_written_when_they_are_gone(api_of, ada, sam, cleo, past):
    people.delete(actor=ada, person=sam, successor=ada)
    people.edit(actor=ada, person=cleo, name="Cleo")
    rows = api_of(ada).get(f"/api/users/{cleo.pk}/activity/").json()["results"]
    assert {row["actor_name"] for row in rows} == {"Ada Okafor"}


def test_an_admin_reads_everybodys_log(api_of, ada, sam, cleo, past):
    rows = api_of(ada).get("/api/activity/?kind=person.edited").json()["results"]
    assert [(row["actor"], row["person"], row["person_name"]) for row in rows] == [
        (sam.pk, sam.pk, "Sam R."),
        (ada.pk, cleo.pk, "Cleo M."),
    ]
    assert [api_of(person).get("/api/activity/").status_code for person in (sam, cleo, None)] == [403, 403, 401]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("person=cleo", 1),
        ("address=203.0.113.24", 1),
        ("since=2999-01-01", 0),
        ("until=2999-01-01&kind=person.edited", 2),
    ],
)
def test_the_log_is_narrowed_as_on_the_page(query, number, api_of, ada, past):
    assert len(api_of(ada).get(f"/api/activity/?{query}").json()["results"]) == number


@pytest.mark.parametrize("query", ["kind=no.such", "since=yesterday", "until=32", "address=here"])
def test_a_filter_that_cannot_be_understood_is_named(query, api_of, ada):
    refused = api_of(ada).get(f"/api/activity/?{query}")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, f"/{query.split('=')[0]}")


def test_ones_own_log_is_narrowed_too(api_of, ada, sam, past):
    rows = api_of(sam).get("/api/users/me/activity/?kind=person.role_changed").json()["results"]
    assert [row["kind"] for row in rows] == ["person.role_changed"]
    refused = api_of(sam).get("/api/users/me/activity/?address=203.0.113.24")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/address")
    assert len(api_of(ada).get(f"/api/users/{sam.pk}/activity/?kind=person.edited").json()["results"]) == 1
