"""Setting up second factors on the account page: an app, passkeys, recovery codes."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from accounts.adapter import MFAAdapter
from accounts.models import Activity, Mail
from accounts.services import two_factor
from tests import recent
from tests.passkeys import Passkey, added, asked

APP, PASSKEYS, CODES = (
    "/account/second-factor/app/",
    "/account/second-factor/passkeys/",
    "/account/second-factor/codes/",
)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def secret_on(page):
    return re.search(r'id="secret" value="(\w+)"', page.content.decode())[1]


def told(kind):
    return [line.sentence for line in Activity.objects.filter(kind=kind)]


@pytest.fixture
def sams(page_of, sam):
    return page_of(sam)


def test_an_app_is_set_up_by_a_first_code_and_the_recovery_codes_are_shown_once(sams, sam):
    page = sams.get(APP)
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    secret = secret_on(page)
    shown = sams.post(APP, {"code": code_of(secret)[:3] + " " + code_of(secret)[3:]})
    assert shown.status_code == 201
    app = Authenticator.objects.get(user=sam, type="totp")
    assert MFAAdapter().decrypt(app.data["secret"]) == secret
    codes = Authenticator.objects.get(user=sam, type="recovery_codes").wrap().get_unused_codes()
    text = shown.content.decode()
    assert len(codes) == 10
    assert all(code in text for code in codes)
    assert f"data:text/plain;charset=utf-8,{'%0A'.join(codes)}%0A" in text
    assert "no-store" in shown["Cache-Control"]
    account = sams.get("/account/").content.decode()
    assert "Authenticator app" in account
    assert "10 codes left" in account
    assert not any(code in account + sams.get(CODES).content.decode() for code in codes)
    assert told("factor.added") == ["Second factor added: Authenticator app"]
    assert told("factor.codes_made") == ["New recovery codes made"]
    mail = Mail.objects.get(kind="factors_changed", to=sam.email)
    assert mail.subject == "A second factor was added to your account"
    assert secret not in mail.text + str(Activity.objects.values_list("details"))


def test_the_code_that_set_it_up_is_used_up(sams, sam):
    secret = secret_on(sams.get(APP))
    code = code_of(secret)
    sams.post(APP, {"code": code})
    assert not two_factor.accept(sam, code)


def test_a_wrong_first_code_sets_nothing_up_and_keeps_the_secret(sams, sam):
    secret = secret_on(sams.get(APP))
    refused = sams.post(APP, {"code": f"{(int(code_of(secret)) + 1) % 10**6:06}"})
    assert refused.status_code == 422
    assert "Check the clock of your phone" in refused.content.decode()
    assert secret_on(refused) == secret
    assert not two_factor.is_on(sam)


def test_each_visit_makes_another_secret(sams):
    assert secret_on(sams.get(APP)) != secret_on(sams.get(APP))


def test_who_has_an_app_is_led_to_removing_it(sams, sam):
    TOTP.activate(sam, SECRET)
    assert sams.get(APP)["Location"] == f"{APP}remove/"


def test_an_app_set_up_meanwhile_is_not_replaced(sams, sam, monkeypatch):
    secret = secret_on(sams.get(APP))
    TOTP.activate(sam, SECRET)
    monkeypatch.setattr(two_factor, "has_app", lambda factors: False)
    refused = sams.post(APP, {"code": code_of(secret)})
    assert refused.status_code == 422
    assert "You have an authenticator app already" in refused.content.decode()
    assert MFAAdapter().decrypt(Authenticator.objects.get(user=sam).data["secret"]) == SECRET


def test_removing_the_last_factor_ends_the_recovery_codes_too(sams, sam):
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    page = sams.get(f"{APP}remove/").content.decode()
    assert "This is your last second factor" in page
    assert sams.post(f"{APP}remove/")["Location"] == "/account/#two-step"
    assert not Authenticator.objects.filter(user=sam).exists()
    assert told("factor.removed") == ["Second factor removed: Authenticator app"]
    assert Mail.objects.get(to=sam.email).subject == "A second factor was removed from your account"


def test_a_passkey_is_added_named_and_removed_and_the_app_goes_on(sams, sam):
    TOTP.activate(sam, SECRET)
    assert added(sams, Passkey()).status_code == 201
    passkey = Authenticator.objects.get(user=sam, type="webauthn")
    assert "Passkey: Laptop" in sams.get("/account/").content.decode()
    assert sams.get(f"{PASSKEYS}{passkey.pk}/").status_code == 200
    assert sams.post(f"{PASSKEYS}{passkey.pk}/", {"name": ""}).status_code == 422
    assert sams.post(f"{PASSKEYS}{passkey.pk}/", {"name": "Desk"}).status_code == 302
    assert told("factor.renamed") == ["Passkey renamed: Desk"]
    assert "This is your last" not in sams.get(f"{PASSKEYS}{passkey.pk}/remove/").content.decode()
    sams.post(f"{PASSKEYS}{passkey.pk}/remove/")
    assert [factor.type for factor in two_factor.factors(sam)] == ["totp", "recovery_codes"]
    assert told("factor.removed") == ["Second factor removed: Passkey: Desk"]


def test_a_passkey_without_a_name_is_numbered(sams, sam):
    added(sams, Passkey(), name="")
    assert [factor.label for factor in two_factor.factors(sam)] == ["Passkey: Passkey 1", "Recovery codes"]


def test_a_second_passkey_makes_no_new_codes(sams, sam):
    added(sams, Passkey())
    assert added(sams, Passkey()).status_code == 302
    assert told("factor.codes_made") == ["New recovery codes made"]


def test_a_device_that_does_not_check_who_holds_it_gives_no_passkey(sams, sam):
    assert added(sams, Passkey(verified=False)).status_code == 422
    assert not two_factor.is_on(sam)


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", "null", '"x"', '{"id": 1, "rawId": "x", "response": {}}'])
def test_what_no_browser_made_is_refused_as_a_passkey(credential, sams, sam):
    sams.get(PASSKEYS)
    assert sams.post(PASSKEYS, {"name": "x", "credential": credential}).status_code == 422
    assert not two_factor.is_on(sam)


def test_an_answer_to_an_older_question_is_refused(sams, sam):
    options = asked(sams.get(PASSKEYS))["creation_options"]
    sams.get(PASSKEYS)
    refused = sams.post(PASSKEYS, {"credential": json.dumps(Passkey().create(options))})
    assert (refused.status_code, two_factor.is_on(sam)) == (422, False)


def test_twenty_passkeys_are_enough(sams, sam, monkeypatch):
    monkeypatch.setattr(two_factor, "MOST_PASSKEYS", 1)
    added(sams, Passkey())
    refused = added(sams, Passkey())
    assert refused.status_code == 422
    assert "You have 1 passkeys. Remove one first." in refused.content.decode()


def test_new_codes_take_the_place_of_the_old(sams, sam):
    TOTP.activate(sam, SECRET)
    old = RecoveryCodes.activate(sam).get_unused_codes()
    assert two_factor.accept(sam, old[0])
    assert "You have 9 codes left" in sams.get(CODES).content.decode()
    assert sams.post(CODES).status_code == 201
    assert not two_factor.accept(sam, old[1])
    assert two_factor.left(sam) == 10
    assert [mail.subject for mail in Mail.objects.filter(kind="factors_changed")] == [
        "New recovery codes for your account"
    ]


def test_without_a_factor_there_is_nothing_to_recover(sams, sam):
    refused = sams.post(CODES)
    assert refused.status_code == 422
    assert "Set up an app or a passkey first." in refused.content.decode()


def test_somebody_elses_factor_is_not_there(sams, page_of, cleo):
    added(page_of(cleo), Passkey())
    passkey = Authenticator.objects.get(type="webauthn")
    for path in (f"{PASSKEYS}{passkey.pk}/", f"{PASSKEYS}{passkey.pk}/remove/", f"{APP}remove/"):
        assert sams.get(path).status_code == 404
        assert sams.post(path, {"name": "Mine"}).status_code == 404
    assert two_factor.is_on(cleo)
    assert Authenticator.objects.get(pk=passkey.pk).data["name"] == "Laptop"


def test_the_old_address_of_the_overview_leads_to_the_account(sams):
    assert sams.get("/account/second-factor/")["Location"] == "/account/#two-step"


@pytest.mark.parametrize("path", [APP, PASSKEYS, CODES, f"{APP}remove/", f"{PASSKEYS}1/", f"{PASSKEYS}1/remove/"])
def test_every_page_of_it_asks_who_signed_in_long_ago_to_confirm(path, sams):
    recent.age(sams)
    for answer in (sams.get(path), sams.post(path)):
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/confirm/?next={path.replace('/', '%2F')}")
