"""Sessions live in the database; Redis stands in front of it only as long as it answers."""

from typing import Any

from django.contrib.sessions.backends import cached_db, db
from redis.exceptions import RedisError


class SessionStore(cached_db.SessionStore):
    """While Redis is away, who is signed in stays so, and signing in works.

    Signing out does not: the session might come back with Redis, so whoever asks is told to try again (503).
    """

    def load(self) -> dict[str, Any]:
        try:
            return super().load()
        except RedisError:
            return db.SessionStore.load(self)

    def exists(self, session_key: str) -> bool:
        try:
            return bool(super().exists(session_key))
        except RedisError:
            return bool(db.SessionStore.exists(self, session_key))
