"""The first person of a new desk, without whom nobody could log in."""

import os
from collections.abc import Mapping

from desk.errors import Refused
from desk.passwords import Passwords
from desk.people import NewPerson, People
from desk.tiers import load_tiers
from frontdoor.problems import ConfigurationError, Problem
from frontdoor.settings import Settings
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade

LOGIN = "admin"
PASSWORD_VARIABLE = "FRONTDOOR_ADMIN_PASSWORD"  # noqa: S105  the name of a variable


async def create_first_admin(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """Add an admin when the desk has nobody; the password, if one was generated, else empty.

    `FRONTDOOR_ADMIN_PASSWORD` gives one where nobody looks at a screen. Raises `ConfigurationError` if it is weak.
    """
    if not settings.desks.built_in.enabled:
        return ""
    tiers = load_tiers(settings.root / "tiers.yml")
    database = Database(settings.database_url)
    try:
        await upgrade(database)
        people = People(database, MemoryBus(), tiers, Passwords())
        if await people.all():
            return ""
        faces_customer = tuple(name for name, tier in tiers.tiers.items() if tier.faces_customer)
        person = NewPerson(
            login=LOGIN,
            name="Admin",
            role="admin",
            tiers=faces_customer,
            password=environ.get(PASSWORD_VARIABLE, ""),
        )
        _, password = await people.add(person)
    except Refused as refused:
        if refused.code == "login_exists":  # another `up` on the same database was faster
            return ""
        remedy = "Set a longer one that nobody guesses, or unset it to have one made."
        problem = Problem(where=f"environment {PASSWORD_VARIABLE}", what=refused.sentence("en"), remedy=remedy)
        raise ConfigurationError([problem]) from refused
    else:
        return password
    finally:
        await database.close()
