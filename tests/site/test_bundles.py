"""One stylesheet and one script go over the wire, made of the files that people write."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from site_config.lib import bundles


@pytest.fixture
def finder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return bundles.BundleFinder()


def test_a_bundle_is_found_like_any_file_and_holds_its_parts_in_order(finder):
    made = Path(finder.find("css/stockroom.css")).read_text()
    parts = [(settings.BASE_DIR / "static" / part).read_text() for part in bundles.STYLES]
    assert made == "".join(parts)
    assert finder.find("css/stockroom.css", find_all=True) == [finder.find("css/stockroom.css")]


def test_each_script_keeps_its_names_to_itself(finder):
    made = Path(finder.find("js/stockroom.js")).read_text()
    assert made.startswith("{\n")
    assert made.count("\n}\n{\n") >= len(bundles.SCRIPTS) - 1
    assert not [part for part in bundles.SCRIPTS if "import " in (settings.BASE_DIR / "static" / part).read_text()]


def test_it_is_made_again_when_a_part_changed_and_only_then(finder, monkeypatch):
    path = Path(finder.find("css/stockroom.css"))
    first = path.stat().st_mtime_ns
    assert Path(finder.find("css/stockroom.css")).stat().st_mtime_ns == first
    monkeypatch.setattr(bundles, "joined", lambda path: "changed")
    assert Path(finder.find("css/stockroom.css")).read_text() == "changed"
    assert path.stat().st_mode & 0o777 == 0o644
    assert len(list(path.parent.iterdir())) == 1


def test_another_file_is_not_its_business(finder):
    assert finder.find("css/other.css") == []
    assert finder.check() == []


def test_collecting_takes_the_bundles_along(finder):
    assert [path for path, _storage in finder.list(None)] == list(bundles.BUNDLES)
    assert finders.find("js/stockroom.js")


def test_every_stylesheet_is_in_the_bundle():
    there = sorted(path.name for path in (settings.BASE_DIR / "static" / "css").iterdir())
    assert [Path(part).name for part in bundles.STYLES] == there
