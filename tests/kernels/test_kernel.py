"""A forked kernel is what an ordinary one would be: alone, and as its request says."""

import os
import signal
from pathlib import Path

import pytest


def test_a_kernel_of_ours_is_a_fork_and_has_the_libraries_loaded(kernel_of) -> None:
    with kernel_of() as kernel:
        assert kernel.is_forked
        assert (
            kernel.says(
                "import sys; print({'pandas', 'seaborn', 'duckdb', 'salesperf.measures.kpis'} <= set(sys.modules))"
            )
            == "True"
        )


def test_the_parent_has_one_thread_when_it_forks_and_after(kernel_of) -> None:
    with kernel_of() as first, kernel_of():
        assert len(os.listdir(f"/proc/{first.parent.pid}/task")) == 1


def test_what_one_kernel_changes_the_next_does_not_see(kernel_of) -> None:
    with kernel_of() as first:
        first.says(
            "import math, pandas; math.pi = 3; pandas.options.display.max_rows = 7; import os; os.environ['LEFT'] = '1'"
        )
        with kernel_of() as second:
            assert second.says(
                "import math, pandas, os; print(math.pi, pandas.options.display.max_rows, 'LEFT' in os.environ)"
            ) == ("3.141592653589793 60 False")


def test_two_kernels_share_neither_process_nor_namespace(kernel_of) -> None:
    with kernel_of() as first, kernel_of() as second:
        first.says("x = 1")
        assert second.error_of("x") == "NameError"
        assert first.says("import os; print(os.getpid())") != second.says("import os; print(os.getpid())")


def test_a_kernel_that_dies_harms_no_other(kernel_of, eventually) -> None:
    with kernel_of() as first, kernel_of() as second:
        os.kill(first.process.pid, signal.SIGKILL)
        assert eventually(lambda: not first.manager.is_alive())
        assert first.manager.provisioner.process.poll() == -signal.SIGKILL
        assert second.says("print('here')") == "here"


DRAW = "import random, numpy; print(random.random(), numpy.random.rand(), list(numpy.random.permutation(9)))"


def test_the_same_seed_draws_the_same_numbers_and_another_others(kernel_of, environment) -> None:
    def drawn(seed: str) -> str:
        with kernel_of(env=environment | {"SALESPERF_SEED": seed}) as kernel:
            assert kernel.is_forked
            return kernel.says(DRAW)

    assert drawn("east 2025Q4") == drawn("east 2025Q4") != drawn("west 2025Q4")


def test_a_forked_and_an_ordinary_kernel_draw_the_same_numbers_from_a_seed(kernel_of, environment) -> None:
    seeded = environment | {"SALESPERF_SEED": "a"}
    with kernel_of(env=seeded) as forked, kernel_of(env=seeded | {"PYTHONHASHSEED": "7"}) as ordinary:
        assert forked.is_forked and not ordinary.is_forked
        assert forked.says(DRAW) == ordinary.says(DRAW)


def test_without_a_seed_no_two_kernels_draw_the_same_numbers(kernel_of) -> None:
    with kernel_of() as first, kernel_of() as second:
        assert first.says(DRAW) != second.says(DRAW)


def test_environment_time_zone_and_folder_are_those_of_the_request(kernel_of, environment, tmp_path) -> None:
    ours = environment | {"ONLY_HERE": "grün", "TZ": "Asia/Shanghai"}
    with kernel_of(env=ours, cwd=str(tmp_path)) as kernel:
        assert kernel.says("import os; print(os.environ['ONLY_HERE'], os.getcwd())") == f"grün {tmp_path}"
        assert kernel.says("import time; print(time.strftime('%H', time.localtime(0)))") == "08"
    del ours["ONLY_HERE"]
    with kernel_of(env=ours | {"TZ": "UTC"}) as kernel:
        assert kernel.says("import os, time; print('ONLY_HERE' in os.environ, time.localtime(0).tm_hour)") == "False 0"


def test_an_environment_of_a_megabyte_arrives_whole(kernel_of, environment) -> None:
    large = {f"LARGE_{number}": "ü" * 50_000 for number in range(12)}
    with kernel_of(env=environment | large) as kernel:
        assert kernel.says("import os; print(sum(len(os.environ[f'LARGE_{n}']) for n in range(12)))") == "600000"


def test_files_get_the_permissions_of_who_asked(kernel_of, tmp_path) -> None:
    with kernel_of(cwd=str(tmp_path)):
        pass  # the parent is there now, with the mask of this moment
    before = os.umask(0o027)
    try:
        with kernel_of(cwd=str(tmp_path)) as kernel:
            kernel.says("open('made', 'w').close()")
    finally:
        os.umask(before)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o640


def test_arguments_and_search_path_are_those_of_an_ordinary_kernel(kernel_of, tmp_path) -> None:
    code = "import sys; print(sys.argv[0], sys.argv[1], len(sys.argv), sys.path, __name__)"
    with kernel_of(cwd=str(tmp_path)) as ours, kernel_of("python3", cwd=str(tmp_path)) as ordinary:
        assert ours.says(code) == ordinary.says(code)


def test_a_module_beside_the_notebook_can_be_imported(kernel_of, tmp_path) -> None:
    (tmp_path / "beside_it.py").write_text("answer = 42\n")
    with kernel_of(cwd=str(tmp_path)) as kernel:
        assert kernel.says("import beside_it; print(beside_it.answer)") == "42"


def test_a_folder_with_a_module_of_the_same_name_gets_that_one(kernel_of, tmp_path) -> None:
    (tmp_path / "pandas.py").write_text("mine = True\n")
    with kernel_of(cwd=str(tmp_path)) as kernel:
        assert not kernel.is_forked
        assert kernel.says("import pandas; print(pandas.mine)") == "True"


def test_a_figure_is_displayed_as_a_picture(kernel_of) -> None:
    with kernel_of() as kernel:
        messages = kernel.run("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
        assert any("image/png" in one["content"].get("data", {}) for one in messages)


def test_settings_of_figures_come_from_the_folder(kernel_of, tmp_path) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\n")
    with kernel_of(cwd=str(tmp_path)) as kernel:
        assert kernel.says("import matplotlib; print(matplotlib.rcParams['lines.linewidth'])") == "7.5"


HOG = "x = bytearray(2_000_000_000)"


@pytest.mark.parametrize("hash_seed", [None, "7"], ids=["forked", "ordinary"])
def test_a_cell_that_wants_too_much_memory_gets_an_error_and_the_kernel_lives(
    kernel_of, environment, hash_seed
) -> None:
    start = {} if hash_seed is None else {"PYTHONHASHSEED": hash_seed}
    with kernel_of(env=environment | start | {"SALESPERF_MEMORY": "1500000000"}) as kernel:
        assert kernel.is_forked == (hash_seed is None)
        assert kernel.error_of(HOG) == "MemoryError"
        assert kernel.says("import pandas; print(len(bytearray(200_000_000)))") == "200000000"


def test_without_a_limit_the_same_cell_runs(kernel_of) -> None:
    with kernel_of() as kernel:
        assert kernel.error_of(HOG) == "none"


def test_a_cell_can_be_interrupted(kernel_of, eventually) -> None:
    with kernel_of() as kernel:
        sent = kernel.client.execute("import time; print('in it'); time.sleep(300)", stop_on_error=False)
        while kernel.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        kernel.manager.interrupt_kernel()
        while (reply := kernel.client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != sent:
            pass  # a late answer to the question whether it is ready
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert kernel.says("print('still here')") == "still here"


def test_a_kernel_can_be_restarted(kernel_of) -> None:
    with kernel_of() as kernel:
        before = kernel.says("x = 1; import os; print(os.getpid())")
        kernel.manager.restart_kernel()
        kernel.client.wait_for_ready(timeout=120)
        assert kernel.is_forked
        assert kernel.error_of("x") == "NameError"
        assert kernel.says("import os; print(os.getpid())") != before


def test_a_kernel_that_is_shut_down_ends_with_code_0_and_runs_its_last_words(kernel_of, tmp_path, eventually) -> None:
    with kernel_of(cwd=str(tmp_path)) as kernel:
        kernel.says("import atexit; from pathlib import Path; _ = atexit.register(Path('words').write_text, 'last')")
        process = kernel.manager.provisioner.process
        kernel.client.shutdown()
        assert eventually(lambda: process.poll() is not None)
        assert process.returncode == 0
        assert (tmp_path / "words").read_text() == "last"


def test_the_code_that_a_process_of_a_cell_ends_with_is_the_kernels(kernel_of, eventually) -> None:
    with kernel_of() as kernel:
        process = kernel.manager.provisioner.process
        kernel.client.execute("import os; os._exit(7)")
        assert eventually(lambda: process.poll() is not None)
        assert process.returncode == 7


def test_what_a_cell_has_started_ends_with_its_kernel(kernel_of, eventually, has_ended) -> None:
    with kernel_of() as kernel:
        pid = int(kernel.says("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
        os.kill(kernel.process.pid, signal.SIGKILL)
        assert eventually(lambda: has_ended(pid))


OPEN = """
import os
for number in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{number}"
    print(os.readlink(path) if os.path.lexists(path) else "")
"""


def test_no_socket_of_the_parent_is_open_in_a_kernel(kernel_of) -> None:
    with kernel_of(), kernel_of() as kernel:
        parents = {os.readlink(one) for one in Path(f"/proc/{kernel.parent.pid}/fd").iterdir()}
        sockets = {one for one in parents if one.startswith("socket:")}
        assert sockets and not sockets & set(kernel.says(OPEN).split())
