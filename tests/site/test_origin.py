"""Where an act comes from: never what a client may forge."""

import logging

import pytest

from products.models import ChangeSet
from site_config.lib import origin


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),  # no proxy of ours: the header is the client's own
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # what stands left of it was sent by the client
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # fewer entries than proxies: it did not pass them
        (1, "", "192.0.2.1"),
        (1, " , ,", "192.0.2.1"),
        (1, "rubbish", None),
        (1, "203.0.113.9:1234", None),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_nearest_that_is_not_a_proxy_of_ours(proxies, forwarded, address, rf, settings):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert origin.client_address(request) == address


def test_a_socket_has_no_address(rf):
    assert origin.client_address(rf.get("/", REMOTE_ADDR="")) is None


@pytest.mark.django_db
def test_a_change_by_the_api_knows_its_request(api_of, sam, mug):
    answer = api_of(sam).patch(
        f"/api/products/{mug.pk}/",
        {"name": "Jug"},
        REMOTE_ADDR="192.0.2.7",
        headers={"X-Forwarded-For": "10.9.9.9", "X-Request-ID": "forged"},
    )
    change_set = ChangeSet.objects.latest("pk")
    assert (change_set.source, change_set.address) == ("api", "192.0.2.7")
    assert change_set.request_id == answer["X-Request-ID"] != "forged"


@pytest.mark.django_db
def test_each_request_has_an_id_of_its_own_and_leaves_none_behind(api_of, sam):
    ids = {api_of(sam).get("/api/products/")["X-Request-ID"] for _number in range(3)}
    assert len(ids) == 3
    assert origin.current() == origin.Origin("command", None, "")


def test_an_origin_ends_with_its_block_even_when_it_fails():
    with pytest.raises(RuntimeError), origin.acting_from(origin.Origin("task", None, "x")):
        assert origin.current().source == "task"
        raise RuntimeError
    assert origin.current().source == "command"


def test_log_lines_carry_the_request_id():
    record = logging.LogRecord("x", logging.INFO, "", 0, "", None, None)
    assert origin.LogFilter().filter(record)
    assert record.request_id == "-"
    with origin.acting_from(origin.Origin("page", None, "abc")):
        origin.LogFilter().filter(record)
    assert record.request_id == "abc"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:0::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", False),
        (None, None, True),
        (None, "198.51.100.7", False),
    ],
)
def test_limits_count_by_what_one_subscriber_is_given(rf, one, other, together):
    networks = [origin.client_network(rf.get("/", REMOTE_ADDR=address or "")) for address in (one, other)]
    assert (networks[0] == networks[1]) == together
