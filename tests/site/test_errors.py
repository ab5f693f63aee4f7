"""Rules raise; a broken unique constraint is a rule like any other."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from products.models import Category
from site_config import errors as pages
from site_config.lib.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    Throttled,
    from_validation,
    refuse_duplicates,
)
from tests.factories import CategoryFactory


def test_each_kind_has_its_status():
    kinds = {DomainError: 400, Invalid: 400, NotAllowed: 403, Conflict: 409, Throttled: 429}
    assert {kind: kind.status for kind in kinds} == kinds


def test_an_error_is_its_sentence_with_a_field_a_code_and_what_helps():
    error = DomainError("Too many.", field="units", code="too_many", most=5)
    assert (str(error), error.message, error.field, error.code, error.extra) == (
        "Too many.",
        "Too many.",
        "units",
        "too_many",
        {"most": 5},
    )
    assert (DomainError("x").field, DomainError("x").code) == (None, "invalid")


def test_a_throttle_says_how_long():
    error = Throttled("Later.", wait=60)
    assert (error.wait, error.code, error.extra) == (60, "throttled", {"wait": 60})


def test_several_faults_speak_with_the_first():
    error = Invalid({"name": ["Empty.", "Blank."], "price": ["Too low."]})
    assert (error.message, error.field) == ("Empty.", "name")
    assert Invalid({"": ["All."]}).field is None


def test_djangos_validation_becomes_ours():
    assert from_validation(ValidationError({"name": ["Empty."], "__all__": ["Both."]})).fields == {
        "name": ["Empty."],
        "": ["Both."],
    }
    assert from_validation(ValidationError("Alone.")).fields == {"": ["Alone."]}


@pytest.mark.django_db
class TestDuplicates:
    def refusing(self):
        return refuse_duplicates({"category_root_name_unique": ("name", "There is one already.")})

    def test_a_broken_constraint_is_named_and_the_transaction_lives_on(self):
        CategoryFactory(name="Kitchen")
        with transaction.atomic():
            with pytest.raises(DomainError) as refusal, self.refusing():
                Category.objects.create(name="KITCHEN")
            assert (refusal.value.field, refusal.value.code, refusal.value.message) == (
                "name",
                "already_exists",
                "There is one already.",
            )
            assert Category.objects.count() == 1

    def test_another_constraint_is_not_mistaken_for_it(self):
        kitchen = CategoryFactory(name="Kitchen")
        CategoryFactory(name="Cups", parent=kitchen)
        with pytest.raises(IntegrityError), self.refusing():
            Category.objects.create(name="cups", parent=kitchen)

    def test_another_error_passes_and_success_is_kept(self):
        with pytest.raises(RuntimeError), self.refusing():
            Category.objects.create(name="Lost")
            raise RuntimeError
        with self.refusing():
            Category.objects.create(name="Kept")
        assert [category.name for category in Category.objects.all()] == ["Kept"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (lambda request: pages.bad_request(request, ValueError()), 400, "The request is malformed."),
        (lambda request: pages.forbidden(request, Exception()), 403, "Your role does not include this."),
        (lambda request: pages.forbidden(request, Exception("Ask an admin.")), 403, "Ask an admin."),
        (lambda request: pages.not_found(request, None), 404, "The page may have moved"),
        (pages.server_error, 500, "was not saved"),
    ],
)
def test_refusals_outside_a_view_speak_to_people_and_to_scripts(answer, status, words):
    page, document = answer(RequestFactory().get("/x/")), answer(RequestFactory().get("/api/x/"))
    assert (page.status_code, document.status_code) == (status, status)
    assert words in page.content.decode()
    assert document["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_and_the_api_has_no_forms():
    page = pages.csrf_failure(RequestFactory().post("/x/"))
    assert (page.status_code, "open for too long" in page.content.decode()) == (403, True)
    document = pages.csrf_failure(RequestFactory().post("/api/docs/"))
    assert (document.status_code, document["Allow"]) == (405, "GET, HEAD")
