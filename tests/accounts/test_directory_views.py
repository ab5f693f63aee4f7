"""The list of people as admins need it: second factors, orders, menus and the file; and a person's facts."""

import csv
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.models import Activity, Mail, User
from accounts.services import activity, people
from tests.factories import UserFactory


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def names(answer) -> list[str]:
    return [person.username for person in answer.context["page"].rows]


def factor(person, kind="totp"):
    Authenticator.objects.create(user=person, type=kind, data={})


def signed_in(person, minutes_ago):
    User.objects.filter(pk=person.pk).update(last_login=timezone.now() - timedelta(minutes=minutes_ago))


def test_the_list_says_what_everyone_signs_in_with(admin, ada, sam, cleo):
    factor(ada, "webauthn")
    factor(sam)
    page = text(admin.get("/users/"))
    for part in (">Two-step</th>", ">Passkey</td>", ">Authenticator app</td>", ">None</span>"):
        assert part in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("factor=any", ["sam"]),
        ("factor=none", ["ada", "cleo"]),
        ("factor=none&role=client", ["cleo"]),
        ("factor=odd", ["ada", "cleo", "sam"]),
        ("sort=-last_login", ["cleo", "sam", "ada"]),
        ("sort=-last_login&factor=none", ["cleo", "ada"]),
    ],
)
def test_the_list_is_narrowed_by_second_factor_and_ordered_by_last_sign_in(query, found, admin, api_of, ada, sam, cleo):
    factor(sam)
    signed_in(sam, 9)
    signed_in(cleo, 3)
    User.objects.filter(pk=ada.pk).update(last_login=None)
    assert names(admin.get(f"/users/?{query}")) == found
    if "odd" not in query:
        ordered = query.replace("sort=", "ordering=") + ("" if "sort" in query else "&ordering=name")
        rows = api_of(ada).get(f"/api/users/?{ordered}").json()["results"]
        assert [row["username"] for row in rows] == found


@pytest.mark.parametrize("order", ["last_login", "-last_login"])
def test_everyone_is_on_one_page_also_those_who_never_signed_in(order, admin, api_of, ada):
    never = UserFactory.create_batch(4)
    for minutes, person in enumerate(UserFactory.create_batch(4)):
        signed_in(person, minutes)
    script, url, seen = api_of(ada), f"/api/users/?ordering={order}&page_size=2", []
    while url:
        page = script.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 9
    at_the_end = seen[-4:] if order.startswith("-") else seen[:4]
    assert set(at_the_end) <= {person.pk for person in never} | {ada.pk}


def test_pages_in_the_order_of_the_last_sign_in_follow_each_other(admin, ada):
    for minutes, person in enumerate(UserFactory.create_batch(30)):
        signed_in(person, minutes)
    first = admin.get("/users/?sort=-last_login")
    second = admin.get(f"/users/?sort=-last_login&cursor={first.context['page'].next}")
    assert len(set(names(first) + names(second))) == 31
    back = admin.get(f"/users/?sort=-last_login&cursor={second.context['page'].previous}")
    assert names(back) == names(first)


def test_each_row_has_a_menu_of_its_own(admin, sam, cleo):
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    page = text(admin.get("/users/"))
    assert 'aria-label="Actions for Sam Reyes"' in page
    assert f'action="/users/{sam.pk}/deactivate/"' in page
    assert f'action="/users/{cleo.pk}/reactivate/"' in page
    assert f'action="/users/{cleo.pk}/deactivate/"' not in page


# --- One person


def test_the_page_of_a_person_has_its_facts(admin, ada, sam):
    page = text(admin.get(f"/users/{sam.pk}/"))
    assert "<dt>Two-step</dt><dd>None</dd>" in page
    assert "<dt>Password changed</dt><dd>Never</dd>" in page
    assert "Invited by" not in page
    factor(sam)
    activity.record("person.password_changed", actor=sam, person=sam)
    page = text(admin.get(f"/users/{sam.pk}/"))
    assert "<dt>Two-step</dt><dd>Authenticator app</dd>" in page
    assert "<dt>Password changed</dt><dd><time" in page


def test_the_menu_of_a_person_offers_what_can_be_done(admin, ada, sam):
    menu = text(admin.get(f"/users/{sam.pk}/")).split('id="more"')[1].split("</div>")[0]
    assert "Deactivate user" in menu
    assert "Delete user" in menu
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert "Reactivate user" in text(admin.get(f"/users/{sam.pk}/")).split('id="more"')[1].split("</div>")[0]
    own = text(admin.get(f"/users/{ada.pk}/")).split('id="more"')[1].split("</div>")[0]
    assert "<button" not in own
    assert people.last_admin() in own


def test_another_address_is_announced_at_the_old_one(admin, ada, sam, django_capture_on_commit_callbacks):
    body = {"name": "Sam O'Reyes", "username": "sam", "email": "sam@new.example", "phone": ""}
    assert admin.post(f"/users/{sam.pk}/", body).status_code == 302
    mail = Mail.objects.get(kind="email_changed_by_admin")
    assert (mail.to, mail.person) == ("sam@example.com", sam)
    for part in ("Sam O'Reyes", "Ada Okafor", "sam@new.example"):
        assert part in mail.text
    assert "sam@new.example" in mail.html
    assert admin.post(f"/users/{sam.pk}/", {**body, "name": "S"}).status_code == 302
    assert Mail.objects.count() == 1


def test_an_admins_own_new_address_is_announced_too(admin, ada):
    body = {"name": "Ada", "username": "ada", "email": "ada@new.example", "phone": ""}
    assert admin.post(f"/users/{ada.pk}/", body).status_code == 302
    assert Mail.objects.get().to == "ada@example.com"


def test_a_rehearsed_or_refused_address_is_announced_to_nobody(api_of, ada, sam, cleo):
    script = api_of(ada)
    assert script.patch(f"/api/users/{sam.pk}/?dry_run=true", {"email": "x@new.example"}).status_code == 200
    assert script.patch(f"/api/users/{sam.pk}/", {"email": "CLEO@example.com"}).status_code == 400
    assert not Mail.objects.exists()
    assert script.patch(f"/api/users/{sam.pk}/", {"email": "x@new.example"}).status_code == 200
    assert Mail.objects.get().to == "sam@example.com"


# --- The file


def rows_of(answer) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(content.removeprefix("\ufeff").splitlines()))


def test_the_file_is_exactly_the_list_as_it_is_narrowed(admin, ada, sam, cleo):
    factor(sam)
    answer = admin.get("/users/export/?factor=none&sort=-id&utm=x&cursor=y")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="users.csv"'
    header, *rows = rows_of(answer)
    assert header[0] == "Username"
    assert [row[0] for row in rows] == names(admin.get("/users/?factor=none&sort=-id")) == ["cleo", "ada"]
    assert Activity.objects.get(kind="people.exported").details["count"] == ["", 2]
    assert [row[0] for row in rows_of(admin.get("/users/export/?sort=-last_login"))[1:]][-1] == "sam"


def test_the_list_links_to_its_own_file(admin, sam):
    page = text(admin.get("/users/?q=sam&role=staff", HTTP_HX_REQUEST="true"))
    assert 'href="/users/export/?q=sam&amp;role=staff"' in page


def test_a_name_that_a_spreadsheet_would_run_is_only_text_there(admin, ada, sam):
    people.edit(actor=ada, person=sam, name='=HYPERLINK("http://x","y")', phone="+44 20 7946 0123")
    row = rows_of(admin.get("/users/export/?q=sam"))[1]
    assert (row[1], row[3]) == ('\'=HYPERLINK("http://x","y")', "'+44 20 7946 0123")
