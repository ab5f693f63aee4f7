"""What the application tells its operator: one line for each event, with its request id and without a secret link."""

from typing import Any


def to_console(level: str) -> dict[str, Any]:
    """Everything from this level on, to the standard error of the process; the container's own log keeps it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "origin": {"()": "site_config.lib.origin.LogFilter"},
            "links": {"()": "site_config.lib.links.LogFilter"},
        },
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["origin", "links"]}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {"handlers": [], "level": "INFO"}, "axes": {"level": "WARNING"}},
    }
