"""When somebody last gave their password, as allauth notes it in the session."""

import time

METHODS = "account_authentication_methods"


def stamp(session, person):
    """Just now: what `@recent_login` asks for."""
    session[METHODS] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session[f"{METHODS}_user"] = str(person.pk)


def age(client):
    """Too long ago: the next sensitive act is asked to confirm."""
    session = client.session
    session[METHODS] = [{**record, "at": 0} for record in session[METHODS]]
    session.save()
