"""The pages about people, for admins only."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from accounts.models import Activity, User
from accounts.services import people
from products.models import Product
from tests.factories import PASSWORD, ProductFactory, UserFactory

NEW = {"name": "Dan", "username": "dan", "email": "Dan@Example.com", "phone": "", "role": "staff", "password": PASSWORD}
PAGES = [
    ("get", "/users/"),
    ("get", "/users/new/"),
    ("post", "/users/new/"),
    ("get", "/users/{}/"),
    ("post", "/users/{}/"),
    ("get", "/users/export/"),
    ("post", "/users/bulk/"),
    ("get", "/users/{}/role/"),
    ("post", "/users/{}/role/"),
    ("post", "/users/{}/deactivate/"),
    ("post", "/users/{}/reactivate/"),
    ("post", "/users/{}/unlock/"),
    ("get", "/users/{}/delete/"),
    ("post", "/users/{}/delete/"),
]


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer) -> str:
    return answer.content.decode()


def toast(client, answer) -> str:
    page = client.get(answer["Location"])
    return str([str(message) for message in page.context["messages"]])


def lock(person, address="203.0.113.24", failures=5):
    return AccessAttempt.objects.create(
        username=f"user:{person.pk}",
        ip_address=address,
        user_agent="x",
        failures_since_start=failures,
        attempt_time=timezone.now(),
    )


def names(answer) -> list[str]:
    return [person.username for person in answer.context["page"].rows]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_only_admins_get_in(method, path, page_of, ada, sam, cleo):
    columns = [field.name for field in User._meta.fields if field.name != "last_login"]
    before = list(User.objects.order_by("pk").values(*columns))
    for person in (sam, cleo):
        refused = getattr(page_of(person), method)(path.format(ada.pk))
        assert refused.status_code == 403
        assert "Only an admin can manage people." in text(refused)
    away = getattr(page_of(), method)(path.format(ada.pk))
    assert (away.status_code, away["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert list(User.objects.order_by("pk").values(*columns)) == before


@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if "{}" in page[1]])
def test_somebody_who_is_not_there_is_404(method, path, admin):
    for pk in (999, 10**17):
        assert getattr(admin, method)(path.format(pk)).status_code == 404


@pytest.mark.parametrize("path", ["deactivate", "reactivate", "unlock"])
def test_acts_answer_to_post_only(path, admin, sam):
    assert admin.get(f"/users/{sam.pk}/{path}/").status_code == 405


# --- The list


def test_the_list_shows_everyone_by_name_with_role_and_status(admin, ada, sam, cleo):
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    lock(sam)
    page = admin.get("/users/")
    assert names(page) == ["ada", "cleo", "sam"]
    for part in ("Ada Okafor", "cleo@example.com", 'badge bad">Locked', 'badge hollow">Deactivated', "3 of 3 users"):
        assert part in text(page)
    assert 'class="count">3<' in text(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=REYES", ["sam"]),
        ("q=cleo@", ["cleo"]),
        ("q=ADA", ["ada"]),
        ("q=%25", []),
        ("q=_", []),
        ("role=client", ["cleo"]),
        ("role=staff&q=cleo", []),
        ("status=active", ["ada", "sam"]),
        ("status=deactivated", ["cleo"]),
        ("status=locked", ["sam"]),
        ("sort=-id", ["cleo", "sam", "ada"]),
        ("role=owner&status=odd&sort=password", ["ada", "cleo", "sam"]),
        ("q=" + "x" * 5000, ["ada", "cleo", "sam"]),
    ],
)
def test_the_list_is_narrowed_and_ordered_by_its_address(query, found, admin, ada, sam, cleo):
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    lock(sam)
    assert names(admin.get(f"/users/?{query}")) == found


def test_an_empty_list_says_what_to_do(admin):
    page = admin.get("/users/?q=zoe")
    assert page.status_code == 200
    assert "Nobody matches" in text(page)
    assert "Show everyone" in text(page)


def test_every_person_is_on_exactly_one_page(admin, ada):
    UserFactory.create_batch(60, name="Same Name")
    UserFactory(name="No\u00a0break\u200d")
    for query in ("", "sort=-id"):
        seen, url = [], f"/users/?{query}"
        while url:
            page = admin.get(url)
            seen += names(page)
            cursor = page.context["page"].next
            url = f"/users/?{query}&cursor={cursor}" if cursor else ""
        assert len(seen) == len(set(seen)) == 62
    assert 'rel="prev"' in text(page)
    assert 'rel="next"' not in text(page)


@pytest.mark.parametrize("cursor", ["x", "WyJuIiwxLDFd", "é", "W10"])
def test_a_cursor_that_is_not_ours_is_a_clear_refusal(cursor, admin):
    page = admin.get("/users/", {"cursor": cursor})
    assert page.status_code == 422
    assert "This cursor is not one of ours" in text(page)


def test_a_fragment_is_the_rows_and_nothing_around_them(admin, sam):
    part = admin.get("/users/?q=sam", HTTP_HX_REQUEST="true")
    assert text(part).strip().startswith('<div id="rows">')
    assert "Sam Reyes" in text(part)
    assert '<nav class="side"' not in text(part)
    assert "HX-Request" in part["Vary"]


def test_the_list_costs_the_same_for_many_as_for_few(admin, django_assert_max_num_queries):
    UserFactory.create_batch(12)
    for person in User.objects.all()[:6]:
        lock(person)
    admin.get("/users/")  # the first page of a session writes down where it is
    with django_assert_max_num_queries(14):
        admin.get("/users/")
    with django_assert_max_num_queries(6):
        admin.get("/users/", HTTP_HX_REQUEST="true")


# --- Adding


def test_adding_a_person_leads_to_their_page(admin, ada, sam):
    assert "First password" in text(admin.get("/users/new/"))
    answer = admin.post("/users/new/", NEW)
    person = User.objects.get(username="dan")
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{person.pk}/")
    assert (person.email, person.role, person.check_password(PASSWORD)) == ("dan@example.com", "staff", True)
    assert "Dan added" in toast(admin, answer)
    assert Activity.objects.get(kind="person.created").actor == ada


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"username": "SAM"}, "username", "This username already exists."),
        ({"email": "Sam@Example.com"}, "email", "This email address already exists."),
        ({"username": "no spaces"}, "username", "Use letters, digits"),
        ({"username": ""}, "username", "This field is required."),
        ({"email": "nowhere"}, "email", "Enter a valid email address."),
        ({"password": "short"}, "password", "at least 15 characters"),
        ({"password": "x" * 1001}, "password", "at most 1000 characters"),
        ({"role": "owner"}, "role", "Select a valid choice."),
        ({"role": ""}, "role", "This field is required."),
        ({"name": "x\0"}, "name", "Null characters are not allowed."),
        ({"name": "x" * 5000}, "name", "at most 120 characters"),
        ({"phone": "call me"}, "phone", "Enter a phone number"),
    ],
)
def test_what_breaks_a_rule_comes_back_on_its_field(fields, field, sentence, admin, sam):
    page = admin.post("/users/new/", {**NEW, **fields})
    assert page.status_code == 422
    assert sentence in str(page.context["form"].errors[field])
    assert PASSWORD not in text(page)
    assert User.objects.count() == 2


def test_an_empty_form_names_everything_that_is_missing(admin):
    page = admin.post("/users/new/", {})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"username", "email", "role", "password"}


def test_rights_cannot_be_smuggled_in(admin):
    admin.post("/users/new/", {**NEW, "is_active": "", "is_superuser": "1", "session_epoch": "7", "pk": "1"})
    person = User.objects.get(username="dan")
    assert (person.is_active, person.session_epoch) == (True, 0)


# --- One person


def profile(person, **changes):
    return {"name": person.name, "username": person.username, "email": person.email, "phone": person.phone, **changes}


def test_saving_a_profile_changes_that_person_only(admin, ada, sam, cleo):
    answer = admin.post(f"/users/{sam.pk}/", profile(sam, name="Samuel", role="admin", is_active=""))
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{sam.pk}/")
    assert "Profile saved" in toast(admin, answer)
    assert list(User.objects.order_by("pk").values_list("name", "role", "is_active")) == [
        ("Ada Okafor", "admin", True),
        ("Samuel", "staff", True),
        ("Cleo Martin", "client", True),
    ]


@pytest.mark.parametrize("fields", [{"username": "Ada"}, {"email": "ADA@example.com"}, {"email": ""}, {"phone": "x"}])
def test_a_refused_profile_keeps_what_was_typed_and_the_title(fields, admin, ada, sam):
    page = admin.post(f"/users/{sam.pk}/", profile(sam, name="Typed", **fields))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == list(fields)
    assert 'value="Typed"' in text(page)
    assert "<title>Sam Reyes" in text(page)


def test_the_page_shows_facts_and_what_happened(admin, ada, sam, cleo):
    people.change_role(actor=ada, person=sam, role="client")
    people.edit(actor=ada, person=cleo, phone="+44 20 7946 0123")
    page = text(admin.get(f"/users/{sam.pk}/"))
    assert "Role changed from Staff to Client, by Ada Okafor" in page
    assert "Profile changed" not in page
    assert "Never" in page
    User.objects.filter(pk=sam.pk).update(last_login=timezone.now() - timedelta(minutes=3))
    assert "3 min ago" in text(admin.get(f"/users/{sam.pk}/"))


def test_an_admin_gives_another_role(admin, sam, cleo):
    answer = admin.post(f"/users/{sam.pk}/role/", {"role": "admin"})
    assert "Sam Reyes is now: Admin" in toast(admin, answer)
    assert dict(User.objects.values_list("username", "role")) == {"ada": "admin", "sam": "admin", "cleo": "client"}


@pytest.mark.parametrize("role", ["owner", "", "ADMIN", "staff\0"])
def test_an_unknown_role_comes_back_on_its_field(role, admin, sam):
    page = admin.post(f"/users/{sam.pk}/role/", {"role": role})
    assert (page.status_code, list(page.context["role_form"].errors)) == (422, ["role"])
    sam.refresh_from_db()
    assert sam.role == "staff"


def test_ones_own_role_is_shown_but_cannot_be_chosen(admin, ada):
    UserFactory(role="admin")
    page = text(admin.get(f"/users/{ada.pk}/"))
    assert "Nobody changes their own role. Ask another admin." in page
    assert 'disabled aria-describedby="id_role_helptext"' in page
    refused = admin.post(f"/users/{ada.pk}/role/", {"role": "staff"})
    assert refused.status_code == 422
    assert "Nobody changes their own role." in str(refused.context["role_form"].errors["role"])
    ada.refresh_from_db()
    assert ada.role == "admin"


def test_deactivating_and_reactivating_take_one_click_each(admin, page_of, sam, cleo):
    his = page_of(sam)
    answer = admin.post(f"/users/{sam.pk}/deactivate/")
    assert "deactivated and signed out everywhere" in toast(admin, answer)
    assert his.get("/account/").status_code == 302
    assert "Reactivate user" in text(admin.get(f"/users/{sam.pk}/"))
    answer = admin.post(f"/users/{sam.pk}/reactivate/")
    assert "can sign in again" in toast(admin, answer)
    assert "Deactivate user" in text(admin.get(f"/users/{sam.pk}/"))
    assert page_of(cleo).get("/account/").status_code == 200


def test_the_last_admin_cannot_be_deactivated_and_the_page_says_so_before_and_after(admin, ada, sam):
    page = text(admin.get(f"/users/{ada.pk}/"))
    assert 'aria-describedby="deactivate-why" disabled' in page
    refused = admin.post(f"/users/{ada.pk}/deactivate/")
    assert refused.status_code == 422
    assert 'role="alert"' in text(refused)
    assert "This is the last active admin. Make somebody else an admin first." in text(refused)
    ada.refresh_from_db()
    assert ada.is_active
    UserFactory(role="admin")
    assert 'aria-describedby="deactivate-why" disabled' not in text(admin.get(f"/users/{ada.pk}/"))


def test_a_lock_is_shown_with_its_source_and_lifted(admin, sam, cleo):
    lock(sam, failures=5)
    lock(sam, address="198.51.100.7", failures=1)
    lock(cleo)
    page = text(admin.get(f"/users/{sam.pk}/"))
    assert "after 5 wrong passwords" in page
    assert '5 from <span class="num">203.0.113.24</span>' in page
    assert '1 from <span class="num">198.51.100.7</span>' in page
    refused = admin.post(f"/users/{sam.pk}/unlock/")
    assert (refused.status_code, "Say why, in a few words" in text(refused)) == (422, True)
    answer = admin.post(f"/users/{sam.pk}/unlock/", {"reason": "Rang from the shop"})
    assert "Sam Reyes can sign in again" in toast(admin, answer)
    assert "Unlocked: Rang from the shop" in text(admin.get(f"/users/{sam.pk}/"))
    assert "Unlock now" not in text(admin.get(f"/users/{sam.pk}/"))
    assert "Unlock now" in text(admin.get(f"/users/{cleo.pk}/"))


# --- Deleting


def test_deleting_asks_who_takes_over_and_hands_over(admin, ada, sam, cleo):
    stool = ProductFactory(owner=sam)
    UserFactory(username="old", is_active=False)
    page = text(admin.get(f"/users/{sam.pk}/delete/"))
    assert "Cleo Martin (cleo, Client)" in page
    assert "(sam, Staff)" not in page
    assert "(old," not in page
    answer = admin.post(f"/users/{sam.pk}/delete/", {"successor": cleo.pk})
    assert answer["Location"] == "/users/"
    assert "Sam Reyes deleted" in toast(admin, answer)
    assert not User.objects.filter(pk=sam.pk).exists()
    assert Product.objects.get(pk=stool.pk).owner == cleo


@pytest.mark.parametrize("successor", ["", "999", "sam", "themselves", "old"])
def test_without_somebody_active_to_take_over_nobody_is_deleted(successor, admin, sam, cleo):
    old = UserFactory(username="old", is_active=False)
    value = {"themselves": sam.pk, "old": old.pk}.get(successor, successor)
    page = admin.post(f"/users/{sam.pk}/delete/", {"successor": value})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["successor"])
    assert User.objects.filter(pk=sam.pk).exists()


def test_ones_own_account_cannot_be_deleted(admin, ada, sam):
    assert 'type="button" disabled aria-describedby="delete-why"' in text(admin.get(f"/users/{ada.pk}/"))
    page = text(admin.get(f"/users/{ada.pk}/delete/"))
    assert "Nobody deletes their own account. Ask another admin." in page
    refused = admin.post(f"/users/{ada.pk}/delete/", {"successor": sam.pk})
    assert (refused.status_code, User.objects.filter(pk=ada.pk).exists()) == (422, True)
    assert 'disabled aria-describedby="delete-why"' not in text(admin.get(f"/users/{sam.pk}/delete/"))


def test_names_come_back_escaped_everywhere(admin, ada, sam):
    people.edit(actor=ada, person=sam, name="<script>alert(1)</script>")
    urls = ["/users/", f"/users/{sam.pk}/", f"/users/{sam.pk}/delete/"]
    pages = [admin.get(url) for url in urls] + [admin.get("/users/", HTTP_HX_REQUEST="true")]
    pages.append(admin.get(admin.post(f"/users/{sam.pk}/unlock/", {"reason": "Rang"})["Location"]))
    for page in pages:
        assert "<script>alert" not in text(page)
        assert "&lt;script&gt;alert" in text(page)
