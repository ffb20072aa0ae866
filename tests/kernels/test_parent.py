"""The parent ends with its owner and its kernels with it; what it has loaded is what a fresh kernel would load."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from salesperf.kernels import link, owner
from salesperf.kernels.owner import WarmParent

# Starts a parent, unless one is named to it, and a kernel.
START = """
import os, sys, time
from jupyter_client.manager import start_new_kernel
from salesperf.kernels.owner import SHARED, WarmParent
if SHARED not in os.environ:
    os.environ[SHARED] = WarmParent([sys.argv[1]]).socket
manager, client = start_new_kernel(kernel_name="salesperf", startup_timeout=180)
print(manager.provisioner.pid, manager.ip, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", autouse=True)
def _parents_that_import_little(tmp_path_factory: pytest.TempPathFactory, notebook) -> Iterator[None]:
    """Lets the own parent of this process import what one small notebook does, as it is ended and started anew here."""
    light = notebook(tmp_path_factory.mktemp("light") / "light.ipynb", "import wave")
    owner.end_own_parent()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, "WarmParent", partial(WarmParent, [light]))
        yield
        owner.end_own_parent()


def test_killing_the_parent_leaves_no_kernel_and_the_next_launch_has_a_new_one(
    kernel_of, eventually, has_ended
) -> None:
    with kernel_of() as first, kernel_of() as second:
        old, kernels = first.parent.pid, (first.process.pid, second.process.pid)
        assert second.parent.pid == old
        os.kill(old, signal.SIGKILL)
        assert eventually(lambda: all(map(has_ended, kernels)))
        assert eventually(lambda: not first.manager.is_alive() and not second.manager.is_alive())
        with kernel_of() as third:
            assert third.is_forked and third.parent.pid != old
            assert third.says("print('here')") == "here"
        first.manager.restart_kernel(now=True)  # its client still looks for it in the old place
        first.client.wait_for_ready(timeout=120)
        assert first.is_forked and first.says("print('here')") == "here"


def test_killing_the_owner_leaves_neither_parent_nor_kernels_nor_files(light, eventually, has_ended) -> None:
    with subprocess.Popen([sys.executable, "-c", START, str(light)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        kernel, ip = process.stdout.readline().split()
        parent = int(Path(f"/proc/{kernel}/stat").read_text().split()[3])
        assert "salesperf.kernels.parent" in Path(f"/proc/{parent}/cmdline").read_text()
        process.kill()
    assert eventually(lambda: has_ended(int(kernel)) and has_ended(parent))
    assert eventually(lambda: not Path(ip).parent.exists())


def test_an_owner_that_ends_as_usual_leaves_nothing_either(light, eventually, has_ended) -> None:
    code = START.replace("time.sleep(600)", "")
    command = [sys.executable, "-c", code, str(light)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    kernel, ip = done.stdout.split()
    assert eventually(lambda: has_ended(int(kernel)))
    assert not Path(ip).parent.exists()
    assert done.stderr == ""


def test_processes_share_the_parent_that_is_named_to_them(kernel_of, environment, light) -> None:
    with WarmParent([light]) as parent:
        shared = environment | {owner.SHARED: parent.socket}
        with kernel_of(env=shared) as kernel:
            assert kernel.parent.pid == parent.pid
        code = START.replace("time.sleep(600)", "import psutil; print(psutil.Process(manager.provisioner.pid).ppid())")
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=shared, capture_output=True, text=True, check=True, timeout=300)
        assert int(done.stdout.split()[-1]) == parent.pid


def test_a_named_parent_that_has_ended_is_replaced_by_one_of_ones_own(kernel_of, environment, light) -> None:
    with WarmParent([light]) as parent:
        shared = environment | {owner.SHARED: parent.socket}
    with kernel_of(env=shared) as kernel:
        assert kernel.is_forked and kernel.parent.pid == owner.own_parent(shared).pid != parent.pid


def test_closing_the_parent_ends_its_kernels(kernel_of, environment, light, eventually, has_ended) -> None:
    parent = WarmParent([light])
    with kernel_of(env=environment | {owner.SHARED: parent.socket}) as kernel:
        pid = kernel.process.pid
        parent.close()
        assert eventually(lambda: has_ended(pid))
    assert not parent.folder.exists()


def test_a_client_that_hangs_up_takes_only_its_own_kernel_along(
    kernel_of, environment, light, eventually, has_ended
) -> None:
    with WarmParent([light]) as parent:
        shared = environment | {owner.SHARED: parent.socket}
        with subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True, env=shared) as process:
            assert process.stdout is not None
            theirs = int(process.stdout.readline().split()[0])
            with kernel_of(env=shared) as ours:
                process.kill()
                assert eventually(lambda: has_ended(theirs))
                assert ours.says("print('here')") == "here"


def test_the_parent_imports_what_its_notebooks_import(kernel_of, environment, notebook, tmp_path) -> None:
    one = notebook(tmp_path / "one.ipynb", "import wave\nimport no_such_module")
    with WarmParent([one]) as parent, kernel_of(env=environment | {owner.SHARED: parent.socket}) as kernel:
        assert kernel.parent.pid == parent.pid
        assert kernel.says("import sys; print('wave' in sys.modules, 'pandas' in sys.modules)") == "True False"
        assert kernel.error_of("import no_such_module") == "ModuleNotFoundError"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that every interpreter loads, the own parent of this process too, which is started anew for it."""
    (tmp_path / "sitecustomize.py").write_text("rate = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    owner.end_own_parent()
    yield tmp_path / "sitecustomize.py"
    owner.end_own_parent()


def test_code_that_has_changed_is_what_the_next_kernel_runs_while_the_others_go_on(
    kernel_of, package, eventually, has_ended
) -> None:
    code = "import sitecustomize; print(sitecustomize.rate)"
    with kernel_of() as first:
        old = first.parent.pid
        package.write_text("rate = 22\n")
        with kernel_of() as second:
            assert first.is_forked and second.is_forked and second.parent.pid != old
            assert (first.says(code), second.says(code)) == ("1", "22")
            assert not has_ended(old)
        with kernel_of() as third:
            assert third.says(code) == "22"
    assert eventually(lambda: has_ended(old))


def test_a_retired_parent_ends_with_its_last_kernel(kernel_of, environment, light, eventually, has_ended) -> None:
    with WarmParent([light]) as parent:
        with kernel_of(env=environment | {owner.SHARED: parent.socket}) as kernel:
            parent.retire()
            assert kernel.says("print('here')") == "here"
            assert parent.alive
        assert eventually(lambda: not parent.alive)


def test_who_connects_where_nobody_listens_is_told(tmp_path) -> None:
    with pytest.raises(link.NoParent, match="no parent answers"):
        link.connect(str(tmp_path / "none"))


def test_a_parent_that_cannot_start_is_reported_and_leaves_no_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(link.NoParent, match="before it listened"):
        WarmParent(environment=dict(os.environ) | {"PYTHONHOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_the_socket_is_the_owners_alone(light) -> None:
    with WarmParent([light]) as parent:
        assert parent.folder.stat().st_mode & 0o777 == 0o700
        assert Path(parent.socket).stat().st_mode & 0o077 == 0


DETACH = """
import subprocess, sys
again = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(4242)'], "
again += "start_new_session=True); time.sleep(4242)"
print(subprocess.Popen([sys.executable, "-c", again], start_new_session=True).pid)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell who started what")
def test_what_a_cell_leaves_running_in_a_session_of_its_own_ends_with_its_kernel_alone(kernel_of, eventually) -> None:
    with kernel_of() as other:
        stays = psutil.Process(int(other.says(DETACH)))
        with kernel_of() as kernel:
            left = psutil.Process(int(kernel.says(DETACH)))
            assert eventually(lambda: len(left.children()) == 1)
            left_too = left.children()[0]
        assert eventually(lambda: not left.is_running() and not left_too.is_running())
        assert stays.is_running() and other.says("print(1)") == "1"
    assert eventually(lambda: not stays.is_running())
