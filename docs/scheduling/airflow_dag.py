"""The reports of Demo Instruments on every working day, and a check on Sundays that they can be rebuilt."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

WORKBENCH = Path(os.environ.get("SALESPERF_WORKBENCH", "/srv/salesperf"))
SALESPERF = os.environ.get("SALESPERF_COMMAND", ".venv/bin/salesperf")
RUN = "run params/demo.yml --workers 2 --timeout 300 --memory 2 --log-format json"
VERIFY = "verify reports/demo/2025Q4"
START = pendulum.datetime(2026, 1, 1, tz="Europe/Berlin")


def call(arguments: str) -> None:
    """Runs salesperf; what it says goes to the task's log. Only reports not built (1) are worth another try."""
    code = subprocess.run([SALESPERF, *arguments.split()], cwd=WORKBENCH).returncode
    if code == 1:
        raise AirflowException("some reports could not be built; what is published is whole")
    if code:
        raise AirflowFailException(f"salesperf ended with exit code {code}")


@dag(schedule="30 5 * * 1-5", start_date=START, catchup=False, max_active_runs=1, tags=["salesperf"])
def salesperf_demo() -> None:
    """Builds what changed; failed reports are tried again twice."""

    @task(retries=2, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=2))
    def publish() -> None:
        call(RUN)

    publish()


@dag(schedule="0 7 * * 0", start_date=START, catchup=False, max_active_runs=1, tags=["salesperf"])
def salesperf_demo_verify() -> None:
    """Rebuilds what is published and compares it."""

    @task(execution_timeout=timedelta(hours=2))
    def verify() -> None:
        call(VERIFY)

    verify()


salesperf_demo()
salesperf_demo_verify()
