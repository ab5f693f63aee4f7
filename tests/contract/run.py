"""`make contract`, its second half: schemathesis' command line against a real server, as anonymous and as each role.

The server has a database of its own, beside the one of DATABASE_URL or in VAR_DIR, and each role rows of its own in it.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import django

from tests.processes import ROOT, environment, eventually, free_port, program, run

KEYS = {
    "SECRET_KEY": "tests-only-secret-key-0123456789-abcdefghijklmnop",
    "JWT_SIGNING_KEY": "tests-only-jwt-key-9876543210-ponmlkjihgfedcba",
    "ALLOWED_HOSTS": "127.0.0.1",
    "HTTPS": "0",
    **dict.fromkeys(("RATE_ACCOUNT", "RATE_ANONYMOUS", "RATE_SIGN_IN", "RATE_REFRESH"), "1000000"),
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "site_config.settings",
}
HOURS = 3600


def main() -> int:
    """The number of roles that found a failure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(KEYS, VAR_DIR=folder)
        django.setup()
        from django.db import connection

        kept = connection.settings_dict["NAME"]
        is_file = connection.vendor == "sqlite"
        connection.settings_dict["TEST"]["NAME"] = f"{folder}/contract.sqlite3" if is_file else f"{kept}_contract"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            return served(Path(folder), {**KEYS, "VAR_DIR": folder, "DATABASE_URL": address(connection)})
        finally:
            connection.creation.destroy_test_db(kept, verbosity=0)


def address(connection: Any) -> str:
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}" if given["PASSWORD"] else quote(given["USER"])
    return f"postgres://{who}@{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}/{given['NAME']}"


def served(folder: Path, names: dict[str, str]) -> int:
    port, log = free_port(), folder / "server.log"
    server = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", f"127.0.0.1:{port}"]
    with program([*server, "site_config.wsgi"], log=log, env=environment(**names)):
        here = f"http://127.0.0.1:{port}"
        eventually(lambda: urlopen(f"{here}/readyz").status == 200, log.read_text)
        from tests.contract.rows import ROLES

        found = sum(asked_by(role, here, folder, names) for role in ROLES)
        errors = [line for line in log.read_text().splitlines() if " ERROR " in line]
        sys.stdout.write("\n".join(["The server logged these errors:", *errors, ""] if errors else []))
    return found


def asked_by(role: str, here: str, folder: Path, names: dict[str, str]) -> bool:
    """Whether schemathesis found anything wrong as this role."""
    from tests.contract import rows, rules

    person = rows.person_of(role)
    values = rows.made(person)
    names = {**names, "CONTRACT_VALUES": json.dumps(values)}
    if person:
        names["CONTRACT_PERSON"] = str(person.pk)
    config = rules.settings(examples=int(os.environ.get("CONTRACT_EXAMPLES", "200")), values=values)
    file = folder / f"{role}.toml"
    file.write_text(rules.as_toml({**config, "hooks": "tests.contract.hooks"}))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "run", f"{here}/api/schema/"]
    done = run(command, seconds=HOURS, env=environment(**names, PYTHONPATH=str(ROOT)))
    sys.stdout.write(f"--- As {role} ---\n{done.stdout}\n")
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
