"""What a password must be: long, not among those tried first, and not about its person. Nothing else is asked."""

import secrets
import unicodedata

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError

from accounts.backends import IdentifierBackend
from accounts.models import User
from accounts.services import passwords, people
from site_config.lib.errors import DomainError
from tests.factories import PASSWORD

SAM = User(username="sam.reyes", name="Sam Reyes", email="sam@kestrel.example")


def refusal(password: str, person: User | None = SAM) -> str:
    """The code of the rule that refuses it; empty where it is taken."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        return error.error_list[0].code
    return ""


@pytest.fixture
def factor(sam):
    """Sam has an authenticator app."""
    return Authenticator.objects.create(user=sam, type=Authenticator.Type.TOTP, data={"secret": "x"})


# --- Length ----------------------------------------------------------------------------------------------------------


def test_fifteen_characters_are_asked_for_and_no_more_than_a_thousand():
    random = "".join(secrets.choice("bdgjkmpvxz+=#?§é") for _number in range(1001))
    assert [refusal(random[:length]) for length in (0, 8, 14)] == ["password_too_short"] * 3
    assert [refusal(random[:length]) for length in (15, 64, 1000)] == [""] * 3
    assert refusal(random) == "password_too_long"


@pytest.mark.django_db
def test_eight_are_enough_where_a_second_factor_must_come_too(sam, ada, factor):
    assert refusal("kvz7mbp", sam) == "password_too_short"
    assert refusal("kvz7mbpx", sam) == ""
    assert refusal("kvz7mbpx", ada) == "password_too_short"
    assert refusal("kvz7mbpx", None) == "password_too_short"
    assert refusal("password", sam) == "password_too_common"
    factor.delete()
    assert refusal("kvz7mbpx", sam) == "password_too_short"


@pytest.mark.django_db
def test_recovery_codes_alone_are_no_second_factor(sam):
    Authenticator.objects.create(user=sam, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    assert refusal("kvz7mbpx", sam) == "password_too_short"


def test_an_accent_of_its_own_is_no_character():
    assert refusal(unicodedata.normalize("NFD", "é" * 5 + "ñüöäçåîõ")) == "password_too_short"


# --- Any character, no composition -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "four plain words here",
        "tres palabras sin más",
        "длинный пароль из слов",
        "馬電池釘書機正確答案天氣很好啊",
        "847261950372846",
        "                 x y z q w",
        "🗝️🐴🔋📎🌧️🧲🪁🧦🥨🛶🧯🪵🫖🎈🧃",
        "kv-zm-bp-xd-wq-ht",
    ],
)
def test_no_rule_asks_for_digits_capitals_or_signs(password):
    assert refusal(password) == ""


@pytest.mark.parametrize("length", [12, 48])
def test_passwords_that_the_product_makes_pass(length):
    assert {refusal(secrets.token_urlsafe(length)) for _number in range(200)} == {""}


# --- Tried first -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "               ",
        "123456789012345",
        "012345678901234567890",
        "987654321098765",
        "abcdefghijklmnop",
        "ponmlkjihgfedcba",
        "qwertyuiopasdfghjkl",
        "QwErTyUiOpAsDfGh",
        "1111222233334444",
        "aaaabbbbccccddddeeee",
        "1234567890qwertyuiop",
        "abcabcabcabcabcabc",
        "kvz7mbpxkvz7mbpxkvz7",
        "passwordpassword",
        "PasswordPassword",
        "ABABABABABABABAB",
        "xyz" * 300,
    ],
)
def test_what_repeats_or_follows_a_row_is_refused(password):
    assert refusal(password) == "password_too_common"


def test_every_known_password_is_refused_in_any_case():
    known = sorted(password for password in passwords.common() if len(password) >= passwords.SHORTEST)
    assert len(known) > 40
    assert {refusal(change(password)) for password in known for change in (str, str.upper, str.title)} == {
        "password_too_common"
    }


@pytest.mark.django_db
def test_the_long_list_holds_for_the_short_ones_that_a_second_factor_allows(sam, factor):
    known = sorted(password for password in passwords.common() if len(password) >= passwords.SHORTEST_WITH_FACTOR)
    assert len(known) > 8000
    assert {refusal(password.upper(), sam) for password in known[::40]} == {"password_too_common"}


@pytest.mark.parametrize("password", ["password1234567", "!!!Superman!!!!!", "iloveyou1234567"])
def test_a_known_password_is_no_better_between_digits_and_signs(password):
    assert refusal(password) == "password_too_similar"


def test_it_may_be_one_word_of_a_phrase():
    assert refusal("the dragon reads at noon") == ""
    assert refusal("dragon 8472619503 boat") == ""


# --- About the person ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "Stockroom stock!",
        "stockroom-2026-!",
        "StockroomStockroom1",
        "sam@kestrel.example",
        "SAM.REYES.KESTREL",
        "Sam Reyes 1984 !",
        "reyes-kestrel-sam-1",
        "kestrelkestrel99",
        "sam.reyes12345678",
    ],
)
def test_the_product_and_the_persons_own_words_are_not_enough(password):
    assert refusal(password) in ("password_too_similar", "password_too_common")


def test_the_same_words_are_fine_beside_others_and_for_others():
    assert refusal("sam has a green bicycle") == ""
    assert refusal("reyes-kestrel-1977", User(username="ada", email="ada@example.com")) == ""
    assert refusal("jo likes warm bread", User(username="jo", name="Jo", email="jo@example.com")) == ""


def test_a_name_with_signs_of_patterns_breaks_nothing():
    odd = User(username="o.neil", name="O'Neil (.*) [", email="o+x@example.com")
    assert refusal("kvz7mbp (.*) [ wq9h", odd) == ""
    assert refusal("o'neil (.*) [ 1234", odd) == "password_too_similar"


# --- One validator, for every door -----------------------------------------------------------------------------------


def test_there_is_one_validator_and_it_says_its_rule():
    [only] = get_default_password_validators()
    assert isinstance(only, passwords.Rules)
    assert only.get_help_text() == "At least 15 characters. Three or four unrelated words work well."
    assert len(settings.AUTH_PASSWORD_VALIDATORS) == 1


@pytest.mark.django_db
def test_a_refusal_is_a_sentence_on_the_password(sam):
    with pytest.raises(DomainError) as refused:
        people.check_password("short", sam)
    sentence = "This password is too short: use at least 15 characters."
    assert (refused.value.message, refused.value.field, refused.value.code) == (sentence, "password", "weak_password")


# --- One form of what is typed ---------------------------------------------------------------------------------------

COMPOSED = "un café très serré à Orléans"
FORMS = {form: unicodedata.normalize(form, COMPOSED) for form in ("NFC", "NFD")}


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", FORMS)
@pytest.mark.parametrize("typed", FORMS)
def test_composed_or_decomposed_it_is_the_same_password(chosen, typed, sam):
    assert FORMS["NFC"] != FORMS["NFD"]
    passwords.change(person=sam, current=PASSWORD, new=FORMS[chosen])
    backend = IdentifierBackend()
    assert backend.authenticate(None, username="sam", password=FORMS[typed]) == sam
    assert backend.authenticate(None, username="sam", password="un cafe tres serre a Orleans") is None
    passwords.change(person=User.objects.get(pk=sam.pk), current=FORMS[typed], new=PASSWORD)


@pytest.mark.django_db
def test_what_only_looks_alike_is_another_password(sam):
    passwords.change(person=sam, current=PASSWORD, new="ﬁve warm loaves of bread")
    assert not sam.check_password("five warm loaves of bread")
    assert not sam.check_password("ﬁve warm loaves of Bread")


@pytest.mark.django_db
def test_every_hash_is_of_that_form_and_a_person_may_have_none(sam):
    assert User(username="x").check_password("") is False
    made = User.objects.create_user("noor", "noor@example.com", FORMS["NFD"])
    assert made.check_password(FORMS["NFC"])
    made.set_password(None)
    assert not made.has_usable_password()
    assert (made.check_password(None), made.check_password(PASSWORD)) == (False, False)
