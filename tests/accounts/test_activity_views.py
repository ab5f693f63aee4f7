"""The activity pages: all of it for admins, one's own for everyone, and the file to take away."""

import csv
import io

import pytest

from accounts.models import Activity
from accounts.services import activity, people
from site_config.lib.origin import Origin, acting_from


@pytest.fixture
def past(ada, sam, cleo):
    with acting_from(Origin("page", "198.51.100.7", "r1")):
        people.change_role(actor=ada, person=sam, role="client")
        people.edit(actor=ada, person=cleo, name="=HYPERLINK(1)")
    with acting_from(Origin("api", "203.0.113.24", "r2")):
        activity.record("sign_in.failed", actor=None, person=sam)


def text(answer):
    return answer.content.decode()


def sentences(answer):
    return [line.sentence for line in answer.context["page"].rows]


def test_an_admin_reads_everything_the_newest_first(page_of, ada, past):
    page = page_of(ada).get("/activity/")
    assert sentences(page) == [
        "Wrong password or code",
        "Profile changed: name",
        "Role changed from Staff to Client",
    ]
    assert "203.0.113.24" in text(page)
    assert 'href="/activity/" aria-current="page"' in text(page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("person=sam", ["Wrong password or code", "Role changed from Staff to Client"]),
        ("kind=person.edited", ["Profile changed: name"]),
        ("address=203.0.113.24", ["Wrong password or code"]),
        ("since=2999-01-01", []),
        ("person=nobody-at-all", []),
    ],
)
def test_the_filters_are_in_the_address(query, expected, page_of, ada, past):
    page = page_of(ada).get(f"/activity/?{query}")
    assert sentences(page) == expected
    assert ("Nothing matches" in text(page)) == (not expected)


@pytest.mark.parametrize("query", ["since=yesterday", "address=here", "kind=no.such", "cursor=x"])
@pytest.mark.parametrize("path", ["", "export/"])
def test_a_filter_that_cannot_be_understood_shows_nothing_and_says_why(query, path, page_of, ada, past):
    if path and "cursor" in query:
        return
    page = page_of(ada).get(f"/activity/{path}?{query}")
    assert page.status_code == 422
    assert sentences(page) == []
    assert "needs fixing" in text(page)


def test_a_long_log_comes_a_page_at_a_time_and_keeps_its_filter(page_of, ada):
    for number in range(60):
        activity.record("person.signed_in" if number % 2 else "person.signed_out", actor=ada, person=ada)
    admin, seen, url = page_of(ada), [], "/activity/?kind=person.signed_in&person=ada"
    Activity.objects.filter(kind="person.signed_out").delete()
    for _number in range(30):
        activity.record("person.signed_in", actor=ada, person=ada)
    page = admin.get(url)
    seen += [line.pk for line in page.context["page"].rows]
    page = admin.get(f"{url}&cursor={page.context['page'].next}")
    seen += [line.pk for line in page.context["page"].rows]
    assert seen == list(Activity.objects.filter(kind="person.signed_in").order_by("-pk").values_list("pk", flat=True))
    assert "kind=person.signed_in&amp;person=ada&amp;cursor=" in text(page)


def test_everyone_reads_their_own_and_not_where_others_acted_from(page_of, sam, past):
    page = page_of(sam).get("/account/activity/")
    assert sentences(page) == ["Wrong password or code", "Role changed from Staff to Client"]
    assert "Ada Okafor" in text(page)
    assert "198.51.100.7" not in text(page)
    assert 'href="/users/' not in text(page)
    assert sentences(page_of(sam).get("/account/activity/?kind=sign_in.failed")) == ["Wrong password or code"]


def test_an_empty_log_says_so(page_of, cleo):
    assert "Nothing has happened yet" in text(page_of(cleo).get("/account/activity/"))


def test_the_short_lists_lead_to_the_whole(page_of, ada, sam, past):
    assert 'href="/activity/?person=sam"' in text(page_of(ada).get(f"/users/{sam.pk}/"))
    assert 'href="/account/activity/"' in text(page_of(sam).get("/account/"))


def test_the_file_holds_what_the_page_shows_and_runs_nothing(page_of, ada, cleo, past):
    people.edit(actor=ada, person=cleo, phone="+44 20 7946 0123")
    answer = page_of(ada).get("/activity/export/?person=HYPERLINK&kind=person.edited")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="activity.csv"'
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["When", "Kind", "What", "By", "About", "Source", "Address", "Request"]
    assert [row[1:5] for row in rows[1:]] == [
        ["person.edited", "Profile changed: phone", "Ada Okafor", "'=HYPERLINK(1)"],
        ["person.edited", "Profile changed: name", "Ada Okafor", "'=HYPERLINK(1)"],
    ]
    line = Activity.objects.get(kind="activity.exported")
    assert (line.actor, line.details) == (
        ada,
        {"filter": ["", "person=HYPERLINK kind=person.edited"], "count": ["", 2]},
    )


def test_an_empty_file_is_written_down_too(page_of, ada):
    answer = page_of(ada).get("/activity/export/")
    assert len(answer.getvalue().decode().splitlines()) == 1
    assert Activity.objects.get().details == {"filter": ["", ""], "count": ["", 0]}


@pytest.mark.parametrize("path", ["/activity/", "/activity/export/", "/users/locks/"])
def test_the_whole_log_and_the_locks_are_for_admins(path, page_of, sam, cleo):
    assert [page_of(person).get(path).status_code for person in (sam, cleo)] == [403, 403]
    assert "Administration" not in text(page_of(sam).get("/account/"))
