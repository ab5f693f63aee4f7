"""The pages about people. Signing in and out keep the names that allauth and Django look up."""

from django.urls import include, path

from accounts.views import login, password, people, personal_tokens, profile

pages = [
    path("account/", profile.edit, name="profile-edit"),
    path("account/password/", password.change, name="password-change"),
    path("account/tokens/", personal_tokens.create, name="personal-tokens-create"),
    path("account/tokens/<key:pk>/revoke/", personal_tokens.revoke, name="personal-tokens-revoke"),
    path("users/", people.list_, name="people-list"),
    path("users/new/", people.create, name="people-create"),
    path("users/<key:pk>/", people.edit, name="people-edit"),
    path("users/<key:pk>/role/", people.role, name="people-role"),
    path("users/<key:pk>/deactivate/", people.deactivate, name="people-deactivate"),
    path("users/<key:pk>/reactivate/", people.reactivate, name="people-reactivate"),
    path("users/<key:pk>/unlock/", people.unlock, name="people-unlock"),
    path("users/<key:pk>/delete/", people.delete, name="people-delete"),
    path("users/<key:pk>/tokens/<key:token>/revoke/", personal_tokens.end, name="personal-tokens-end"),
]

urlpatterns = [
    path("accounts/login/", login.sign_in, name="account_login"),
    path("accounts/logout/", login.sign_out, name="account_logout"),
    path("", include((pages, "accounts"))),
]
