"""Makes a fork of the parent an ipykernel that behaves as one started by its own command."""

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
    """Runs the kernel asked for in this process, which has just been forked, and ends it with the kernel's exit code.

    ``streams``: file descriptors of standard input, output and error, which are closed once they are in place;
    ``parent``: the process number of the parent.
    """
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
    """Sets session, signals, streams, environment, folder, umask and arguments to those of a process of its own."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the parent blocks some while it forks
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
    """Replaces the environment variables, and applies those that an interpreter reads at its start: TZ and locale."""
    before = _locale_of(os.environ)
    coerced = os.environ.get("LC_CTYPE")
    os.environ.clear()
    os.environ.update(environment | ONE_THREAD | {"JPY_PARENT_PID": str(os.getppid()), KERNEL: str(os.getpid())})
    time.tzset()
    if _locale_of(os.environ) in ("", "C", "POSIX"):  # here an interpreter sets LC_CTYPE to UTF-8 (PEP 538)
        if coerced and not environment.get("LC_ALL"):
            os.environ["LC_CTYPE"] = coerced
    elif _locale_of(os.environ) != before:
        with contextlib.suppress(locale.Error):  # as at the start of an interpreter, an unknown one has no effect
            locale.setlocale(locale.LC_CTYPE, "")


def _locale_of(environment: "os._Environ[str]") -> str:
    """The name of the locale for characters (LC_CTYPE) that the variables choose; "" where none is set."""
    return environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""


def _take_drawing_settings() -> None:
    """Reads matplotlib's settings again, which depend on folder and environment and were read when it was imported."""
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
    if allowed is not None:  # only now, so that the stacks of the kernel's own threads do not count
        limit_memory(allowed)
    app.start()  # type: ignore[no-untyped-call]
