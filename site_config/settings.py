"""Every setting of Stockroom, read from the environment; docs/settings.md lists them.

With DEBUG off it refuses to start on a missing, short or well-known key and on wildcard hosts, and says what to set.
A name may also be given as NAME_FILE, the path of a file that holds the value (a Docker or Kubernetes secret).
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.conf import global_settings
from django.contrib.messages import constants as message_levels
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import FileAwareEnv, validate

from site_config.lib import logs, safety

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv()
# What a running instance writes: the embedded database and, in a trial, its keys.
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")

# --- Where it runs ---------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", safety.DEVELOPMENT_KEY if DEBUG else "").strip()
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", safety.DEVELOPMENT_KEY[::-1] if DEBUG else "").strip()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"] if DEBUG else [])
# Served over TLS. Off only for a trial on one's own machine (make run) and in development.
HTTPS = env.bool("HTTPS", not DEBUG)
# How many proxies in front of the application are ours; 0 means that X-Forwarded-* is ignored.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

if unsafe := safety.problems(
    debug=DEBUG, secret_key=SECRET_KEY, jwt_key=JWT_SIGNING_KEY, hosts=ALLOWED_HOSTS, https=HTTPS
):
    raise ImproperlyConfigured(" ".join(unsafe))

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "csp",
    "django_htmx",
    "template_partials",
    "django_filters",
    "tree_queries",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "django_tasks",
    "django_tasks_db",
    "accounts",
    "products",
]

MIDDLEWARE = [
    "site_config.lib.origin.OriginMiddleware",  # the first, so that no refusal is without its request id
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "site_config.lib.hardening.HardeningMiddleware",
    "site_config.lib.versions.ConditionalMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "site_config.lib.hardening.AddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.session_limits.SessionLimitsMiddleware",  # before whoever asks for the person
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "site_config.lib.htmx.ToastMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.ClosedByDefaultMiddleware",
    "accounts.requirements.SecondFactorMiddleware",
    "accounts.view_as.ViewAsMiddleware",  # after what is asked of the admins themselves
    "site_config.lib.hardening.QuotaMiddleware",
    "site_config.lib.hardening.WordedMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "site_config.urls"
WSGI_APPLICATION = "site_config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Data ------------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR}/stockroom.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock when the transaction starts, so no read inside it can be stale.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)

REDIS_URL = env.str("REDIS_URL", "").strip()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A Redis that hangs costs a request this long, not for ever.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if REDIS_URL
    # Room for the counts of a minute from many addresses.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
}
# Without Redis each process has a cache of its own, so only the database may say who is signed in.
SESSION_ENGINE = "site_config.lib.sessions" if REDIS_URL else "django.contrib.sessions.backends.db"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- People and sign-in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.IdentifierBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.services.passwords.Rules"}]
# Usernames are unique without regard to case, by a constraint that the check cannot see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = False  # django-axes counts sign-ins of the page and the API together
ACCOUNT_LOGOUT_ON_GET = False
# How long after a sign-in or a confirmation no sensitive act asks for another.
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("REAUTHENTICATION_MINUTES", 15) * 60
# How long a mailed link to set a new password works.
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_MINUTES", 60, validate=validate.Range(min=5, max=24 * 60)) * 60
# Whether strangers may make themselves an account, always as a client.
ALLOW_SIGNUP = env.bool("ALLOW_SIGNUP", False)
INVITATION_DAYS = env.int("INVITATION_DAYS", 7, validate=validate.Range(min=1, max=365))
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Stockroom"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

AXES_HANDLER = "accounts.services.lockouts.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_USERNAME_CALLABLE = "accounts.services.lockouts.account_key"
AXES_CLIENT_IP_CALLABLE = "site_config.lib.origin.client_network"
AXES_LOCKOUT_CALLABLE = "accounts.views.login.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "password", "ip_address"]
AXES_VERBOSE = False

SESSION_COOKIE_AGE = env.int("SESSION_DAYS", 14) * 24 * 3600
# Three days, so that a weekend ends nothing; 0: no limit.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", 3 * 24 * 60, validate=validate.Range(min=0))
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "site_config.errors.csrf_failure"

# --- Browser security ------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|health/)$"]  # asked from inside the machine, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # nginx refuses at the same size: deploy/nginx.conf
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.Allows"],
    "DEFAULT_PARSER_CLASSES": ["site_config.lib.drf.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["site_config.lib.throttles.ApiThrottle"],
    "DEFAULT_SCHEMA_CLASS": "site_config.lib.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "site_config.lib.problems.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute; a view names its rate as `throttle_scope`, the others are counted by account or as anonymous.
AT_LEAST_ONE = validate.Range(min=1)
API_RATES = {
    "account": env.int("RATE_ACCOUNT", 600, validate=AT_LEAST_ONE),
    "anonymous": env.int("RATE_ANONYMOUS", 60, validate=AT_LEAST_ONE),
    "sign_in": env.int("RATE_SIGN_IN", 30, validate=AT_LEAST_ONE),
    "refresh": env.int("RATE_REFRESH", 60, validate=AT_LEAST_ONE),
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", 15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", 14)),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "AUDIENCE": "stockroom-api",
    "ISSUER": "stockroom",
    "USER_ID_CLAIM": "sub",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stockroom API",
    "DESCRIPTION": "Everything a page can do, a script can do, by the same rules.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"key": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}},
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.policy.ROLE_CHOICES",
        "StockReason": "products.models.stock.Kind",
        "MailStatus": "accounts.models.mails.STATUS_CHOICES",
        "StatusEnum": "products.filters.STATUSES",
        "ProposableField": "products.api.proposals.WORDS",
    },
}

# --- Files, language, mail, logs -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [*global_settings.STATICFILES_FINDERS, "site_config.lib.bundles.BundleFinder"]
# The image collects and fingerprints the files; elsewhere they are served as they are.
FINGERPRINTED = env.bool("FINGERPRINTED_STATIC", False)
WHITENOISE_USE_FINDERS = not FINGERPRINTED
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if FINGERPRINTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

MESSAGE_TAGS = {message_levels.SUCCESS: "ok", message_levels.ERROR: "bad"}
USE_TZ = USE_I18N = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "site_config.formats"
CURRENCY = env.str("CURRENCY", "GBP")
# After how many days in the trash a product is deleted for good; 0: never.
TRASH_DAYS = env.int("TRASH_DAYS", 30, validate=validate.Range(min=0, max=3650))

# Where the links in mails lead; never what a request calls itself.
SITE_URL = (
    env.str("SITE_URL", "").rstrip("/") or f"{'https' if HTTPS else 'http'}://{(ALLOWED_HOSTS or ['localhost'])[0]}"
)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "").strip()
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", "stockroom@localhost")

LOGGING = logs.to_console(env.str("LOG_LEVEL", "INFO"))
