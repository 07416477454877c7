"""What deploy/ gives a real server agrees with the program: units, settings, alerts, charts."""
import contextlib
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from harness.people import INSURER
from harness.ports import free_port
from harness.registry import CHECK, Registry
from harness.server import FLAVOUR, ROOT, SHIKAKU, shikaku
from harness.wait import until

pytestmark = pytest.mark.skipif(FLAVOUR != "release", reason="it looks at files, not at the program's workings")

DEPLOY = ROOT / "deploy"
DUTIES = ("serve", "registrar", "portal", "office")
EXPOSURE_MOST = 1.6
EXAMPLE_LINE = re.compile(r"^#?(?P<key>[a-z_]+) =(?: (?P<value>.*))?$")


def run(*words, **settings):
    return subprocess.run([str(word) for word in words], cwd=ROOT, capture_output=True, text=True, timeout=300,
                          check=False, **settings)


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program} (make deps-ha)")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that `make install` made, as a distribution's package would."""
    folder = tmp_path_factory.mktemp("installed")
    done = run("make", "--no-print-directory", "install", f"DESTDIR={folder}", "prefix=/usr")
    assert done.returncode == 0, done.stderr
    return folder


# ---- installation --------------------------------------------------------------------------------

def test_an_installed_program_runs_and_migrates_from_its_own_folder(installed):
    program = installed / "usr/bin/shikaku"
    assert run(program, "--version").stdout == run(SHIKAKU, "--version").stdout != ""
    steps = {path.name for path in (installed / "usr/share/shikaku/migrations").iterdir()}
    assert steps == {path.name for path in (ROOT / "migrations").glob("*.sql")}


def test_installing_writes_no_settings_that_a_running_registry_reads(installed):
    assert list((installed / "etc/shikaku").iterdir()) == []
    assert (installed / "usr/share/doc/shikaku/settings/serve.conf").is_file()


def test_units_name_the_places_that_the_program_was_installed_to(tmp_path):
    done = run("make", "--no-print-directory", "install", f"DESTDIR={tmp_path}", "prefix=/opt/registry")
    assert done.returncode == 0, done.stderr
    for unit in (tmp_path / "opt/registry/lib/systemd/system").glob("*.service"):
        started = re.search(r"^ExecStart=(\S+)", unit.read_text(), re.M).group(1)
        assert started == "/opt/registry/bin/shikaku" and (tmp_path / started[1:]).is_file()


# ---- units ---------------------------------------------------------------------------------------

def units():
    return sorted(path.stem.removeprefix("shikaku-") for path in (DEPLOY / "systemd").glob("*.service"))


def test_every_duty_of_the_program_has_a_unit_and_a_user():
    users = re.findall(r"^u shikaku-(\S+)", (DEPLOY / "systemd/shikaku.sysusers").read_text(), re.M)
    assert units() == sorted(users) == sorted([*DUTIES, "claims", "credentials", "statistics"])


@needs("systemd-sysusers")
def test_systemd_makes_a_user_of_each_duty(installed, tmp_path):
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", installed / "usr/lib/sysusers.d/shikaku.conf")
    assert done.returncode == 0 and done.stderr.count("Creating user") == len(units()), done.stderr
    made = re.findall(r"^shikaku-(\S+?):", (tmp_path / "etc/passwd").read_text(), re.M)
    assert sorted(made) == units()


@needs("systemd-analyze")
@pytest.mark.parametrize("duty", units())
def test_systemd_finds_nothing_wrong_with_a_unit(installed, tmp_path, duty):
    # Verified as a copy whose program exists here; other units of a real machine are not this test's.
    unit = tmp_path / f"shikaku-{duty}.service"
    text = (installed / f"usr/lib/systemd/system/shikaku-{duty}.service").read_text()
    unit.write_text(text.replace("/usr/bin/shikaku", str(installed / "usr/bin/shikaku")))
    done = run("systemd-analyze", "verify", "--man=no", unit)
    told = [line for line in done.stderr.splitlines() if unit.name in line]
    assert told == [], done.stderr


@needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit_of_a_database_node(installed, tmp_path):
    unit = tmp_path / "shikaku-yield.service"
    text = (DEPLOY / "ha" / f"{unit.name}.in").read_text()
    asked = re.search(r'yield.sh "host=(\S+) ', text).group(1)
    assert asked in re.search(r"unix_socket_directories: (.*)", (DEPLOY / "ha/patroni.yml.in").read_text()).group(1)
    script = installed / "usr/share/shikaku/yield.sh"
    assert re.search(r"^ExecStart=(\S+)", text, re.M).group(1) == "/usr/share/shikaku/yield.sh" and os.access(script, os.X_OK)
    unit.write_text(text.replace("/usr/share/shikaku/yield.sh", str(script)))
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == [], done.stderr
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(EXPOSURE_MOST * 10)}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout[-2000:]


@needs("systemd-analyze")
@pytest.mark.parametrize("duty", units())
def test_a_unit_exposes_little_of_the_machine(duty):
    most = EXPOSURE_MOST
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(most * 10)}", "--no-pager",
               DEPLOY / f"systemd/shikaku-{duty}.service")
    assert done.returncode == 0, done.stdout[-2000:]


def calls_allowed(unit):
    """Names of system calls that a unit's filter lets through, by the sets that systemd prints."""
    sets, name = {}, None
    for line in run("systemd-analyze", "syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith(("@", "#")):
            name = line if line.startswith("@") else None
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            sets.setdefault(name, []).append(line.strip())

    def whole(one):
        return set().union(*(whole(part) if part.startswith("@") else {part} for part in sets[one]))
    allowed = whole("@default")
    for sign, one in re.findall(r"^SystemCallFilter=(~?)(@\S+)$", unit.read_text(), re.M):
        allowed = allowed - whole(one) if sign else allowed | whole(one)
    return allowed | whole("@default")


@needs("systemd-analyze")
@needs("strace")
@pytest.mark.parametrize("duty", ["serve", "registrar"])
def test_a_unit_lets_its_program_make_every_system_call_it_makes(make_registry, monkeypatch, tmp_path, duty):
    trace = tmp_path / "trace"
    monkeypatch.setattr("harness.server.UNDER", ["strace", "-D", "-f", "-qq", "-o", str(trace)])
    registry = make_registry()
    if duty == "serve":
        registry.start()
        assert registry.ask(registry.people.add().question()).status == 200
        assert registry.stop() == 0
    else:
        registry.add_insurer("insurer", INSURER)
        registry.admit()
        registry.start_registrar()
        assert registry.tell("GET", "/v1/enrolment/holds", X_User_Id="clerk-1").status == 200
        assert registry.stop_registrar() == 0
    made = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", until(lambda: trace.exists() and trace.read_text()), re.M))
    assert {"epoll_wait", "sendto"} & made and made <= calls_allowed(DEPLOY / f"systemd/shikaku-{duty}.service")
    assert not re.search("PROT_WRITE[|]PROT_EXEC", trace.read_text())  # MemoryDenyWriteExecute


# ---- settings ------------------------------------------------------------------------------------

def described(text):
    """key -> (words above it, value, whether it is commented out)"""
    found, words = {}, None
    for line in text.splitlines():
        match = EXAMPLE_LINE.match(line)
        if match and match["key"] not in found:
            found[match["key"]] = (words, match["value"] or "", line.startswith("#"))
        elif line.startswith("# "):
            words = line
    return found


@pytest.mark.parametrize("duty", DUTIES)
def test_sample_settings_hold_every_setting_of_the_program_and_no_other(duty):
    ours = described((DEPLOY / f"settings/{duty}.conf").read_text())
    program = described(shikaku(duty, "--example"))
    assert list(ours) == list(program)
    for key, (words, value, is_default) in ours.items():
        assert words == program[key][0], key
        assert not is_default or value == program[key][1], f"{key} shows another default than the program's"


@pytest.mark.parametrize("duty", DUTIES)
def test_the_program_understands_the_sample_settings(duty, tmp_path):
    # It gets as far as a file that is not on this machine; a line that it does not take would be named before.
    settings = tmp_path / "settings.conf"
    settings.write_text((DEPLOY / f"settings/{duty}.conf").read_text())
    good = run(SHIKAKU, duty, "--config", settings)
    assert good.returncode != 0 and "there is no setting" not in good.stderr and "takes a" not in good.stderr
    settings.write_text(settings.read_text() + "no_such_setting = 1\n")
    assert 'there is no setting "no_such_setting"' in run(SHIKAKU, duty, "--config", settings).stderr


# ---- monitoring ----------------------------------------------------------------------------------

MONITORING = DEPLOY / "monitoring"
# Of others: Prometheus itself, Patroni's REST port, the node exporter.
FOREIGN = {"up", "patroni_primary", "patroni_sync_standby", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
NAME = re.compile(r"\b(?:shikaku_[a-z_]+|patroni_[a-z_]+|node_[a-z_]+|up(?=\{))")


def expressions(value):
    """Every expr of a rule file or a dashboard, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "expr":
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def rules():
    return yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text())


@pytest.fixture(scope="module")
def told(place, tmp_path_factory):
    """Names of series that running programs tell, with the suffixes of histograms."""
    with contextlib.closing(Registry(tmp_path_factory.mktemp("told"), place["url"], place["template"])) as registry:
        shikaku("vault", "--dir", registry.folder / "vault")
        registry.start().start_registrar(
            vault=registry.folder / "vault", register_url=f"https://localhost:{free_port()}",
            **{f"register_{name}": registry.settings[f"tls_{name}"] for name in ("authority", "certificate", "key")})
        assert registry.ask(registry.people.add().question()).status == 200
        until(lambda: registry.metric("shikaku_request_seconds_count", method="POST", route=CHECK) > 0)
        text = registry.admin("/metrics")[1]
        text += registry.admin("/metrics", port=registry.registrar_settings["admin_port"])[1]
    return {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}


@pytest.mark.parametrize("source", [rules, dashboard])
def test_every_series_that_is_looked_at_is_told_by_a_running_program(told, source):
    looked_at = {name for expression in expressions(source()) for name in NAME.findall(expression)}
    assert looked_at - FOREIGN and looked_at - FOREIGN <= told, looked_at - FOREIGN - told


def test_every_series_of_the_programs_is_on_the_dashboard(told):
    shown = {name for expression in expressions(dashboard()) for name in NAME.findall(expression)}
    missing = {name for name in told if re.sub("_(sum|count)$", "_bucket", name) not in shown}
    assert missing == set()


def test_outcomes_that_alerts_ask_for_are_codes_of_the_program():
    codes = set(re.findall(r"^\| `([a-z_]+)`", shikaku("errors"), re.M)) | {"ok"}
    asked = re.findall(r'outcome(?:=~?|!=)"([^"]+)"', " ".join(expressions(rules())) + " ".join(expressions(dashboard())))
    assert asked
    for pattern in "|".join(asked).split("|"):
        assert any(re.fullmatch(pattern, code) for code in codes), pattern


def test_every_alert_leads_to_a_page_of_the_runbook():
    headings = set(re.findall(r"^## .*\(`([a-z-]+)`\)$", (DEPLOY / "RUNBOOK.md").read_text(), re.M))
    assert {rule["annotations"]["runbook"] for rule in rules()} <= headings


def test_every_alert_has_a_good_and_a_bad_day():
    days = [day["name"] for day in yaml.safe_load((MONITORING / "alerts_test.yml").read_text())["tests"]]
    assert sorted(days) == sorted(f"{rule['alert']}, a {which} day" for rule in rules() for which in ("bad", "good"))


@needs("promtool")
@pytest.mark.parametrize("words", [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"),
                                   ("test", "rules", "alerts_test.yml")], ids=" ".join)
def test_prometheus_takes_the_rules_and_they_speak_when_they_should(words):
    done = run("promtool", *words[:2], MONITORING / words[2])
    assert done.returncode == 0 and "FAILED" not in done.stdout + done.stderr, done.stdout + done.stderr
