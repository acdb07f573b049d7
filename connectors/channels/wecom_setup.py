"""Looks whether the channel is set up at WeCom, and makes the links by which customers reach it."""

from connectors.channel import Finding
from connectors.channels.wecom_api import WeComApi
from connectors.errors import SendError
from connectors.fields import clean_line
from connectors.findings import failed
from connectors.message import JSON

ACCOUNTS_PAGE = 100  # the most there is (/document/path/94661)
SCENE = "frontdoor"
HELP = "See docs/channels/wecom.md, Troubles."


async def accounts(api: WeComApi) -> list[JSON]:
    """The company's customer service accounts. Raises `SendError`."""
    found: dict[str, JSON] = {}
    while True:
        answer = await api.post("kf/account/list", {"offset": len(found), "limit": ACCOUNTS_PAGE})
        page = answer.get("account_list")
        rows = [each for each in page if isinstance(each, dict)] if isinstance(page, list) else []
        new = {str(each["open_kfid"]): each for each in rows if each.get("open_kfid")}
        if new.keys() <= found.keys():
            return [*found.values()]
        found |= new
        if len(rows) < ACCOUNTS_PAGE:
            return [*found.values()]


def managed(account: JSON) -> bool:
    """Whether the application may write for an account."""
    return account.get("manage_privilege") is not False


async def check(api: WeComApi, chosen: tuple[str, ...]) -> list[Finding]:
    """Credentials, accounts and what the application may do with them."""
    try:
        present = {str(each["open_kfid"]): each for each in await accounts(api)}
    except SendError as error:
        return [failed("the accounts cannot be read", error, HELP)]
    found = [Finding(what="WeCom accepts the corp id and the secret", ok=True)]
    for account in chosen or tuple(present):
        if account not in present:
            remedy = f"Use one of: {', '.join(present) or 'none yet; create one in the console'}."
            found.append(Finding(what=f"{account} is not one of the company's accounts", ok=False, remedy=remedy))
            continue
        name = clean_line(str(present[account].get("name", "")))[:60]
        remedy = "In the console choose the application at WeChat Customer Service > accounts managed by API."
        ok = managed(present[account])
        what = f"{name} ({account}) is {'' if ok else 'not '}managed by this application"
        found.append(Finding(what=what, ok=ok, remedy=remedy))
    if not present:
        found.append(
            Finding(what="there is no customer service account", ok=False, remedy="Create one in the console.")
        )
    return found


async def connect(api: WeComApi, chosen: tuple[str, ...], webhook_url: str) -> list[Finding]:
    """The link of each account, to be put on a page; the callback has to be entered by hand."""
    found = []
    try:
        ours = chosen or tuple(str(each["open_kfid"]) for each in await accounts(api) if managed(each))
        for account in ours:
            answer = await api.post("kf/add_contact_way", {"open_kfid": account, "scene": SCENE})
            found.append(Finding(what=f"customers of {account} write by {answer.get('url', '')}", ok=True))
    except SendError as error:
        found.append(failed("the accounts' links were not made", error, HELP))
    what = f"enter the callback in the console by hand: {webhook_url}"
    return [*found, Finding(what=what, ok=True)]
