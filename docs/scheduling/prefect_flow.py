"""The reports of Demo Instruments on every working day: `python prefect_flow.py` serves the flow."""

import os
import subprocess
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.schedules import Cron

WORKBENCH = Path(os.environ.get("SALESPERF_WORKBENCH", "/srv/salesperf"))
SALESPERF = os.environ.get("SALESPERF_COMMAND", ".venv/bin/salesperf")
RUN = "run params/demo.yml --workers 2 --timeout 300 --memory 2 --log-format json"


def some_failed(_task: Any, _run: Any, state: Any) -> bool:
    """Whether another try makes sense: only where reports failed (1), not for a wrong request (2) or data (3)."""
    try:
        state.result()
    except subprocess.CalledProcessError as error:
        return error.returncode == 1
    except Exception:
        return False
    return False


@task(retries=2, retry_delay_seconds=600, retry_condition_fn=some_failed, timeout_seconds=7200)
def publish() -> None:
    """Builds what changed, its log being that of the task."""
    command = [SALESPERF, *RUN.split()]
    with subprocess.Popen(command, cwd=WORKBENCH, stderr=subprocess.PIPE, text=True, encoding="utf-8") as batch:
        assert batch.stderr
        for line in batch.stderr:
            get_run_logger().info(line.rstrip())
    if batch.returncode:
        raise subprocess.CalledProcessError(batch.returncode, command)


@flow(name="salesperf-demo")
def salesperf_demo() -> None:
    """One batch."""
    publish()


if __name__ == "__main__":
    salesperf_demo.serve(name="nightly", schedule=Cron("30 5 * * 1-5", timezone="Europe/Berlin"), global_limit=1)
