"""docs/api.md: every recipe runs as it stands, and does what it says."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Invitation, Mail, PersonalToken, RequiredFactor, User
from accounts.policy import Role
from accounts.services import personal_tokens
from products.models import Product
from tests.factories import PASSWORD, ProductFactory, UserFactory
from tests.processes import ROOT, environment, run

TEXT = (settings.BASE_DIR / "docs" / "api.md").read_text()
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
BLOCKS = {
    name: found.groups()
    for name, section in SECTIONS.items()
    if (found := re.search(r"^```(bash|python)\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
}


@pytest.fixture
def shop(transactional_db):
    sam = UserFactory(username="sam", role=Role.STAFF)
    mug = ProductFactory(name="Enamel mug", sku="MUG-1", price="12.50", stock=10, owner=sam)
    for number in range(205):  # more than a page
        ProductFactory(name=f"Bowl {number}", sku=f"BOWL-{number}", price="4.00", owner=sam)
    return sam, mug


@pytest.fixture
def cook(live_server, tmp_path, shop):
    """Runs a recipe in a bare shell or Python, signed in as sam; what it printed."""
    sam, _mug = shop

    def follow(name: str, *arguments: str) -> str:
        language, code = BLOCKS[name]
        names = {"API": f"{live_server.url}/api", "SITE": live_server.url, "USERNAME": "sam", "PASSWORD": PASSWORD}
        if language == "python":
            _row, names["TOKEN"] = personal_tokens.create(actor=sam, name="t", scopes=["products", "stock"], days=30)
            shutil.copy(Path(settings.BASE_DIR) / "docs" / "client" / "stockroom_client.py", tmp_path)
            command = [sys.executable, "-c", code, *arguments]
        else:
            command = ["bash", "-euo", "pipefail", "-c", BLOCKS["Set up"][1] + (code if name != "Set up" else "")]
        done = run(command, cwd=tmp_path, env={**environment(**names), "PATH": os.environ["PATH"]})
        assert done.returncode == 0, done.stdout
        return done.stdout

    return follow


def test_there_are_as_many_recipes_as_there_are_jobs():
    assert len(BLOCKS) == len(SECTIONS) == 12


def test_every_code_that_is_explained_can_be_met():
    source = "".join(
        path.read_text() for app in ("accounts", "products", "site_config") for path in (ROOT / app).rglob("*.py")
    )
    explained = {code for line in TEXT.splitlines() if line.startswith("| 4") for code in re.findall(r"`(\w+)`", line)}
    theirs = {"otp", "current", "stock"}  # fields
    assert len(explained) > 25
    assert [code for code in explained - theirs if f'"{code}"' not in source] == []


def test_log_in_and_refresh(cook):
    assert '"username":"sam"' in cook("Log in and refresh")


def test_make_a_personal_token(cook):
    printed = cook("Make a personal token").strip()
    token = PersonalToken.objects.get()
    assert printed.startswith("stockroom_pat_")
    assert sorted(token.granted) == ["read", "stock"]


def test_page_through_everything(cook):
    printed = cook("Page through everything").splitlines()
    assert len(printed) == len(set(printed)) == 206
    assert "MUG-1 10" in printed


def test_retry_safely(cook):
    printed = cook("Retry safely").split()
    assert len(printed) == 3
    assert len(set(printed)) == Product.objects.filter(name="Oak step stool").count() == 1


def test_save_onto_what_you_read(cook, shop):
    printed = cook("Save onto what you read")
    assert printed.splitlines()[0] == "13.20"
    assert "'theirs': '13.20'" in printed
    assert str(Product.objects.get(sku="MUG-1").price) == "13.20"


def test_change_many_prices_after_a_rehearsal(cook):
    assert cook("Change many prices, after a rehearsal").splitlines() == ["Enamel mug price 12.50 -> 13.12", "1"]
    assert str(Product.objects.get(sku="MUG-1").price) == "12.50"  # done, and undone


def test_receive_and_count_stock(cook):
    assert cook("Receive and count stock").split() == ["34", "-1"]
    assert Product.objects.get(sku="MUG-1").stock == 33


def test_invite_somebody(cook):
    User.objects.filter(username="sam").update(role=Role.ADMIN)
    printed = cook("Invite somebody").strip()
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.language) == ("noor@example.com", "client", "es")
    assert printed == invitation.expires_at.isoformat().replace("+00:00", "Z")
    assert Mail.objects.filter(to=invitation.email).count() == 2


def test_feed_stock_from_an_erp(cook, tmp_path):
    (tmp_path / "stock.csv").write_text("sku,stock\nMUG-1,7\nBOWL-1,0\nNOPE,3\n")
    printed = cook("Feed stock from an ERP", str(tmp_path / "stock.csv"))
    assert printed.splitlines() == ["set MUG-1 10 -> 7", "unknown NOPE"]
    assert Product.objects.get(sku="MUG-1").stock == 7


def test_merge_when_somebody_was_faster(cook):
    assert cook("Merge when somebody was faster").strip() == "Enamel mug, 350 ml 13.20"


def test_go_on_where_a_second_factor_is_required(cook):
    RequiredFactor.objects.create(role=Role.STAFF)
    said, stock = cook("Go on where a second factor is required").splitlines()
    assert said.startswith("Your role needs a second factor. Sign in at http")
    assert stock == "10"
