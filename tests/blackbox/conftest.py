"""One PostgreSQL and one migrated template per test session; a registry per worker, or a test's own.

The controller of a session makes the cluster and ends it; with xdist, its workers are told where it is.
SHIKAKU_TEST_DATABASE names a cluster that is there already. FLAVOUR or SHIKAKU chooses the program.
"""
import contextlib
import itertools
import os

import pytest

from harness.cluster import Cluster, make_template
from harness.people import INSURER, NATIONAL
from harness.registry import Registry
from harness.server import Server

# A test's cluster need not survive a power cut; kills of processes it survives all the same.
SESSION_SETTINGS = "fsync = off\nmax_connections = 200"


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.shikaku_place = config.workerinput["shikaku_place"]
        return
    if config.option.collectonly:
        return
    config.shikaku_cluster = None
    url = os.environ.get("SHIKAKU_TEST_DATABASE")
    if not url:
        config.shikaku_cluster = Cluster(SESSION_SETTINGS)
        url = config.shikaku_cluster.url
    try:
        config.shikaku_place = {"url": url, "template": make_template(url)}
    except BaseException:
        end_cluster(config)
        raise


def end_cluster(config):
    cluster = getattr(config, "shikaku_cluster", None)
    if cluster is not None:
        config.shikaku_cluster = None
        cluster.remove()


def pytest_unconfigure(config):
    end_cluster(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["shikaku_place"] = node.config.shikaku_place


@pytest.fixture(autouse=True)
def servers_are_content():
    """Whatever a server complains of fails the test that it happened in."""
    yield
    for server in list(Server.started):
        server.must_be_content()


@pytest.fixture(scope="session")
def place(pytestconfig):
    return pytestconfig.shikaku_place


def made(place, folder, **settings):
    return Registry(folder, place["url"], place["template"], **settings)


@pytest.fixture(scope="session")
def registry(place, tmp_path_factory):
    """Shared by the tests of one worker: they add people and facilities, and change nobody else's."""
    shared = made(place, tmp_path_factory.mktemp("registry"))
    try:
        yield shared.start()
    finally:
        shared.close()


@pytest.fixture(scope="session")
def office(place, tmp_path_factory):
    """Shared by the tests of one worker: both programs, and certificates of two insurers."""
    shared = made(place, tmp_path_factory.mktemp("office"))
    try:
        shared.add_insurer("insurer", INSURER)
        shared.add_insurer("other", NATIONAL)
        shared.admit()
        yield shared.start().start_registrar(chores_ms=100)
    finally:
        shared.close()


@pytest.fixture
def make_registry(place, tmp_path):
    """A registry of the test's own, not yet started: make_registry(**settings)."""
    with contextlib.ExitStack() as ends:
        numbers = itertools.count()

        def make(**settings):
            one = made(place, tmp_path / str(next(numbers)), **settings)
            ends.callback(one.close)
            return one
        yield make
