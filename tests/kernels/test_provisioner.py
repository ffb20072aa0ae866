"""Unmodified clients get warm kernels, and ordinary ones, with the reason in the log, where a fork would not do."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from salesperf.errors import RequestError


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = "An ordinary kernel is started in place of a warm one: "
    return [one.removeprefix(said) for one in caplog.messages if one.startswith(said)]


def test_nbclient_runs_a_notebook_in_a_fork(notebook, tmp_path) -> None:
    opened = nbformat.read(
        notebook(tmp_path / "one.ipynb", "import os; print(open(f'/proc/{os.getpid()}/cmdline').read())"), 4
    )
    nbclient.NotebookClient(opened, kernel_name="salesperf", timeout=300, startup_timeout=300).execute()
    assert "salesperf.kernels.parent" in opened.cells[0].outputs[0].text


def test_the_papermill_command_runs_a_notebook_in_a_fork(notebook, tmp_path) -> None:
    source = notebook(tmp_path / "one.ipynb", "import os; print(open(f'/proc/{os.getpid()}/cmdline').read())")
    command = [sys.executable, "-m", "papermill", "-k", "salesperf", str(source), str(tmp_path / "out.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "salesperf.kernels.parent" in nbformat.read(tmp_path / "out.ipynb", 4).cells[0].outputs[0].text
    assert "nanobind" not in done.stderr and "WARNING" not in done.stderr


def test_any_python_kernel_is_warm_where_ours_is_the_usual_provisioner(environment) -> None:
    code = (
        "from jupyter_client.manager import start_new_kernel; m, _ = start_new_kernel(kernel_name='python3');"
        "print(open(f'/proc/{m.provisioner.pid}/cmdline').read())"
    )
    warm = environment | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "salesperf-warm"}
    done = subprocess.run([sys.executable, "-c", code], env=warm, capture_output=True, text=True, timeout=300)
    assert "salesperf.kernels.parent" in done.stdout, done.stderr


def test_client_and_kernel_talk_over_a_private_folder(kernel_of) -> None:
    with kernel_of() as kernel:
        manager = kernel.manager
        assert manager.transport == "ipc"
        assert Path(manager.ip).parent.stat().st_mode & 0o777 == 0o700
        written = json.loads(Path(manager.connection_file).read_text())
        assert (written["transport"], written["ip"]) == ("ipc", manager.ip)
        folder, name = Path(manager.ip).parent, Path(manager.ip).name
        assert list(folder.glob(f"{name}-*"))
    assert not list(folder.glob(f"{name}-*"))


def test_a_client_that_was_told_to_use_ports_uses_ports() -> None:
    manager = KernelManager(kernel_name="salesperf")
    manager.write_connection_file()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)
    assert manager.transport == "tcp" and all(manager.ports)


def test_another_hash_seed_gets_an_ordinary_kernel_and_says_so(kernel_of, environment, caplog) -> None:
    with caplog.at_level(logging.WARNING), kernel_of(env=environment | {"PYTHONHASHSEED": "7"}) as kernel:
        assert not kernel.is_forked
        assert kernel.says("import os; print(os.environ['PYTHONHASHSEED'])") == "7"
    assert reasons(caplog) == ["PYTHONHASHSEED can only be set at the start of an interpreter"]


def test_a_command_of_another_kind_is_run_as_it_stands(kernel_of, caplog, tmp_path, monkeypatch) -> None:
    spec = {
        "argv": [sys.executable, "-X", "dev", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "dev",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "salesperf-warm"}},
    }
    (tmp_path / "kernels" / "dev").mkdir(parents=True)
    (tmp_path / "kernels" / "dev" / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with caplog.at_level(logging.WARNING), kernel_of("dev") as kernel:
        assert not kernel.is_forked
        assert kernel.says("import sys; print(sys.flags.dev_mode)") == "True"
        assert kernel.manager.transport == "tcp"
    assert reasons(caplog) == [f"its command is not {sys.executable} -m ipykernel_launcher"]


def test_where_no_parent_can_be_started_kernels_are_ordinary() -> None:
    code = """
import logging, sys
logging.basicConfig(level=logging.WARNING)
from salesperf.kernels import owner
class Broken:
    def __init__(self, *_, **__): raise owner.NoParent("no parent today")
owner.WarmParent = Broken
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="salesperf")
client.execute_interactive("print('here')")
manager.shutdown_kernel(now=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "here" in done.stdout
    assert done.stderr.count("in place of a warm one: no parent today") == 1


def test_a_folder_that_does_not_exist_fails_as_with_any_kernel(tmp_path) -> None:
    manager = KernelManager(kernel_name="salesperf")
    with pytest.raises(FileNotFoundError):
        manager.start_kernel(cwd=str(tmp_path / "none"))
    manager.cleanup_resources()


@pytest.mark.parametrize("text", ["2 GB", "0", "-1", "1e9"])
def test_a_limit_that_is_no_number_of_bytes_is_refused(environment, text) -> None:
    manager = KernelManager(kernel_name="salesperf")
    with pytest.raises(RequestError, match="SALESPERF_MEMORY: expected a number of bytes, got"):
        manager.start_kernel(env=environment | {"SALESPERF_MEMORY": text})
    manager.ready.exception()  # told: else whoever collects it complains
    manager.cleanup_resources()


def test_streams_go_where_they_are_sent(tmp_path) -> None:
    manager = KernelManager(kernel_name="salesperf")
    with (tmp_path / "out").open("w") as out:
        manager.start_kernel(stdout=out, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    client.execute_interactive(
        "import os, sys; os.write(getattr(sys.stdout, '_original_stdstream_copy', 1), b'past the client')"
    )
    assert os.readlink(f"/proc/{manager.provisioner.pid}/fd/0") == os.devnull
    client.stop_channels()
    manager.shutdown_kernel()
    manager.context.destroy(linger=0)
    assert (tmp_path / "out").read_text() == "past the client"


def test_the_kernel_is_installed_for_every_client() -> None:
    assert KernelSpecManager().get_kernel_spec("salesperf").display_name == "Python 3 (salesperf, warm)"
    assert shutil.which("jupyter", path=str(Path(sys.executable).parent))
