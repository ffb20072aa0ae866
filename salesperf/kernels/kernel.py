"""What a fork of the parent does to become an ordinary ipykernel, as if it had been started by itself."""

import contextlib
import importlib.util
import locale
import os
import signal
import sys
import time
import traceback
from typing import NoReturn

import matplotlib
from ipykernel.kernelapp import IPKernelApp

from salesperf.kernels.ending import end_process
from salesperf.kernels.limits import limit_memory, memory_allowed
from salesperf.kernels.process import die_with
from salesperf.kernels.request import KERNEL, ONE_THREAD, Request
from salesperf.kernels.seeds import reseed_at_first_cell

_LAUNCHER = importlib.util.find_spec("ipykernel_launcher")
_MATPLOTLIBRC = matplotlib.matplotlib_fname()


def become_kernel(request: Request, streams: tuple[int, int, int], parent: int) -> NoReturn:
    """Runs the kernel that was asked for and ends the process with its exit code; ``parent`` is the pid forked from."""
    code = 1
    try:
        die_with(parent)
        _take_over(request, streams)
        _run(request)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    end_process(code)


def _take_over(request: Request, streams: tuple[int, int, int]) -> None:
    """Session, signals, streams, environment, folder and randomness as the request wants them."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the parent forks with some held back
    for target, source in enumerate(streams):
        os.dup2(source, target)
        os.close(source)
    _take_environment(request.environment)
    os.chdir(request.folder)
    if request.mask is not None:
        os.umask(request.mask)
    assert _LAUNCHER is not None and _LAUNCHER.origin is not None
    sys.argv = [_LAUNCHER.origin, *request.arguments]


def _take_environment(environment: dict[str, str]) -> None:
    before = _locale_of(os.environ)
    coerced = os.environ.get("LC_CTYPE")
    os.environ.clear()
    os.environ.update(environment | ONE_THREAD | {"JPY_PARENT_PID": str(os.getppid()), KERNEL: str(os.getpid())})
    time.tzset()
    if _locale_of(os.environ) in ("", "C", "POSIX"):  # an interpreter starting in these takes UTF-8 and says so here
        if coerced and not environment.get("LC_ALL"):
            os.environ["LC_CTYPE"] = coerced
    elif _locale_of(os.environ) != before:
        with contextlib.suppress(locale.Error):  # an unknown one leaves a starting interpreter with the default as well
            locale.setlocale(locale.LC_CTYPE, "")


def _locale_of(environment: "os._Environ[str]") -> str:
    return environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""


def _take_drawing_settings() -> None:
    """The settings that matplotlib reads when it is imported, now for the kernel's folder and environment."""
    if matplotlib.matplotlib_fname() != _MATPLOTLIBRC:
        matplotlib.rc_file(matplotlib.matplotlib_fname())
    backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as ipykernel has it
    matplotlib.rcParams["backend"] = backend


def _run(request: Request) -> None:
    _take_drawing_settings()
    allowed = memory_allowed(os.environ)
    app = IPKernelApp.instance()
    # A parent handle other than 0 keeps ipykernel from printing how to connect to it.
    app.initialize([*request.arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])  # type: ignore[no-untyped-call]
    reseed_at_first_cell()
    if allowed is not None:  # only now: the stacks of the kernel's own threads are not the cells' memory
        limit_memory(allowed)
    app.start()  # type: ignore[no-untyped-call]
