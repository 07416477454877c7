"""`make up`, `make ask`, `make down` as deploy/run.sh does them, on ports and in a folder of the test's own."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from harness.ports import free_port
from harness.server import FLAVOUR, ROOT
from harness.wait import until

pytestmark = pytest.mark.skipif(FLAVOUR != "release", reason="it starts what was built for release")
RUN_S = 120


def hear_interruptions():
    """A shell cannot trap what was ignored when it began, as Ctrl-C is for whatever a script starts behind itself."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    def __init__(self, folder, people):
        self.folder = folder
        self.environment = os.environ | {"RUN_DIR": str(folder), "SHIKAKU_PEOPLE": str(people)} | {
            name: str(free_port()) for name in ("SHIKAKU_PORT", "SHIKAKU_METRICS_PORT", "SHIKAKU_REGISTRAR_PORT",
                                                "SHIKAKU_REGISTRAR_METRICS_PORT", "SHIKAKU_OFFICE_PORT",
                                                "SHIKAKU_OFFICE_METRICS_PORT", "SHIKAKU_REGISTER_PORT",
                                                "SHIKAKU_REGISTER_CONTROL_PORT")}

    def start(self, word):
        return subprocess.Popen([ROOT / "deploy/run.sh", word], cwd=ROOT, env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True, preexec_fn=hear_interruptions)

    def __call__(self, word):
        process = self.start(word)
        said, _ = process.communicate(timeout=RUN_S)
        assert process.returncode == 0, said
        return said

    def processes(self):
        """Numbers of whatever was started for this folder and lives."""
        found = []
        for place in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in (place / "cmdline").read_bytes():
                    found.append(int(place.name))
        return found

    def sockets(self):
        return [path.name for path in self.folder.rglob("*") if path.is_socket()]


@pytest.fixture
def running():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shikaku-test-", dir="/tmp"))
    folder.chmod(0o755)
    made = Running(folder, 3000)
    try:
        yield made
    finally:
        made("down")
        subprocess.run([ROOT / "deploy/cluster.sh", "remove"], cwd=ROOT, env=made.environment, check=False, timeout=RUN_S)
        shutil.rmtree(folder)


def test_it_comes_up_answers_and_goes_down_again_and_again_and_leaves_nothing_running(running):
    for turn in range(2):
        assert "in_force" in running("up")
        assert "in_force" in running("ask")
        assert '"verdict": "given"' in running("card")
        if turn == 0:  # an operator's code opens one session
            assert '"silent_insurers"' in running("office")
        running("down")
        assert running.processes() == [] and running.sockets() == []
    running("down")


@pytest.mark.parametrize("moment", ["schema", "people", "serve"])
def test_a_start_that_is_interrupted_ends_in_order_and_the_next_one_works(running, moment):
    process = running.start("run")
    for line in process.stdout:
        if line.split()[:1] == [moment]:
            break
    if moment == "people":
        until(lambda: (running.folder / "people.loading").exists())
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=RUN_S)
    assert process.returncode == 130
    assert running.processes() == [] and running.sockets() == []
    assert "in_force" in running("up")


# The programs that a shell asks about another process hang until Ctrl-C ends them, which is pressed as serve starts.
HANGING = "#!/bin/sh\nexec sleep 60\n"
CTRL_C_AT_START = """#!/bin/sh
case " $* " in *" serve "*) kill -INT "-$(/usr/bin/ps -o pgid= -p $PPID | /usr/bin/tr -d ' ')" ;; esac
exec /usr/bin/setsid "$@"
"""


def test_a_server_that_starts_at_the_very_moment_of_the_interruption_ends_too(running):
    slow = running.folder / "slow"
    slow.mkdir()
    for name, text in {"setsid": CTRL_C_AT_START, "cut": HANGING}.items():
        (slow / name).write_text(text)
        (slow / name).chmod(0o755)
    running.environment["PATH"] = f"{slow}:{os.environ['PATH']}"
    process = running.start("run")
    process.communicate(timeout=RUN_S)
    running.environment["PATH"] = os.environ["PATH"]
    assert process.returncode == 130
    assert running.processes() == [] and running.sockets() == []
