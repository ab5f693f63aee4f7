"""The permission table, written by hand a second time: a table made from policy.py would agree with its mistakes.

Every URL × method × person. The input is empty, so 400 and 422 mean "let in, and asked for more".
"""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from accounts.middleware import ClosedByDefaultMiddleware
from accounts.services import mails, personal_tokens, tokens
from products.models import ChangeSet, Job, Notification, Product, Tag
from products.services import comments, proposals, trash, views_saved, watching
from tests.addresses import patterns
from tests.factories import CategoryFactory, ProductFactory, UserFactory, invited

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PUBLIC = {
    *("healthz", "readyz", "health", "account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn"),
    *("api-schema", "api-docs", "accounts:resume-state", "accounts:resets-request", "accounts:resets-sent"),
    *("accounts:resets-complete", "accounts:emails-confirm", "accounts:invitations-accept"),
    "products:digest-unsubscribe",
}
TOKEN_DOORS = {
    *("api-login", "api-refresh", "api-verify", "api-logout", "api-users-login", "api-users-logout"),
    *("api-password-reset", "api-password-reset-complete", "api-email-confirm", "api-invitations-accept"),
}

# URL name, method: anonymous, cleo (client), sam (staff), ada (admin). `pk` is something that all three may see:
# cleo's public product, kim's account, a product in the trash, a change set of ada's. A token and a sign-in are kim's own: to
# the others they are not there, but admins end them under kim.
TABLE = """
home                        GET       302  200  302  302
products:dashboard-show     GET       302  403  200  200
products:find-show          GET       302  200  200  200
products:catalogue-list     GET       302  200  200  200
products:exports-download   GET       302  200  200  200
products:filters-show       GET       302  200  200  200
products:batch-choose       GET       302  403  422  422
products:batch-preview      GET       302  403  422  422
products:batch-run          POST      302  403  422  422
products:paste-enter        GET       302  403  200  200
products:paste-enter        POST      302  403  422  422
products:paste-run          POST      302  403  422  422
products:duplicates-list    GET       302  403  200  200
products:prices-list        GET       302  200  200  200
products:categories-list    GET       302  200  200  200
products:categories-create  GET       302  403  200  200
products:categories-create  POST      302  403  422  422
products:categories-show    GET       302  200  200  200
products:categories-edit    GET       302  403  200  200
products:categories-edit    POST      302  403  422  422
products:categories-merge   GET       302  403  200  200
products:categories-merge   POST      302  403  422  422
products:categories-delete  POST      302  403  302  302
products:tags-list          GET       302  403  200  200
products:tags-suggest       GET       302  302  302  302
products:tags-rename        GET       302  403  200  200
products:tags-rename        POST      302  403  422  422
products:tags-remove        POST      302  403  302  302
products:catalogue-create   GET       302  403  200  200
products:catalogue-create   POST      302  403  422  422
products:catalogue-detail   GET       302  200  200  200
products:catalogue-edit     GET       302  403  200  200
products:catalogue-edit     POST      302  403  422  422
products:columns-choose     POST      302  302  302  302
products:rows-menu          GET       302  302  302  302
products:threshold-show     GET       302  403  302  302
products:threshold-edit     GET       302  403  200  200
products:threshold-edit     POST      302  403  422  422
products:visibility-show    GET       302  403  302  302
products:visibility-edit    GET       302  403  200  200
products:visibility-edit    POST      302  403  422  422
products:views-saved-list   GET       302  200  200  200
products:views-saved-counts  GET      302  302  302  302
products:views-saved-create  GET      302  200  200  200
products:views-saved-create  POST     302  422  422  422
products:views-saved-edit   GET       302  200  200  200
products:views-saved-edit   POST      302  403  403  422
products:views-saved-keep   POST      302  302  302  302
products:views-saved-delete  POST     302  302  302  302
products:price-show         GET       302  403  302  302
products:price-edit         GET       302  403  200  200
products:price-edit         POST      302  403  422  422
products:stock-reorder      GET       302  403  200  200
products:stock-show         GET       302  200  200  200
products:stock-adjust       GET       302  403  200  200
products:stock-adjust       POST      302  403  422  422
products:changes-history    GET       302  200  200  200
products:changes-list       GET       302  200  200  200
products:changes-show       GET       302  200  200  200
products:jobs-list          GET       302  403  200  200
products:jobs-show          GET       302  403  404  200
products:changes-undo       POST      302  403  302  302
products:presence-show      GET       302  403  302  302
products:presence-show      POST      302  403  302  302
products:access-show        GET       302  403  200  200
products:archive-put        POST      302  403  302  302
products:archive-take       POST      302  403  302  302
products:proposals-create   GET       302  200  403  403
products:proposals-create   POST      302  422  403  403
products:proposals-list     GET       302  200  200  200
products:proposals-withdraw POST      302  302  403  403
products:proposals-decide   GET       302  403  200  200
products:proposals-decide   POST      302  403  422  422
products:comments-show      GET       302  200  200  200
products:comments-show      POST      302  422  422  422
products:comments-remove    POST      302  302  302  302
products:trash-discard      POST      302  403  403  302
products:trash-list         GET       302  403  403  200
products:trash-restore      POST      302  403  403  302
products:trash-recover      POST      302  403  403  302
products:trash-purge        POST      302  403  403  302
products:inbox-list         GET       302  200  200  200
products:inbox-read         POST      302  404  404  404
products:inbox-clear        POST      302  302  302  302
products:watching-list      GET       302  200  200  200
products:watching-add       POST      302  404  404  404
products:watching-remove    POST      302  404  404  404
products:digest-switch      POST      302  302  302  302
products:digest-unsubscribe  GET      404  404  404  404
products:digest-unsubscribe  POST     404  404  404  404
accounts:profile-edit       GET       302  200  200  200
accounts:profile-edit       POST      302  302  302  302
accounts:password-change    GET       302  200  200  200
accounts:password-change    POST      302  422  422  422
accounts:personal-tokens-create  GET   302  302  302  302
accounts:personal-tokens-create  POST  302  422  422  422
accounts:personal-tokens-revoke  POST  302  404  404  404
accounts:personal-tokens-end     POST  302  403  403  302
accounts:sessions-end_others     POST  302  302  302  302
accounts:sessions-end            POST  302  404  404  404
accounts:sessions-end_for        POST  302  403  403  302
accounts:sessions-end_all        POST  302  403  403  302
accounts:people-list        GET       302  403  403  200
accounts:people-create      GET       302  403  403  200
accounts:people-create      POST      302  403  403  422
accounts:people-edit        GET       302  403  403  200
accounts:people-edit        POST      302  403  403  422
accounts:people-export      GET       302  403  403  200
accounts:people-bulk        POST      302  403  403  422
accounts:people-role        GET       302  403  403  422
accounts:people-role        POST      302  403  403  422
accounts:people-deactivate  POST      302  403  403  302
accounts:people-reactivate  POST      302  403  403  302
accounts:people-unlock      POST      302  403  403  422
accounts:view-as-start      POST      302  403  403  302
accounts:view-as-stop       POST      302  403  403  302
accounts:resume-state       GET       401  200  200  200
accounts:lockouts-list      GET       302  403  403  200
accounts:lockouts-unlock    POST      302  403  403  422
accounts:lockouts-release   POST      302  403  403  422
accounts:activity-own       GET       302  200  200  200
accounts:activity-list      GET       302  403  403  200
accounts:activity-export    GET       302  403  403  200
accounts:people-delete      GET       302  403  403  200
accounts:people-delete      POST      302  403  403  422
accounts:mails-list         GET       302  403  403  200
accounts:mails-retry        POST      302  403  403  302
accounts:invitations-list    GET      302  403  403  200
accounts:invitations-create  GET      302  403  403  200
accounts:invitations-create  POST     302  403  403  422
accounts:invitations-resend  POST     302  403  403  302
accounts:invitations-revoke  POST     302  403  403  302
accounts:invitations-accept  GET      200  200  200  200
accounts:invitations-accept  POST     422  409  409  409
accounts:resets-request     GET       200  200  200  200
accounts:resets-request     POST      422  422  422  422
accounts:resets-sent        GET       200  200  200  200
accounts:resets-complete    GET       410  410  410  410
accounts:resets-complete    POST      410  410  410  410
accounts:resets-send        POST      302  403  403  302
accounts:emails-change      GET       302  200  200  200
accounts:emails-change      POST      302  422  422  422
accounts:emails-confirm     GET       410  410  410  410
accounts:emails-confirm     POST      410  410  410  410
account_login               GET       200  302  302  302
account_login               POST      422  302  302  302
accounts:two-factor-rules   GET       302  403  403  200
accounts:two-factor-require POST      302  403  403  302
accounts:two-factor-reset   POST      302  403  403  302
mfa_authenticate            GET       302  302  302  302
mfa_authenticate            POST      302  302  302  302
mfa_login_webauthn          GET       302  302  302  302
mfa_login_webauthn          POST      422  302  302  302
account_reauthenticate      GET       302  200  200  200
account_reauthenticate      POST      302  422  422  422
mfa_reauthenticate          GET       302  302  302  302
mfa_reauthenticate          POST      302  302  302  302
mfa_reauthenticate_webauthn GET       302  302  302  302
mfa_reauthenticate_webauthn POST      302  302  302  302
mfa_index                   GET       302  302  302  302
mfa_activate_totp           GET       302  200  200  200
mfa_activate_totp           POST      302  422  422  422
mfa_deactivate_totp         GET       302  404  404  404
mfa_deactivate_totp         POST      302  404  404  404
mfa_generate_recovery_codes GET       302  200  200  200
mfa_generate_recovery_codes POST      302  422  422  422
mfa_add_webauthn            GET       302  200  200  200
mfa_add_webauthn            POST      302  422  422  422
mfa_edit_webauthn           GET       302  404  404  404
mfa_edit_webauthn           POST      302  404  404  404
mfa_remove_webauthn         GET       302  404  404  404
mfa_remove_webauthn         POST      302  404  404  404
account_logout              POST      302  302  302  302
healthz                     GET       200  200  200  200
readyz                      GET       200  200  200  200
health                      GET       200  200  200  200
api-products-export         GET       401  200  200  200
api-jobs-list               GET       401  403  200  200
api-jobs-detail             GET       401  403  404  200
api-figures                 GET       401  200  200  200
api-schema                  GET       200  200  200  200
api-docs                    GET       200  200  200  200
api-login                   POST      400  400  400  400
api-refresh                 POST      400  400  400  400
api-logout                  POST      401  204  204  204
api-logout-all              POST      401  204  204  204
api-verify                  POST      400  400  400  400
api-users-login             POST      400  400  400  400
api-users-logout            POST      401  204  204  204
api-protected               GET       401  200  200  200
api-products-list           GET       401  200  200  200
api-products-list           POST      401  403  400  400
api-products-detail         GET       401  200  200  200
api-products-detail         PUT       401  403  400  400
api-products-detail         PATCH     401  403  200  200
api-products-detail         DELETE    401  403  403  204
api-products-stock          GET       401  200  200  200
api-products-stock          POST      401  403  400  400
api-products-access         GET       401  403  400  400
api-products-archive        POST      401  403  200  200
api-products-archive        DELETE    401  403  409  409
api-products-batch          POST      401  403  400  400
api-products-bulk           POST      401  403  400  400
api-products-history        GET       401  200  200  200
api-changes-list            GET       401  200  200  200
api-changes-detail          GET       401  200  200  200
api-changes-rows            GET       401  200  200  200
api-changes-undo            POST      401  403  403  201
api-proposals-list          GET       401  200  200  200
api-proposals-list          POST      401  400  403  403
api-proposals-detail        GET       401  200  200  200
api-proposals-withdraw      POST      401  200  403  403
api-proposals-decide        POST      401  403  400  400
api-products-comments       GET       401  200  200  200
api-products-comments       POST      401  400  400  400
api-products-comments-detail  DELETE  401  204  403  204
api-trash-list              GET       401  403  403  200
api-trash-detail            GET       401  403  403  200
api-trash-restore           POST      401  403  403  200
api-trash-purge             POST      401  403  403  400
api-trash-recover           POST      401  403  403  400
api-trash-clear             POST      401  403  403  400
api-notifications-list      GET       401  200  200  200
api-notifications-read      POST      401  404  404  404
api-notifications-read-all  POST      401  200  200  200
api-views-list              GET       401  200  200  200
api-views-list              POST      401  400  400  400
api-views-detail            GET       401  200  200  200
api-views-detail            PUT       401  403  403  400
api-views-detail            PATCH     401  403  403  200
api-views-detail            DELETE    401  403  403  204
api-watches-list            GET       401  200  200  200
api-watches-list            POST      401  400  400  400
api-watches-detail          DELETE    401  404  404  404
api-categories-list         GET       401  200  200  200
api-categories-list         POST      401  403  400  400
api-categories-detail       GET       401  200  200  200
api-categories-detail       PUT       401  403  400  400
api-categories-detail       PATCH     401  403  200  200
api-categories-detail       DELETE    401  403  204  204
api-categories-merge        POST      401  403  400  400
api-tags-list               GET       401  200  200  200
api-tags-detail             GET       401  200  200  200
api-tags-detail             PUT       401  403  400  400
api-tags-detail             DELETE    401  403  204  204
api-products-duplicates     GET       401  403  200  200
api-products-prices         GET       401  200  200  200
api-users-list              GET       401  403  403  200
api-users-list              POST      401  403  403  400
api-users-detail            GET       401  403  403  200
api-users-detail            PUT       401  403  403  400
api-users-detail            PATCH     401  403  403  200
api-users-detail            DELETE    401  403  403  400
api-users-bulk              POST      401  403  403  400
api-users-role-preview      GET       401  403  403  400
api-users-unlock            POST      401  403  403  200
api-lockouts-list           GET       401  403  403  200
api-lockouts-unlock-address  POST     401  403  403  400
api-activity                GET       401  403  403  200
api-users-sessions          GET       401  403  403  200
api-users-sessions          DELETE    401  403  403  204
api-users-sessions-detail   DELETE    401  403  403  204
api-users-activity          GET       401  403  403  200
api-users-me-sessions       GET       401  200  200  200
api-users-me-sessions-detail  DELETE  401  404  404  404
api-users-me-factors        GET       401  200  200  200
api-users-factors           DELETE    401  403  403  400
api-second-factor-rules     GET       401  403  403  200
api-second-factor-rules     PUT       401  403  403  400
api-users-me-activity       GET       401  200  200  200
api-users-tokens-list       GET       401  403  403  200
api-users-tokens-detail     DELETE    401  403  403  204
api-tokens-list             GET       401  200  200  200
api-tokens-list             POST      401  400  400  400
api-tokens-detail           GET       401  404  404  404
api-tokens-detail           DELETE    401  404  404  404
api-invitations-list        GET       401  403  403  200
api-invitations-list        POST      401  403  403  400
api-invitations-detail      GET       401  403  403  200
api-invitations-detail      DELETE    401  403  403  204
api-invitations-resend      POST      401  403  403  200
api-invitations-accept      POST      400  400  400  400
api-mails-list              GET       401  403  403  200
api-mails-retry             POST      401  403  403  200
api-users-me                GET       401  200  200  200
api-users-me                PATCH     401  200  200  200
api-users-me-email          POST      401  400  400  400
api-email-confirm           POST      400  400  400  400
api-password-reset          POST      400  400  400  400
api-password-reset-complete  POST     400  400  400  400
api-users-send-password-reset  POST   401  403  403  202
api-users-change-password   POST      401  400  400  400
"""


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    statuses: tuple[int, ...]


def rows() -> list[Row]:
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return [Row(name, method, tuple(map(int, statuses))) for name, method, *statuses in lines]


NAMES = list(dict.fromkeys(row.name for row in rows()))
DECLARED = {(row.name, row.method): row.statuses for row in rows()}


def expected(name: str, method: str, place: int) -> int:
    """The declared status; for a method that is not there 405, after the refusal of whom the address is closed to."""
    if (name, method) in DECLARED:
        return DECLARED[name, method][place]
    others = {statuses[place] for (other, _method), statuses in DECLARED.items() if other == name}
    closed = place == 0 or (others == {403} and is_page(name))
    return others.pop() if closed and name not in PUBLIC | TOKEN_DOORS else 405


def test_every_address_has_its_rows_and_every_row_its_address():
    names = [name for name, _pattern in patterns()]
    assert "None" not in names, "an address without a name cannot be declared"
    assert sorted(set(names)) == sorted(NAMES)
    assert len(DECLARED) == len(rows()), "a row is written twice"


def test_every_row_is_well_formed():
    assert all(len(row.statuses) == 4 and row.method in METHODS for row in rows())
    assert set(NAMES) >= PUBLIC | TOKEN_DOORS


@pytest.fixture
def cast(ada, sam, cleo):
    """None, cleo, sam and ada, and what the addresses speak of."""
    product = ProductFactory(name="Mug", owner=cleo, actor=ada, tags=["enamel"])
    binned = ProductFactory(name="Binned", owner=cleo, actor=ada)
    trash.discard(actor=ada, product=binned)
    kim = UserFactory(username="kim")
    change_set = ChangeSet.objects.filter(actor=ada).earliest("pk")
    token, _secret = personal_tokens.create(actor=kim, name="Till sync", scopes=["read"])
    mail = mails.send("test", to="kim@example.com", person=kim)
    # The first that is part of an address's name says whose it is.
    kims = ("resets-send", "sessions", "user", "people", "lockouts", "view-as", "two-factor")
    keys = {"personal-tokens-end": kim, "token": token, "mails": mail, **dict.fromkeys(kims, kim)}
    told = Notification.objects.create(person=kim, kind="product.low", product=product)
    keys |= {"inbox": told, "notifications": told, "watches": watching.add(actor=kim, product=product)}
    invitation, secret = invited(actor=ada)
    keys |= {"secret": SimpleNamespace(pk=secret), "invitations": invitation}
    keys |= {"trash-restore": binned, "changes-undo": change_set, "changes-show": change_set}
    job = Job.objects.create(kind="changes.undone", actor=ada, task="x")
    view = views_saved.create(actor=ada, name="Cheap", query="price_max=20", is_shared=True)
    keys |= {"slug": SimpleNamespace(pk=view.slug)}
    keys |= {"products:jobs": job, "api-jobs": job}
    keys |= {"api-trash": binned, "api-changes": change_set, "api-categories": CategoryFactory()}
    tag = Tag.objects.get(name="enamel")
    keys |= {"products:categories": keys["api-categories"], "products:tags": tag, "api-tags": tag}
    proposal = proposals.make(actor=cleo, product=product, name="Jug")
    comment = comments.add(actor=cleo, product=product, text="When?")
    keys |= {"proposals-create": product, "proposals": proposal, "comments": product, "comment": comment}
    keys["sid"] = tokens.verify(token=tokens.sign_in(person=kim)["refresh"])[1]
    return (None, cleo, sam, ada), keys, product


def address(name: str, keys: dict, product: Product) -> str:
    pattern = next(pattern for found, pattern in patterns() if found == name)
    thing = next((thing for part, thing in keys.items() if part in name), product)
    return reverse(name, kwargs={part: keys.get(part, thing).pk for part in pattern.pattern.converters})


def asked(client, method: str, url: str, **headers):
    """The answer; whatever it did is taken back, in the browser too."""
    cookies = client.cookies.copy()
    kind = {"content_type": "application/json"} if url.startswith("/api/") else {}
    with transaction.atomic():
        answer = client.generic(method, url, b"" if method == "GET" else b"{}", headers=headers, **kind)
        transaction.set_rollback(True)
    cache.clear()  # what Redis remembers of a session would outlive that
    client.cookies = cookies
    return answer


def is_page(name: str) -> bool:
    return not name.startswith("api-") and name not in PUBLIC


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_each_person_gets_what_the_table_says(name, cast, page_of, api_of):
    people, keys, product = cast
    url = address(name, keys, product)
    for place, person in enumerate(people):
        client = api_of(person) if name.startswith("api-") else page_of(person)
        for method in METHODS:
            answer = asked(client, method, url)
            wanted = expected(name, method, place)
            assert answer.status_code == wanted, (method, person, answer.content[:300])
            if wanted == 302 and person is None and name != "account_logout":
                assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in NAMES if is_page(name)])
def test_a_fragment_is_guarded_as_its_page_is(name, cast, page_of):
    people, keys, product = cast
    url = address(name, keys, product)
    for place, person in enumerate(people):
        client = page_of(person)
        for method in METHODS:
            answer = asked(client, method, url, **{"HX-Request": "true"})
            wanted = expected(name, method, place)
            if person is None:  # htmx follows a redirect without showing it, so the sign-in page is named in a header
                assert (answer.status_code, answer["HX-Redirect"][:17]) == (401, "/accounts/login/?"), method
            elif wanted >= 403:
                assert answer.status_code == wanted, (method, person)
            else:
                assert answer.status_code in (200, 302, 422), (method, person)


@pytest.mark.django_db
def test_a_view_that_says_nothing_lets_nobody_in(rf, ada):
    def forgotten(request):
        return HttpResponse("secret")

    request = rf.get("/")
    request.user = ada
    with pytest.raises(PermissionDenied):
        ClosedByDefaultMiddleware(forgotten).process_view(request, forgotten, (), {})
