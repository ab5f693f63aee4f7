"""What keeps a configuration from being safe to serve; site_config/settings.py refuses to start with any of it."""

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}
DEVELOPMENT_KEY = "development-only-key-that-production-refuses-to-start-with"


def problems(*, debug: bool, secret_key: str, jwt_key: str, hosts: list[str], https: bool) -> list[str]:
    """Sentences that say what to set; none when it is safe."""
    outside = [host for host in hosts if host not in LOCAL_HOSTS]
    if debug:
        found = ["DEBUG is on for a public host: set DEBUG=0 or leave only local names in ALLOWED_HOSTS."]
        return found if outside else []
    found = []
    for name, value in (("SECRET_KEY", secret_key), ("JWT_SIGNING_KEY", jwt_key)):
        if not value:
            found.append(f"{name} is missing: set {name} or {name}_FILE to at least 32 random characters.")
        elif len(value) < 32:
            found.append(f"{name} is too short: set it to at least 32 random characters.")
        elif "django-insecure" in value or DEVELOPMENT_KEY in (value, value[::-1]) or len(set(value)) < 8:
            found.append(f"{name} is well known or trivial: set it to at least 32 random characters.")
    if secret_key and secret_key == jwt_key:
        found.append("JWT_SIGNING_KEY equals SECRET_KEY: set a key of its own, so that one leak does not open both.")
    if not hosts:
        found.append("ALLOWED_HOSTS is empty: set it to the names this site answers to, separated by commas.")
    if any("*" in host or host.startswith(".") for host in hosts):
        found.append("ALLOWED_HOSTS has a wildcard: name each host.")
    if not https and outside:
        found.append("HTTPS is off for a public host: set HTTPS=1 and serve it behind TLS.")
    return found
