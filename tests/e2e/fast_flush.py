"""Empties the tables after a browser test by DELETE, not TRUNCATE: tens of milliseconds, not a second.

Every foreign key Django makes is deferred to the end of the transaction, so the order of the deletes does not matter.
"""

from contextlib import contextmanager

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission", "django_migrations"}


def wipe(alias):
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        for name in names:
            if name not in KEPT:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608


def teardown(self):
    for alias in self._databases_names(include_mirrors=False):
        wipe(alias)


@contextmanager
def installed():
    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = teardown
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = original
