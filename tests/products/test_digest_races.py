"""Two workers and one week; and two who watch the same thing at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from products.models import Watch
from products.services import catalogue, digest, watching
from tests.factories import ProductFactory
from tests.parallel import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_of_several_workers_one_sends_each_digest(ada, sam, cleo):
    product = ProductFactory(owner=cleo, actor=ada)
    User.objects.update(created_at=timezone.now() - timedelta(days=30))
    catalogue.edit(actor=sam, product=product, price="47.00")
    assert sorted(at_once(lambda _number: digest.send_due(), times=4, workers=4)) == [0, 0, 0, 1]
    assert Mail.objects.filter(kind="digest").count() == 1


def test_who_presses_watch_in_two_windows_watches_once(sam, mug):
    made = at_once(lambda _number: watching.add(actor=sam, product=mug).pk, times=4, workers=4)
    assert {Watch.objects.get().pk} == set(made)
