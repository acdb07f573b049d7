"""Settings: what is accepted, what is refused and in which words, and where secrets come from."""

import json
import re
import stat
from pathlib import Path

import pytest
from pydantic import BaseModel

from connectors.registry import OWN, VENDORS
from connectors.settings import looks_like_an_example
from desk.tiers import load_tiers
from frontdoor.access_settings import access, provider_of
from frontdoor.channel_settings import vendors
from frontdoor.keys import FILE, Keys, environment_name
from frontdoor.problems import ConfigurationError, Problem
from frontdoor.settings import ENVIRONMENT, Configuration, Settings, load
from frontdoor.validation import nested_section

ROOT = Path(__file__).resolve().parents[3]


OIDC = "client_id: desk, client_secret: 8f14e45fceea167a5a36dedd4bea2543"
ISSUER = "issuer: https://login.example"


def problems(root: Path, **environ: str) -> dict[str, Problem]:
    """What is wrong, by place."""
    with pytest.raises(ConfigurationError) as caught:
        load(root, environ)
    return {problem.where: problem for problem in caught.value.problems}


def test_an_empty_folder_has_all_defaults_and_absolute_paths(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8080, "http://localhost:8080")
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/frontdoor.db"
    assert settings.knowledge.path == tmp_path / "data/kb"
    assert (settings.rasa.port, settings.actions.port, settings.bus_url) == (5005, 5055, "memory://")
    assert settings.mail is None


def looks_right(name: str) -> str:
    """A value for a variable that an example file names."""
    if name.endswith("_URL"):
        return f"{'smtp' if 'SMTP' in name else 'imaps'}://user:a-word@mail.example:25"
    if name.endswith("_WEBHOOK"):
        return "https://chat.example/hook/Tq4x9Zb2Lm7K"
    if name.endswith("_AES_KEY"):
        return "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    if name == "TELEGRAM_BOT_TOKEN":
        return "110201543:Tq4x9Zb2Lm7Kc1Vn8Rd5Wf3Hs6Jp0Yg"
    return "Tq4x9Zb2Lm7Kc1Vn8Rd5Wf3Hs6Jp0Yg"


def test_the_shipped_files_say_what_the_defaults_are(tmp_path: Path) -> None:
    """Uncommenting the shipped examples changes nothing, except that vendors' channels and a helpdesk are on."""
    named: set[str] = set()
    for name in ("frontdoor.yml", "channels.yml", "desks.yml"):
        lines = [
            re.sub(r"^(\s*)# (?=\s*(?:- )?[a-z_0-9]+: ?)", r"\1", line)
            for line in (ROOT / name).read_text().splitlines()
        ]
        text = "\n".join(line for line in lines if not line.startswith("#"))
        (tmp_path / name).write_text(text)
        named |= set(re.findall(r"\$\{([A-Z_]+)\}", text))
    environ = {each: looks_right(each) for each in named}
    written, default = load(tmp_path, environ), load(tmp_path / "..", {**environ, "FRONTDOOR_DATA_DIR": str(tmp_path)})
    assert written.mail is not None
    assert written.oidc is not None
    for name in Configuration.model_fields:
        if name not in {"data_dir", "database_url", "knowledge", "mail", "oidc", "channels", "desks"}:
            assert getattr(written, name) == getattr(default, name), name
    for name in ("built_in", "failover_after_s"):
        assert getattr(written.desks, name) == getattr(default.desks, name), name
    assert written.desks.enabled == ("built_in", "zammad")
    assert [route.desk for route in written.desks.routes] == ["zammad"]
    assert [notice.kind for notice in written.desks.notices] == ["feishu"]
    for name in OWN:
        assert getattr(written.channels, name) == getattr(default.channels, name), name
    shown = {own.kind or name for name, own in vendors(written.channels).items()}
    assert shown == set(VENDORS), "channels.yml shows every kind"


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "frontdoor.yml").write_text("port: abc\nprt: 3\nrasa: {timeout_s: -1}\nmail: {sender: x}\nbrand: no\n")
    (tmp_path / "channels.yml").write_text("web:\n  allowed_origins: [https://a.example/b]\nrst: {}\n")
    (tmp_path / "desks.yml").write_text("built_in:\n\tenabled: true\n")
    found = problems(tmp_path, FRONTDOOR_ACTIONS_PORT="0")
    assert found["frontdoor.yml:1 port"].what == "is not a whole number"
    assert found["frontdoor.yml:2 prt"].remedy == "Did you mean port?"
    assert "greater than 0" in found["frontdoor.yml:3 rasa.timeout_s"].what
    assert found["frontdoor.yml:4 mail.from"].what == "is missing"
    assert found["frontdoor.yml:5 brand"].what == "is not a group of settings"
    assert "https://shop.example" in found["channels.yml:2 web.allowed_origins[0]"].remedy
    assert found["channels.yml:3 rst"].remedy == "Did you mean rest?"
    assert "is not valid YAML" in found["desks.yml:2"].what
    assert "environment FRONTDOOR_ACTIONS_PORT (actions.port)" in found
    assert all(problem.remedy for problem in found.values())


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("port: 1\nport: 2\n", "frontdoor.yml:2 port", "is set twice, first in line 1"),
        ("- a\n", "frontdoor.yml", "must be a mapping"),
        ("host: ${NOWHERE}\n", "frontdoor.yml:1 host", "NOWHERE, which is not set"),
        ("host: ${}\n", "frontdoor.yml:1 host", "without a variable name"),
        ("database_url: mysql://x/y\n", "frontdoor.yml:1 database_url", "supported database"),
        ("database_url: 'sqlite:///:memory:'\n", "frontdoor.yml:1 database_url", "a restart loses it"),
        ("bus_url: amqp://x\n", "frontdoor.yml:1 bus_url", "supported bus"),
        ("channels: {}\n", "frontdoor.yml:1 channels", "does not belong in this file"),
        ("trusted_proxies: [everyone]\n", "frontdoor.yml:1 trusted_proxies[0]", "not a valid ipv4 or ipv6 network"),
        ("rasa: {url: 'http://10.0.0.5:5005'}\n", "frontdoor.yml:1 rasa", "managed: true starts Rasa on this machine"),
        (
            "mail: {from: a@b.c, smtp_url: 'http://x'}\n",
            "frontdoor.yml:1 mail.smtp_url",
            "not the address of a mail server",
        ),
        ("security: {two_factor: sometimes}\n", "frontdoor.yml:1 security.two_factor", "'off', 'optional'"),
        ("security: {required_for: [king]}\n", "frontdoor.yml:1 security.required_for[0]", "'king' is no role"),
        (f"oidc: {{{OIDC}, issuer: 'http://login.example'}}\n", "frontdoor.yml:1 oidc.issuer", "is not encrypted"),
        (f"oidc: {{{OIDC}}}\n", "frontdoor.yml:1 oidc.issuer", "is missing"),
        (f"oidc: {{{OIDC}, {ISSUER}, roles: {{x: boss}}}}\n", "frontdoor.yml:1 oidc.roles.x", "'boss' is no role"),
        (f"oidc: {{{OIDC}, {ISSUER}, role_claim: groups}}\n", "frontdoor.yml:1 oidc", "role_claim and roles belong"),
        (f"oidc: {{{OIDC}, {ISSUER}, domains: [a@b.c]}}\n", "frontdoor.yml:1 oidc.domains[0]", "is not a domain"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, where: str, what: str) -> None:
    (tmp_path / "frontdoor.yml").write_text(text)
    assert what in problems(tmp_path)[where].what


def test_a_file_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "frontdoor.yml").write_bytes("brand: {zh: 暖居}".encode("gb18030"))
    assert "cannot be read" in problems(tmp_path)["frontdoor.yml"].what


def test_off_is_a_word_although_yaml_reads_it_as_false(tmp_path: Path) -> None:
    (tmp_path / "frontdoor.yml").write_text("security: {two_factor: off}\n")
    assert load(tmp_path, {}).security.two_factor == "off"


def test_tiers_of_the_provider_must_be_those_of_the_desk(tmp_path: Path) -> None:
    tiers = load_tiers(ROOT / "tiers.yml")
    text = f"oidc: {{{OIDC}, {ISSUER}, tier_claim: teams, tiers: {{hotline: front_line, moon: nowhere}}}}\n"
    (tmp_path / "frontdoor.yml").write_text(text)
    settings = load(tmp_path, {})
    assert settings.oidc is not None
    provider = provider_of(settings.oidc, settings.public_url)
    with pytest.raises(ConfigurationError) as caught:
        access(settings.security, settings.oidc, provider, tiers, key="", company="", home="")
    assert [problem.where for problem in caught.value.problems] == ["frontdoor.yml oidc.tiers.moon"]


def test_variables_are_put_in_after_parsing(tmp_path: Path) -> None:
    (tmp_path / "frontdoor.yml").write_text("brand: {en: '${NAME:-Shop}', zh: '$${NAME}'}\nport: ${PORT:-9000}\n")
    settings = load(tmp_path, {"NAME": "A: #1 {shop}"})
    assert (settings.brand.en, settings.brand.zh, settings.port) == ("A: #1 {shop}", "${NAME}", 9000)
    assert load(tmp_path, {}).brand.en == "Shop"


def test_the_environment_wins_over_the_files(tmp_path: Path) -> None:
    (tmp_path / "frontdoor.yml").write_text("port: 9000\nlogs: {level: debug}\n")
    settings = load(tmp_path, {"FRONTDOOR_PORT": "9001", "FRONTDOOR_LOG_FORMAT": "json", "FRONTDOOR_HOST": ""})
    assert (settings.port, settings.logs.level, settings.logs.format) == (9001, "debug", "json")
    assert settings.host == "127.0.0.1"


def test_settings_are_frozen_and_show_no_secret(tmp_path: Path) -> None:
    (tmp_path / "channels.yml").write_text("web: {identity_secret: 8f14e45fceea167a5a36dedd4bea2543}\n")
    settings = load(tmp_path, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
    assert "8f14e45f" not in repr(settings)
    assert settings.keys.session_key.get_secret_value() not in repr(settings)


@pytest.mark.parametrize(
    "secret", ["change-me", "changeme-changeme-changeme", "your-secret-goes-here", "short", "Example"]
)
def test_example_secrets_are_refused(tmp_path: Path, secret: str) -> None:
    (tmp_path / "channels.yml").write_text(f"web: {{identity_secret: {secret}}}\n")
    assert "example" in problems(tmp_path)["channels.yml:1 web.identity_secret"].what
    variable = environment_name("session_key")
    (tmp_path / "channels.yml").write_text("")
    assert "example" in problems(tmp_path, **{variable: secret})[f"environment {variable}"].what


def test_keys_are_made_once_for_this_user_only(tmp_path: Path) -> None:
    first, second = load(tmp_path, {}).keys, load(tmp_path, {}).keys
    assert first == second
    path = tmp_path / "var" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = json.loads(path.read_text())
    assert set(values) == set(Keys.model_fields)
    assert len(set(values.values())) == len(values)
    assert not any(looks_like_an_example(value) for value in values.values())


def test_keys_of_the_environment_win_and_need_no_file(tmp_path: Path) -> None:
    environ = {environment_name(name): f"{index}" * 40 for index, name in enumerate(Keys.model_fields)}
    assert load(tmp_path, environ).keys.session_key.get_secret_value() == "0" * 40
    assert not (tmp_path / "var").exists()


def test_a_key_that_is_new_in_this_version_is_added(tmp_path: Path) -> None:
    before = load(tmp_path, {}).keys
    path = tmp_path / "var" / FILE
    values = json.loads(path.read_text())
    del values["rasa_token"]
    path.write_text(json.dumps(values))
    after = load(tmp_path, {}).keys
    assert after.session_key == before.session_key
    assert after.rasa_token != before.rasa_token


@pytest.mark.parametrize("content", ["{", "[]", '{"session_key": 5}'])
def test_a_damaged_file_of_keys_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / FILE).write_text(content)
    found = problems(tmp_path)[str(tmp_path / "var" / FILE)]
    assert "Delete" in found.remedy or "delete" in found.remedy


def every_field(model: type[BaseModel], above: str = "") -> list[tuple[str, str]]:
    """(dotted name, description) of every setting."""
    found = []
    for name, field in model.model_fields.items():
        dotted = f"{above}{field.alias or name}"
        section = nested_section(field)
        if section is None:
            found.append((dotted, field.description or ""))
        else:
            found += every_field(section, f"{dotted}.")
    return found


@pytest.mark.parametrize(("name", "description"), every_field(Configuration))
def test_every_setting_is_documented_and_in_its_example_file(name: str, description: str) -> None:
    assert description.endswith((".", ").")), name
    file = {"channels": "channels.yml", "desks": "desks.yml"}.get(name.split(".")[0], "frontdoor.yml")
    assert re.search(rf"^[ #-]*{name.split('.')[-1]}:", (ROOT / file).read_text(), re.MULTILINE), (
        f"{name} is not in {file}"
    )


@pytest.mark.parametrize("name", [name.split(".")[-1] for name, _ in every_field(Configuration)])
def test_every_setting_does_something(name: str) -> None:
    """A setting that nothing reads would be a promise that is not kept."""
    attribute = {"from": "sender"}.get(name, name)
    readers = [
        path
        for path in (ROOT / "frontdoor").rglob("*.py")
        if path.name not in {"sections.py", "settings.py"} and re.search(rf"\.{attribute}\b", path.read_text())
    ]
    assert readers, f"nothing reads {name}"


def test_every_variable_leads_to_a_setting() -> None:
    names = {name for name, _ in every_field(Configuration)}
    assert {".".join(map(str, location)) for location in ENVIRONMENT.values()} <= names
    assert set(Settings.model_fields) - set(Configuration.model_fields) == {"root", "keys"}
