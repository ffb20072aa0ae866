"""Notices of how a batch ended, and their delivery by Apprise to mail, chat and webhooks."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic

from apprise import Apprise, AppriseAsset, NotificationManager, NotifyBase, NotifyFormat, NotifyType, OverflowMode

from salesperf.errors import RequestError, SalesperfError, counted, did_you_mean, one_line
from salesperf.reports.result import Result

LISTED = 20  # failures that a notice names; more are counted
# The schemes of Apprise that are suggested first for a mistyped one.
USUAL = ("mailtos", "jsons", "slack", "msteams", "discord", "tgram", "ntfys", "gotify")
TIMEOUT = 30.0  # seconds that all addresses together may take

_ASSET = AppriseAsset(
    app_id="salesperf",
    app_desc="salesperf",
    app_url="",
    language="en",
    interpret_emojis=False,  # a name such as :smile: stays what it is
    async_mode=False,  # `send` starts a daemon thread per address: a silent server then delays no batch
    service_timeout=0,
    storage_mode="memory",
    pgp_autogen=False,
    pem_autogen=False,
)


@dataclass(frozen=True)
class Notice:
    """A notice as plain text; ``failed``: whether somebody has to look into the batch."""

    title: str
    body: str
    failed: bool


def notice_of_batch(client: str, period: str, results: Sequence[Result], folder: Path | str) -> Notice:
    """The notice of a batch that ended: the number of reports by status, what failed and why, the folder or URL.

    >>> notice_of_batch("Demo Instruments", "2025Q4", [], "reports/demo/2025Q4").title
    'Demo Instruments 2025Q4: 0 reports published'
    """
    counts = Counter[str](result.status for result in results)
    failures = [_cut(f"{result.report.title}: {result.error}") for result in results if result.status == "failed"]
    numbers = [f"{status}: {counts[status]}" for status in ("published", "unchanged", "failed")]
    rest = [f"and {len(failures) - LISTED} more"] if len(failures) > LISTED else []
    failure_lines = ["", *failures[:LISTED], *rest] if failures else []
    lines = [one_line(line) for line in (*numbers, f"folder: {folder}", *failure_lines)]
    title = f"{client} {period}: {_headline(counts)}"
    return Notice(one_line(title), "\n".join(lines), bool(failures))


def notice_of_error(about: Path | str, error: SalesperfError) -> Notice:
    """The notice of a batch that could not start or ended early; ``about``: the client file."""
    return Notice(one_line(f"{about}: not finished"), str(error), True)


def check_addresses(urls: Iterable[str]) -> None:
    """Raises RequestError for the first address that Apprise cannot use; the message shows only its scheme."""
    for url in urls:
        if _service(url) is None:
            raise RequestError(f"--notify {_hidden(url)}: {_what_is_wrong(_scheme(url))}")


def send(notice: Notice, urls: Sequence[str], timeout: float = TIMEOUT) -> list[str]:
    """Sends a notice to all addresses in parallel; returns those not reached within ``timeout`` seconds, masked.

    A delivery that fails raises nothing. The addresses must have passed `check_addresses`.
    """
    reached: list[int] = []

    def deliver(place: int, service: NotifyBase) -> None:
        if _delivered(notice, service):
            reached.append(place)

    services = [_service(url) for url in urls]
    threads = [
        Thread(target=deliver, args=(place, service), daemon=True) for place, service in enumerate(services) if service
    ]
    for thread in threads:
        thread.start()
    end = monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
    arrived = frozenset(reached)
    return [
        _masked(service) if service else _hidden(url)
        for place, (url, service) in enumerate(zip(urls, services, strict=True))
        if place not in arrived
    ]


def _headline(counts: Mapping[str, int]) -> str:
    if counts["failed"]:
        return f"{counts['failed']} of {counted(sum(counts.values()), 'report')} failed"
    if not counts["unchanged"]:
        return f"{counted(counts['published'], 'report')} published"
    new = f", {counts['published']} published" if counts["published"] else ""
    return f"{counted(counts['unchanged'], 'report')} unchanged{new}"


def _delivered(notice: Notice, service: NotifyBase) -> bool:
    kind = NotifyType.FAILURE if notice.failed else NotifyType.SUCCESS
    try:
        # Declared as text, so that Apprise escapes it for services that take HTML or Markdown.
        return bool(Apprise(service, _ASSET).notify(notice.body, notice.title, kind, body_format=NotifyFormat.TEXT))
    except Exception:  # services raise many types; in every case the notice was not delivered
        return False


def _service(url: str) -> NotifyBase | None:
    service = Apprise.instantiate(url.strip(), asset=_ASSET)
    if service and service.overflow_mode == OverflowMode.UPSTREAM:
        service.overflow_mode = OverflowMode.TRUNCATE  # a chat that takes 2,000 letters would refuse more
    return service


def _masked(service: NotifyBase) -> str:
    """The scheme and host of an address. Apprise's private form also shows headers, paths and users, maybe secret."""
    scheme, rest = service.url(privacy=True).split("://", 1)  # type: ignore[no-untyped-call]
    return f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}/…"


def _hidden(url: str) -> str:
    """What may be shown of an address that Apprise cannot use: its scheme."""
    return f"{_scheme(url)}://…" if _scheme(url) else "…"


def _scheme(url: str) -> str:
    """The scheme of an address in lower case; "" if it has none."""
    match = re.match(r"\s*([a-z][a-z0-9+.-]*)://", url, re.IGNORECASE)
    return match[1].lower() if match else ""


def _what_is_wrong(scheme: str) -> str:
    services = NotificationManager()  # type: ignore[no-untyped-call]
    if not scheme:
        return "expected an address of Apprise, got one without a service; write it as json://… or mailtos://…"
    if scheme in ("http", "https"):
        return "expected an address of Apprise, got a web page's; for a webhook write json:// or jsons:// instead"
    if scheme not in services:
        known = [*USUAL, *sorted(services.schemas())]  # type: ignore[no-untyped-call]
        return f"expected an address of Apprise, got no service that it knows; {did_you_mean(scheme, known)}"
    name, url = services[scheme].service_name, services[scheme].setup_url
    if not services[scheme].enabled:
        return f"expected a service that works here, got {name} without a package that it needs; see {url}"
    return f"expected an address of {name}, got one with a part missing or wrong; see {url}"


def _cut(line: str, most: int = 300) -> str:
    return line if len(line) <= most else f"{line[:most]}…"
