"""The head of a page: what it is about, whose it is, and for which days."""

from html import escape

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit, stylesheet


def masthead(
    voice: Voice, client: Client, title: str, *, line: str = "", page_title: str = "", style: str = "", **about: str
) -> Exhibit:
    """Title and line of a page; it also brings the style of all exhibits and the cover's part that names the page.

    ``line``: the line under the title, by default the client's name and the period's dates; ``page_title``: the page's
    title in a browser, by default ``title`` and the client's name; ``style``: the page's own style as an HTML element;
    ``about``: further parts of the cover, such as region.
    """
    dates = dates_of(voice, client)
    line = line or f"{client.name} · {dates}"
    head = f'<header class="sp-head"><h1>{escape(title)}</h1><p>{escape(line)}</p></header>'
    cover = {
        "title": page_title or f"{title} · {client.name}",
        "client": client.name,
        **about,
        "period": client.period.label,
        "language": voice.language,
        "dates": dates,
    }
    return Exhibit(stylesheet() + style + head, f"{title}\n{line}", cover)


def dates_of(voice: Voice, client: Client) -> str:
    """The first and the last day of the client's period, as a text."""
    return voice("dates", start=client.period.start, end=client.period.end)
