"""Who must have a second factor sets one up before all else; an admin says who, and resets what was lost."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from rest_framework.test import APIClient

from accounts.models import Activity, Mail, RequiredFactor, User
from accounts.policy import Role
from accounts.services import people, personal_tokens, requirements, two_factor
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import PASSWORD
from tests.parallel import at_once

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SET_UP = "/account/second-factor/app/"
RULES = "/users/second-factor/"


def told(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def asked_of_staff(ada):
    requirements.require(actor=ada, roles=["staff"])


def require(ada, *roles):
    requirements.require(actor=ada, roles=roles)


# --- The rule --------------------------------------------------------------------------------------------------------


def test_an_admin_says_of_whom_it_is_required_and_each_change_is_written_down(ada, sam, cleo):
    require(ada, "staff", "admin")
    assert {str(rule) for rule in RequiredFactor.objects.all()} == {"admin", "staff"}
    require(ada, "staff")
    require(ada, "staff")
    assert (requirements.is_required(sam), requirements.is_required(cleo)) == (True, False)
    lines = Activity.objects.filter(kind__startswith="factor").order_by("pk")
    assert [(line.actor, line.sentence) for line in lines] == [
        (ada, "A second factor is required of: Admin"),
        (ada, "A second factor is required of: Staff"),
        (ada, "A second factor is no longer required of: Admin"),
    ]


def test_who_was_demoted_a_moment_ago_requires_nothing(ada, sam):
    User.objects.filter(pk=ada.pk).update(role=Role.STAFF)
    with pytest.raises(NotAllowed):
        require(ada, "client")
    assert not RequiredFactor.objects.exists()


def test_it_is_required_of_roles_that_exist(ada):
    with pytest.raises(DomainError, match="no such role: owner"):
        require(ada, "staff", "owner")
    assert not RequiredFactor.objects.exists()


def test_the_rules_tell_how_many_active_people_have_none(ada, sam, cleo):
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(cleo)
    User.objects.create_user("off", "off@example.com", None, role=Role.CLIENT, is_active=False)
    require(ada, "staff")
    counts = {rule.role: (rule.required, rule.people, rule.without) for rule in requirements.rules()}
    assert counts == {"admin": (False, 1, 1), "staff": (True, 1, 0), "client": (False, 1, 1)}


def test_the_last_factor_stays_while_it_is_required(asked_of_staff, page_of, sam):
    app = TOTP.activate(sam, SECRET).instance
    refused = page_of(sam).post(f"{SET_UP}remove/")
    assert refused.status_code == 422
    assert "Your role needs a second factor." in refused.content.decode()
    assert two_factor.is_on(sam)
    Authenticator.objects.create(user=sam, type="webauthn", data={"name": "Laptop"})
    two_factor.remove(person=sam, factor=app)
    assert [factor.type for factor in two_factor.factors(sam)] == ["webauthn"]


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/products/", "/account/", "/account/second-factor/", "/account/activity/"])
def test_every_page_leads_to_setting_one_up(path, asked_of_staff, page_of, sam):
    assert page_of(sam).get(path)["Location"] == SET_UP


def test_it_holds_at_the_next_request_for_that_role_alone_until_one_is_set_up(ada, page_of, sam, cleo):
    sams, cleos = page_of(sam), page_of(cleo)
    assert sams.get("/account/").status_code == 200
    require(ada, "staff")
    assert sams.get("/account/").status_code == 302
    assert cleos.get("/account/").status_code == 200
    TOTP.activate(sam, SECRET)
    assert sams.get("/account/").status_code == 200


def test_recovery_codes_are_no_factor_of_their_own(asked_of_staff, page_of, sam):
    RecoveryCodes.activate(sam)
    assert page_of(sam).get("/account/")["Location"] == SET_UP


def test_an_act_is_not_done_first_and_htmx_leaves_for_the_page(asked_of_staff, page_of, sam):
    sams = page_of(sam)
    assert sams.post("/account/", {"name": "Other"})["Location"] == SET_UP
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/products/"}
    answer = sams.get("/products/", headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{SET_UP}?next=/products/")
    sam.refresh_from_db()
    assert sam.name == "Sam Reyes"


def test_what_it_takes_to_set_one_up_stays_open_and_says_why(asked_of_staff, page_of, sam):
    sams = page_of(sam)
    for path in (SET_UP, "/account/second-factor/passkeys/"):
        assert "Your role needs a second factor" in sams.get(path).content.decode()
    for path in ("/accounts/confirm/", "/healthz"):
        assert sams.get(path).status_code == 200
    assert sams.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in sams.session


def test_an_admin_ticks_the_roles(page_of, ada):
    adas = page_of(ada)
    assert "0 of 0 have none" in adas.get(RULES).content.decode()
    assert adas.post(f"{RULES}save/", {"required": ["client"]})["Location"] == RULES
    assert list(RequiredFactor.objects.values_list("role", flat=True)) == ["client"]
    assert adas.post(f"{RULES}save/", {"required": ["owner"]}).status_code == 422
    adas.post(f"{RULES}save/", {})
    assert not RequiredFactor.objects.exists()


# --- The API ---------------------------------------------------------------------------------------------------------


def test_the_api_lets_nobody_in_without_the_factor_that_is_required(asked_of_staff, sam, cleo):
    refused = APIClient().post("/api/login/", {"username": "sam", "password": PASSWORD})
    assert told(refused) == (401, "second_factor_required")
    assert "Sign in at http" in refused.json()["detail"]
    assert APIClient().post("/api/login/", {"username": "cleo", "password": PASSWORD}).status_code == 200
    wrong = APIClient().post("/api/login/", {"username": "sam", "password": "wrong"})
    assert told(wrong) == (401, "no_active_account")


def test_an_access_token_stops_and_goes_on_once_one_is_set_up(ada, api_of, sam):
    script = api_of(sam)
    assert script.get("/api/users/me/").status_code == 200
    require(ada, "staff")
    assert told(script.get("/api/users/me/")) == (403, "second_factor_required")
    assert script.post("/api/logout/").status_code == 204
    TOTP.activate(sam, SECRET)
    assert api_of(sam).get("/api/users/me/").status_code == 200


def test_a_personal_token_goes_on(asked_of_staff, sam):
    _token, secret = personal_tokens.create(actor=sam, name="Nightly", scopes=["read"])
    script = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert script.get("/api/products/").status_code == 200


def test_an_admin_reads_and_sets_the_rules_by_the_api(api_of, ada, sam):
    script = api_of(ada)
    set_ = script.put("/api/second-factor-rules/", {"required": ["staff"]})
    assert set_.json() == script.get("/api/second-factor-rules/").json()
    assert set_.json()["rules"][1] == {"role": "staff", "required": True, "people": 1, "without": 1}
    rehearsed = script.put("/api/second-factor-rules/?dry_run=true", {"required": []})
    assert rehearsed.json()["dry_run"]
    assert requirements.is_required(sam)
    assert script.put("/api/second-factor-rules/", {"required": ["owner"]}).status_code == 400
    assert script.put("/api/second-factor-rules/", {"required": [], "more": 1}).status_code == 400


def test_ones_own_factors_are_listed_without_a_secret(api_of, sam, cleo):
    script = api_of(sam)
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    TOTP.activate(cleo, SECRET)
    listed = script.get("/api/users/me/factors/").json()["factors"]
    assert [(row["type"], row["codes_left"]) for row in listed] == [("totp", None), ("recovery_codes", 10)]
    assert set(listed[0]) == {"id", "type", "name", "created_at", "last_used_at", "codes_left"}


# --- A lost phone ----------------------------------------------------------------------------------------------------


def test_an_admin_resets_what_was_lost_and_the_person_is_told_and_signed_out(page_of, ada, sam):
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    sams, adas = page_of(sam), page_of(ada)
    assert "Reset second factors" in adas.get(f"/users/{sam.pk}/").content.decode()
    assert adas.post(f"/users/{sam.pk}/second-factor/reset/")["Location"] == f"/users/{sam.pk}/#two-step"
    assert not Authenticator.objects.filter(user=sam).exists()
    assert sams.get("/account/").status_code == 302
    lines = Activity.objects.filter(kind="factor.removed", person=sam, actor=ada)
    assert sorted(line.sentence for line in lines) == [
        "Second factor removed: Authenticator app",
        "Second factor removed: Recovery codes",
    ]
    mail = Mail.objects.get(to=sam.email)
    assert (mail.subject, "Ada Okafor removed all second factors" in mail.text) == (
        "Your second factors were reset",
        True,
    )
    page = adas.get(f"/users/{sam.pk}/").content.decode()
    assert "Reset second factors" not in page
    assert "The password alone signs this person in." in page


def test_there_must_be_something_to_reset_and_ones_own_is_not_reset(page_of, api_of, ada, sam):
    adas, script = page_of(ada), api_of(ada)
    TOTP.activate(ada, SECRET)
    adas.post(f"/users/{sam.pk}/second-factor/reset/")
    assert "This person has no second factor." in adas.get("/users/").content.decode()
    assert told(script.delete(f"/api/users/{sam.pk}/factors/")) == (400, "no_factor")
    assert told(script.delete(f"/api/users/{ada.pk}/factors/")) == (403, "own_factors")
    assert "Reset second factors" not in adas.get(f"/users/{ada.pk}/").content.decode()
    assert two_factor.is_on(ada)


def test_a_script_of_an_admin_resets_too(api_of, ada, sam):
    TOTP.activate(sam, SECRET)
    assert api_of(ada).delete(f"/api/users/{sam.pk}/factors/").status_code == 204
    assert not two_factor.is_on(sam)


def test_who_was_demoted_a_moment_ago_resets_nothing(ada, sam, cleo):
    TOTP.activate(cleo, SECRET)
    people.change_role(actor=ada, person=sam, role="admin")
    User.objects.filter(pk=ada.pk).update(role=Role.STAFF)
    with pytest.raises(NotAllowed):
        two_factor.reset(actor=ada, person=cleo)
    assert two_factor.is_on(cleo)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_factors_removed_at_once_one_stays(ada, sam):
    require(ada, "staff")
    for _round in range(5):
        Authenticator.objects.all().delete()
        pair = [TOTP.activate(sam, SECRET).instance]
        pair.append(Authenticator.objects.create(user=sam, type="webauthn", data={"name": "Laptop"}))

        def remove(number, pair=pair):
            try:
                two_factor.remove(person=sam, factor=pair[number])
            except NotAllowed:
                return "refused"
            return "removed"

        assert sorted(at_once(remove, times=2, workers=2)) == ["refused", "removed"]
        assert two_factor.is_on(sam)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_app_that_is_set_up_twice_at_once_is_set_up_once(ada, sam):
    def set_up(_number):
        try:
            return len(two_factor.add_app(person=sam, secret=SECRET))
        except Conflict:
            return -1

    assert sorted(at_once(set_up, times=4, workers=4)) == [-1, -1, -1, 10]
    assert Authenticator.objects.filter(user=sam).count() == 2
