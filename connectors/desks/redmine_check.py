"""Whether a Redmine is as the settings take it to be: the key, and in each project rights, trackers and fields."""

from connectors.channel import Finding
from connectors.desks.redmine_api import RedmineApi
from connectors.desks.redmine_names import missing
from connectors.desks.redmine_settings import RedmineSettings
from connectors.errors import SendError
from connectors.findings import bad, failed, good
from connectors.message import JSON

RIGHTS = {
    "view_issues": "View issues", "add_issues": "Add issues", "edit_issues": "Edit issues",
    "add_issue_notes": "Add notes", "set_notes_private": "Set notes as private",
    "view_private_notes": "View private notes",
}  # fmt: skip


async def findings(api: RedmineApi, settings: RedmineSettings) -> list[Finding]:
    """What `frontdoor desk test` tells."""
    try:
        me, statuses, priorities = await api.me(), await api.statuses(), await api.priorities()
    except SendError as error:
        remedy = "Compare url and key; the REST API must be enabled (Administration, Settings, API)."
        return [failed("Redmine does not let us in", error, remedy)]
    found = [good(f"Redmine knows us as {me.get('login')}")]
    places = settings.placements.values()
    for name in sorted({settings.queue, *(each.queue for each in places)} - {""}):
        found += await _of_project(api, settings, name, me)
    states = {settings.open_status, settings.resolved_status, settings.returned_status, *settings.resolved_statuses}
    ranks = {*settings.priorities.values(), *(each.priority for each in places)}
    for what, names, known in (("status", states, statuses), ("priority", ranks, priorities)):
        if unknown := missing(names, known):
            remedy = f"Known: {', '.join(str(each.get('name')) for each in known)}."
            found.append(bad(f"Redmine has no {what} {', '.join(unknown)}", remedy))
    if settings.tags or any(each.tags for each in places):
        found.append(bad("Redmine has no tags", "Take `tags` away; use a custom field (`fields`) instead."))
    return found


async def _of_project(api: RedmineApi, settings: RedmineSettings, name: str, me: JSON) -> list[Finding]:
    try:
        project = await api.project(name)
        member = [each for each in me.get("memberships") or () if each["project"]["id"] == project["id"]]
        roles = [int(role["id"]) for each in member for role in each.get("roles") or ()]
        rights, (fields, all_known) = await api.rights(roles), await api.fields(project)
    except SendError as error:
        return [failed(f"Redmine shows us no project {name}", error, "Make us a member; compare the identifier.")]
    found: list[Finding] = []
    if lacking := [label for right, label in RIGHTS.items() if right not in rights and not me.get("admin")]:
        found.append(bad(f"we lack rights in {name}: {', '.join(lacking)}", "Give them to the role we have there."))
    if all_known and (unknown := missing(set(settings.fields), fields)):
        found.append(bad(f"tickets in {name} have no fields {', '.join(unknown)}", "Give them to the project."))
    if missing({settings.tracker}, project.get("trackers") or ()):
        found.append(bad(f"{name} has no tracker {settings.tracker}", "Compare the project's trackers."))
    return found or [good(f"project {name} takes our tickets")]
