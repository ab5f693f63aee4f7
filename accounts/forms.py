from allauth.account.forms import LoginForm


class SignInForm(LoginForm): ...
