"""Three nodes of the database and two servers: what is lost, and for how long nobody is answered, when something ends."""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/ha"))
sys.path.insert(0, str(ROOT / "tests/ha"))
from facilities import Facilities  # noqa: E402
from lab import ENTRY, NODES, SERVERS, Lab, address, run, until  # noqa: E402

GAP_MOST_S = 10


@pytest.fixture(scope="session")
def shared():
    lab = Lab()
    try:
        yield lab.open()
    finally:
        lab.close()


@pytest.fixture
def lab(shared):
    until(shared.is_whole, "the database is not whole")
    shared.await_servers()
    return shared


@pytest.fixture
def asking(lab, request):
    """Facilities that ask throughout; afterwards the promises that hold whatever happens."""
    facilities = Facilities(lab, ENTRY)
    with facilities:
        yield facilities
        facilities.grow(200)
    until(lab.is_whole, "the database does not come together again")
    report(request.node.name, facilities)
    assert facilities.failed == [] and facilities.wrong == 0
    assert unrecorded(lab, facilities.answered) == set() and doubled(lab) == "0"


def report(name, facilities):
    print(f"\n{name}: {len(facilities.answered)} answered, {len(facilities.failed)} failed, longest gap"
          f" {facilities.gap():.2f} s, slowest {facilities.slowest():.2f} s; sent again: {facilities.broken} broken,"
          f" refused {facilities.refused or 'none'}")


def unrecorded(lab, request_ids):
    """Answered requests that the database knows nothing of."""
    return set(request_ids) - set(lab.psql("SELECT request_id FROM registry.access_record").split())


def doubled(lab):
    return lab.psql("SELECT count(*) FROM (SELECT FROM registry.access_record GROUP BY actor_id, request_id, item_no"
                    " HAVING count(*) > 1) AS twice")


def other_leader(lab, old):
    return until(lambda: (lambda now: now not in (None, old) and now)(lab.leader()), "no other node leads")


def beside(lab, node, sql):
    """psql on the node itself, by its socket, as whoever stands at its console; its process."""
    return subprocess.Popen(["ip", "netns", "exec", lab.name(node), "setpriv", "--reuid=postgres", "--regid=postgres",
                             "--init-groups", "psql", "-qAtX", "-h", lab.folder / node, "-d", "shikaku", "-c", sql],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")


# ---- losses --------------------------------------------------------------------------------------

def test_a_leader_that_is_cut_off_is_followed_by_another_and_confirms_nothing_any_more(lab, asking):
    old = lab.leader()
    lab.cut(old)
    try:
        late = beside(lab, old, "CREATE TABLE public.written_by_the_old_leader ()")
        new = other_leader(lab, old)
        assert late.wait(20) != 0, "the leader that was cut off confirmed a commit"
        recovery = beside(lab, old, "SELECT pg_is_in_recovery()")
        said, _ = recovery.communicate(timeout=20)
        assert recovery.returncode != 0 or said.strip() == "t"
        asking.grow()
    finally:
        lab.heal(old)
    until(lab.is_whole, "the old leader does not follow")
    assert lab.leader() == new
    assert lab.psql("SELECT to_regclass('public.written_by_the_old_leader') IS NULL") == "t"
    assert asking.gap() < GAP_MOST_S


def test_a_leader_that_loses_power_loses_no_record_that_was_answered(lab, asking):
    old = lab.leader()
    lab.lose_power(old)
    other_leader(lab, old)
    asking.grow()
    assert unrecorded(lab, list(asking.answered)) == set()
    lab.heal(old)
    lab.start_node(old)
    until(lab.is_whole, "the old leader does not come back")
    assert asking.gap() < GAP_MOST_S


def test_a_leader_whose_postgres_is_killed_is_followed_by_another(lab, asking):
    old = lab.leader()
    postmaster = lab.postmaster(old)
    children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    lab.kill([postmaster, *map(int, children)])
    other_leader(lab, old)
    asking.grow()
    assert asking.gap() < GAP_MOST_S


def test_a_node_that_confirms_loses_power_and_the_third_confirms(lab, asking):
    confirming = next(node for node in NODES if lab.patroni(node, "/synchronous")[0] == 200)
    lab.lose_power(confirming)
    asking.grow()
    until(lambda: any(lab.patroni(node, "/synchronous")[0] == 200 for node in NODES), "nobody confirms")
    asking.grow()
    lab.heal(confirming)
    lab.start_node(confirming)
    assert asking.gap() < GAP_MOST_S


def test_with_the_memory_of_the_nodes_lost_as_a_whole_the_leader_goes_on(lab, asking):
    old = lab.leader()
    for node in NODES:
        lab.end(node, "etcd", signal.SIGKILL)
    asking.grow(by=2000)  # at 160 a second: longer than two leases
    assert lab.leader() == old
    for node in NODES:
        lab.start_etcd(node)
    until(lab.is_whole, "the nodes do not come together again")
    assert lab.leader() == old and asking.gap() < GAP_MOST_S


def test_a_server_that_is_killed_leaves_its_facilities_to_the_other(lab, asking):
    lab.end("app1", "serve", signal.SIGKILL)
    asking.grow()
    lab.start_server("app1")
    lab.await_servers()
    assert asking.gap() < GAP_MOST_S


# ---- planned work: nothing fails -----------------------------------------------------------------

def test_an_orderly_switchover_fails_no_request(lab, asking):
    old = lab.leader()
    candidate = next(node for node in NODES if lab.patroni(node, "/synchronous")[0] == 200)
    with lab.inside("net"):
        order = urllib.request.Request(f"http://{address(old)}:8008/switchover", method="POST",
                                       data=json.dumps({"leader": old, "candidate": candidate}).encode())
        with urllib.request.urlopen(order, timeout=60) as reply:
            assert reply.status == 200
    assert other_leader(lab, old) == candidate
    asking.grow()
    assert asking.gap() < GAP_MOST_S


def test_servers_that_are_restarted_in_turn_refuse_and_break_nothing(lab, asking):
    for server in SERVERS:
        asking.grow()
        assert lab.end(server, "serve") == 0
        asking.grow()
        lab.start_server(server)
        lab.await_servers()
    asking.grow()
    assert asking.broken == 0 and asking.refused == {}


def test_a_certificate_is_changed_without_anybody_noticing(lab, asking):
    run(ROOT / "build/release/shikaku", "pki", "issue", "--dir", lab.pki, "--kind", "server", "--subject", "registry",
        "--san", "registry", "--out", "renewed")
    for ending in ("key", "pem"):
        shutil.move(lab.pki / f"renewed.{ending}", lab.pki / f"server.{ending}")
    for server in SERVERS:
        before = lab.log(server, "serve").count("reload")
        lab.processes[server, "serve"].send_signal(signal.SIGHUP)
        until(lambda: lab.log(server, "serve").count("reload") > before, f"{server} does not reload")
    new = (lab.pki / "server.pem").read_text()
    with Facilities(lab, ENTRY, peers=4) as fresh:
        fresh.grow()
    assert {pem.strip() for pem in fresh.serials} == {first_of(new)}
    assert fresh.failed == [] and asking.broken == 0 and asking.refused == {}


def first_of(pem):
    end = "-----END CERTIFICATE-----"
    return pem[pem.index("-----BEGIN CERTIFICATE-----"):pem.index(end) + len(end)]


def test_a_schema_is_migrated_under_load(lab, asking, tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder)
    last = max(folder.glob("*.sql"))
    step = f"{int(last.name[:4]) + 1:04d}_more"
    (folder / f"{step}.sql").write_text(
        "ALTER TABLE registry.access_record ADD COLUMN IF NOT EXISTS of_this_test integer;\n"
        "ALTER TABLE registry.facility ADD COLUMN IF NOT EXISTS of_this_test integer;\n"
        "CREATE INDEX IF NOT EXISTS of_this_test ON registry.facility (of_this_test);\n")
    lab.migrate(folder)
    asking.grow()
    assert lab.psql("SELECT count(*) FROM information_schema.columns WHERE column_name = 'of_this_test'"
                    " AND table_name IN ('access_record', 'facility')") == "2"
    assert asking.broken == 0 and asking.refused == {}
