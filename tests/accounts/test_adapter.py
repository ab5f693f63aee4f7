"""What the sign-in library is told about this site."""

from django.contrib.messages import get_messages
from drf_spectacular.generators import SchemaGenerator

from accounts.adapter import AccountAdapter, MFAAdapter


def test_nobody_signs_up_and_no_json_is_spoken(rf):
    request = rf.post("/", headers={"X-Requested-With": "XMLHttpRequest"})
    adapter = AccountAdapter(request)
    assert (adapter.is_open_for_signup(request), adapter.is_ajax(request)) == (False, False)


def test_signing_in_says_nothing_in_a_toast(rf):
    request = rf.post("/")
    AccountAdapter(request).add_message(request, 25, message="Hello")
    assert list(get_messages(request)) == []


def test_the_code_to_scan_is_drawn_on_white():
    assert 'fill="white"' in MFAAdapter().build_totp_svg("otpauth://totp/sam")


def test_the_schema_says_how_to_send_a_token(db):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    (name, scheme), *others = schema["components"]["securitySchemes"].items()
    assert (name, others) == ("bearer", [])
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert schema["paths"]["/api/users/me/"]["get"]["security"] == [{"bearer": []}]
