"""Which browser on which system, told from what a browser says of itself; good enough to recognise one's own."""

from django.utils.translation import gettext as _

# The first that is found counts: every browser also names those it descends from.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "macOS",
    "Linux": "Linux",
}


def name(agent: str) -> str:
    """Chrome on Windows."""
    browser = next((label for part, label in BROWSERS.items() if part in agent), "")
    system = next((label for part, label in SYSTEMS.items() if part in agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown device")


def is_handheld(agent: str) -> bool:
    return any(part in agent for part in ("iPhone", "iPad", "Android"))
