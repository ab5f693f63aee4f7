"""Devices are named from what browsers say of themselves."""

import pytest

from site_config.lib import devices

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "named", "handheld"),
    [
        (WINDOWS, "Chrome on Windows", False),
        (f"{WINDOWS} Edg/126.0.0.0", "Edge on Windows", False),
        (f"{WINDOWS} OPR/111.0.0.0", "Opera on Windows", False),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0",
            "Firefox on macOS",
            False,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux", False),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone", True),
        (f"{IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "Chrome on iPhone", True),
        (f"{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone", True),
        (f"{ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome on Android", True),
        (f"{ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android", True),
        ("Mozilla/5.0 (X11; CrOS x86_64 15823.40.0) Chrome/126.0.0.0 Safari/537.36", "Chrome on ChromeOS", False),
        ("Firefox", "Firefox", False),
        ("Windows", "Windows", False),
        ("curl/8.7.1", "Unknown device", False),
        ("", "Unknown device", False),
        ("<script>alert(1)</script>", "Unknown device", False),
    ],
)
def test_a_device_is_named_as_people_call_it(agent, named, handheld):
    assert (devices.name(agent), devices.is_handheld(agent)) == (named, handheld)
