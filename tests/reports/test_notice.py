"""Notices: what they say, and that they reach a real server, or are missed in time without a secret in the open."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest

from salesperf.errors import DataError, Interrupted, ReportsFailed, RequestError, SalesperfError
from salesperf.reports.notice import LISTED, Notice, check_addresses, notice_of_batch, notice_of_error, send
from salesperf.reports.report import Report
from salesperf.reports.result import Result, Status

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise, under 3.13
FOLDER = Path("reports/demo/2025Q4")
SECRET = "s3cr3t"


class Inbox(ThreadingHTTPServer):
    """A web server that keeps what it is sent."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.mail: list[dict[str, Any]] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Inbox)
        self.server.mail.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def serving(inbox: Inbox) -> Iterator[Inbox]:
    thread = Thread(target=inbox.serve_forever)
    thread.start()
    yield inbox
    inbox.shutdown()
    thread.join()
    inbox.server_close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    yield from serving(Inbox())


@pytest.fixture
def angry() -> Iterator[Inbox]:
    yield from serving(Inbox(status=500))


@pytest.fixture
def dead() -> Iterator[str]:
    """A place where nobody listens: the port is taken, and not listened to."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def results(published: int = 0, unchanged: int = 0, failed: Sequence[str] = ()) -> list[Result]:
    made: list[tuple[Status, str, str]] = [("published", f"P{number}", "") for number in range(published)]
    made += [("unchanged", f"U{number}", "") for number in range(unchanged)]
    made += [("failed", region, "ValueError: no rows (code cell 3)") for region in failed]
    return [
        Result(report=Report("region", region, region), status=status, seconds=1.0, error=error, details="")
        for status, region, error in made
    ]


def notice(made: list[Result]) -> Notice:
    return notice_of_batch("Demo Instruments", "2025Q4", made, FOLDER)


@pytest.mark.parametrize(
    ("made", "ending"),
    [
        (results(published=8), "8 reports published"),
        (results(published=1), "1 report published"),
        (results(unchanged=8), "8 reports unchanged"),
        (results(published=3, unchanged=5), "5 reports unchanged, 3 published"),
        (results(published=7, failed=["East"]), "1 of 8 reports failed"),
        (results(failed=["East"]), "1 of 1 report failed"),
    ],
)
def test_the_title_says_how_the_batch_ended(made: list[Result], ending: str) -> None:
    assert notice(made).title == f"Demo Instruments 2025Q4: {ending}"


def test_the_body_counts_says_where_and_tells_each_failure() -> None:
    made = notice(results(published=2, unchanged=3, failed=["East", "West"]))
    assert made.failed
    assert made.body.splitlines() == [
        "published: 2",
        "unchanged: 3",
        "failed: 2",
        "folder: reports/demo/2025Q4",
        "",
        "East: ValueError: no rows (code cell 3)",
        "West: ValueError: no rows (code cell 3)",
    ]


def test_a_batch_that_went_well_is_no_failure_and_lists_none() -> None:
    made = notice(results(published=2))
    assert not made.failed
    assert made.body.splitlines()[-1] == "folder: reports/demo/2025Q4"


def test_after_twenty_failures_the_others_are_counted() -> None:
    assert notice(results(failed=[f"R{number}" for number in range(LISTED)])).body.splitlines()[-1].startswith("R19:")
    lines = notice(results(failed=[f"R{number}" for number in range(LISTED + 3)])).body.splitlines()
    assert lines[-2].startswith("R19:")
    assert lines[-1] == "and 3 more"


def test_a_long_error_is_cut() -> None:
    (one,) = results(failed=["East"])
    long = Result(report=one.report, status="failed", seconds=0.0, error="x" * 10_000, details="")
    assert max(map(len, notice([long]).body.splitlines())) < 400


def test_a_name_cannot_break_out_of_its_line() -> None:
    made = notice_of_batch("Evil\r\nBcc: all@example.org", "2025Q4", results(failed=["Ea\nst\x1b[2J"]), FOLDER)
    assert made.title.startswith("Evil Bcc: all@example.org 2025Q4:")
    assert "Ea st [2J: ValueError" in made.body


@pytest.mark.parametrize(
    "error",
    [
        DataError("sales.csv:3: expected a date,\ngot 'x'; correct it"),
        ReportsFailed("reports/demo/2025Q4: expected room for the reports, got a full disk; make room and run again"),
        Interrupted("run: ended before all reports were built; what is published is whole, run again for the rest"),
    ],
)
def test_a_batch_that_could_not_start_or_ended_early_is_not_finished_and_says_why(error: SalesperfError) -> None:
    made = notice_of_error(Path("params/demo.yml"), error)
    assert made == Notice("params/demo.yml: not finished", str(error), True)


def test_a_server_gets_title_body_and_whether_it_is_bad(inbox: Inbox) -> None:
    assert send(notice(results(published=8)), [f"json://{inbox.place}/hook"]) == []
    assert send(notice(results(failed=["East"])), [f"json://{inbox.place}/hook"]) == []
    well, bad = inbox.mail
    assert (well["title"], well["type"]) == ("Demo Instruments 2025Q4: 8 reports published", "success")
    assert well["message"] == notice(results(published=8)).body
    assert bad["type"] == "failure"


def test_nothing_in_a_name_is_markup(inbox: Inbox) -> None:
    made = notice(results(failed=["<b>East</b> **bold** :smile: [x](http://evil)"]))
    ways = [f"json://{inbox.place}/?format={form}" for form in ("text", "html", "markdown")]
    assert [send(made, [way]) for way in ways] == [[], [], []]
    text, html, markdown = (one["message"] for one in inbox.mail)
    assert text == made.body
    assert "&lt;b&gt;East" in html and "<b>" not in html
    assert r"\*\*bold\*\*" in markdown and r"\[x\]" in markdown
    assert all(":smile:" in one for one in (text, html))


def test_every_address_is_tried_and_those_missed_are_named_without_secrets(
    inbox: Inbox, angry: Inbox, dead: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    addresses = [
        f"json://user:{SECRET}@{dead}/{SECRET}?+Token={SECRET}",
        f"json://{inbox.place}/",
        f"json://{angry.place}/{SECRET}",
    ]
    assert send(notice(results(published=1)), addresses) == [f"json://{dead}/…", f"json://{angry.place}/…"]
    assert len(inbox.mail) == 1
    assert capfd.readouterr() == ("", "")
    assert SECRET not in caplog.text


def test_an_address_that_no_one_checked_is_missed_not_raised() -> None:
    assert send(notice([]), [f"nonsense://{SECRET}", SECRET]) == ["nonsense://…", "…"]


SILENT = """
import sys, time
from salesperf.reports.notice import Notice, send
start = time.monotonic()
print(send(Notice("t", "b", False), [sys.argv[1]], timeout=1.0), time.monotonic() - start < 30)
"""


def test_a_server_that_never_ends_its_answer_holds_up_neither_the_batch_nor_its_exit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"

        def drip() -> None:  # a byte now and then, so that no time limit of a single read is ever reached
            taken, _ = server.accept()
            with taken:
                try:
                    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                    while True:
                        taken.sendall(b"x")
                        time.sleep(0.5)
                except OSError:
                    return

        dripping = Thread(target=drip)
        dripping.start()
        done = subprocess.run([sys.executable, "-c", SILENT, f"json://{place}/"], capture_output=True, timeout=120)
        dripping.join(timeout=60)
    assert (done.returncode, done.stdout.decode()) == (0, f"['json://{place}/…'] True\n")
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"jsn://user:{SECRET}@host/", ("jsn://…", "did you mean 'json'?")),
        (f"slack://{SECRET}", ("slack://…", "Slack", "https://appriseit.com/")),
        (f"https://hooks.example.org/{SECRET}", ("https://…", "jsons://")),
        (SECRET, ("without a service", "mailtos://")),
        ("", ("without a service",)),
        ("json://", ("json://…", "missing or wrong")),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_one_line_without_its_secret(
    address: str, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RequestError) as refused:
        check_addresses(["json://localhost/", address])
    message = str(refused.value)
    assert message.startswith("--notify ") and "\n" not in message
    assert SECRET not in message
    for word in words:
        assert word in message
    assert capfd.readouterr() == ("", "")


def test_addresses_of_services_that_apprise_knows_are_accepted() -> None:
    check_addresses(
        [
            "mailtos://user:pass@smtp.example.org?to=ops@example.org",
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
            "ntfys://topic",
        ]
    )
    check_addresses([])


class _Postman(StreamRequestHandler):
    """As much of SMTP as a message takes."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            if line.strip().upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(letter)  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


def test_mail_is_sent_as_plain_text_with_the_title_as_its_subject() -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), _Postman) as office:
        office.letters = []  # type: ignore[attr-defined]
        office.daemon_threads = True
        Thread(target=office.serve_forever, daemon=True).start()
        port = office.server_address[1]
        address = f"mailto://127.0.0.1:{port}?to=ops@example.org&from=batch@example.org&smtp=127.0.0.1&mode=insecure"
        assert send(notice(results(failed=["<b>East</b>"])), [address]) == []
        office.shutdown()
    mail = message_from_bytes(office.letters[0], policy=policy.default)  # type: ignore[attr-defined]
    assert mail["Subject"] == "Demo Instruments 2025Q4: 1 of 1 report failed"
    assert mail.get_content_type() == "text/plain"
    assert "<b>East</b>: ValueError" in mail.get_content()  # type: ignore[attr-defined]
