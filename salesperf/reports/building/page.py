"""An executed notebook as one self-contained HTML page, for ``jupyter nbconvert --to salesperf`` and for the batch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default

from salesperf.cover import cover
from salesperf.language import Voice
from salesperf.reports.names import card_id

TEMPLATES = Path(__file__).parent / "templates"


class ReportExporter(TemplateExporter):
    """Exports exhibits and prose as a page without code, prompts or warnings.

    The page makes no request and runs no script. Cells tagged ``workbench`` are left out. Prose is taken in the
    report's language where the cell's metadata has it (``salesperf.zh``).
    """

    export_from_notebook = "salesperf report"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "salesperf"

    @default("template_file")
    def _template_file_default(self) -> str:
        return "page.html.j2"

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        return True  # else the notebook is validated again after each preprocessor, and all of them are off

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(TEMPLATES)]

    def default_filters(self) -> Any:
        """The filters of nbconvert and those of the page's template, as pairs of name and function."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "prose", prose
        yield "bare_svg", bare_svg
        yield "markdown2html", markdown2html
        yield "css_text", css_text

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own exporters of text
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of an executed notebook, and the resources with its cover. Raises ValueError for a wrong cover."""
        resources = dict(resources or {})
        resources["cover"] = cover(nb.cells)
        resources["links"] = _links(resources["cover"], resources.get("index", ""))
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return page, resources


def page_html(notebook: NotebookNode, title: str, path: str = "") -> str:
    """The page of an executed notebook; ``title`` is the page's title where its cover has none.

    ``path``: of the page in the folder of a batch, with slashes, for links back to its index; "" for a page by itself.
    Raises ValueError where the notebook's cover is not of its form.
    """
    exporter = ReportExporter()  # type: ignore[no-untyped-call]
    index = "../" * path.count("/") + "index.html" if path else ""
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}, "index": index})
    return page


def _links(cover_parts: Mapping[str, Any], index: str) -> list[tuple[str, str]]:
    """Text and address of the links back from a page; ``index``: the address of the index, "" without one."""
    if not index:
        return []
    voice = Voice("zh" if cover_parts.get("language") == "zh" else "en")
    links = [(voice("index_back"), index)]
    if cover_parts.get("region") and not cover_parts.get("rep"):
        links.append((voice("index_to_sheets"), f"{index}#{card_id(cover_parts['region'])}"))
    return links


def css_text(text: str) -> str:
    """A text as a CSS string, with every character but letters, digits and spaces escaped.

    >>> css_text('East "1"')
    '"East \\\\22 1\\\\22 "'
    """
    escaped = (sign if sign.isalnum() or sign == " " else f"\\{ord(sign):x} " for sign in text)
    return f'"{"".join(escaped)}"'


def prose(cell: Mapping[str, Any], language: str | None) -> str:
    """The text of a markdown cell in a language; the cell's source where there is no translation."""
    translations: Mapping[str, str] = cell["metadata"].get("salesperf", {})
    return translations.get(language or "", cell["source"])


def markdown2html(source: str) -> str:
    """Markdown as HTML; headings get no links to themselves."""
    html: str = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
    return html


def bare_svg(svg: str) -> str:
    """An SVG document from its <svg> element on, without XML declaration and doctype; "" if it has no such element."""
    return svg[svg.index("<svg") :] if "<svg" in svg else ""
