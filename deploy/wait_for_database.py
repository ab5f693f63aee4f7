"""Wait until the database answers: after a restart of the machine the application may be up first."""

import os
import sys
import time

from django.db import OperationalError, connection

SECONDS = int(os.environ.get("DB_WAIT_SECONDS", "60"))


def main() -> int:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                print(f"The database did not answer within {SECONDS} seconds: {error}", file=sys.stderr)
                return 1
            time.sleep(0.5)
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main())
