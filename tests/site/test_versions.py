"""Asking again is cheap: every answer of the API to a GET has a tag, and 304 says that nothing changed."""

import pytest

from accounts.models import User
from site_config.lib import versions
from tests.factories import UserFactory

READS = ["/api/products/", "/api/users/", "/api/users/me/", "/api/protected/", "/api/schema/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", READS)
def test_an_unchanged_answer_is_304_and_empty(path, api_of, ada, mug):
    api = api_of(ada)
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": f'"other", {first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Vary"] == first["Vary"]
    assert {"Cache-Control", "X-Request-ID", "RateLimit"} <= set(again.headers)
    assert not {"Content-Type"} & set(again.headers)
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.django_db
def test_a_changed_answer_has_another_tag(api_of, ada):
    api = api_of(ada)
    before = api.get("/api/users/")["ETag"]
    UserFactory()
    answer = api.get("/api/users/", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer["ETag"] != before
    assert len(answer.json()["results"]) == User.objects.count()


@pytest.mark.django_db
def test_refusals_writes_and_pages_carry_no_tag(api_of, page_of, ada):
    api = api_of(ada)
    assert not api.get("/api/nowhere/").has_header("ETag")
    assert not api.post("/api/login/", {}).has_header("ETag")
    assert not page_of(ada).get("/users/").has_header("ETag")


def test_a_tag_that_a_proxy_weakened_still_names_its_version():
    assert versions.is_named('W/"7"', '"7"')
    assert versions.is_named("*", '"7"')
    assert versions.is_named('"6", "7"', '"7"')
    assert not versions.is_named('"77"', '"7"')
    assert not versions.is_named("", '"7"')


def test_the_tag_of_a_content_is_its_own():
    assert versions.content_etag(b"a") == versions.content_etag(b"a") != versions.content_etag(b"b")
