"""An executed notebook as one self-contained HTML page: ``jupyter nbconvert --to salesperf`` and the batch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default

from salesperf.cover import cover

TEMPLATES = Path(__file__).parent / "templates"


class ReportExporter(TemplateExporter):
    """Exhibits and prose without code, prompts or warnings; the page makes no request and runs no script.

    Cells tagged ``workbench`` are for whoever works in the notebook and stay out. Prose is taken in the report's
    language where the cell's metadata has it (``salesperf.zh``).
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
        return True  # the notebook is checked once, not behind each preprocessor, all of which are off

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(TEMPLATES)]

    def default_filters(self) -> Any:
        """Nbconvert's own filters, and those of the page."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "prose", prose
        yield "bare_svg", bare_svg
        yield "markdown2html", markdown2html

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own exporters of text
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of an executed notebook."""
        resources = dict(resources or {})
        resources["cover"] = cover(nb.cells)
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return page, resources


def page_html(notebook: NotebookNode, title: str) -> str:
    """The page of an executed notebook; ``title`` names it where its cover does not."""
    exporter = ReportExporter()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    return page


def prose(cell: Mapping[str, Any], language: str | None) -> str:
    """A markdown cell's text in a language; its own text where there is no translation."""
    translations: Mapping[str, str] = cell["metadata"].get("salesperf", {})
    return translations.get(language or "", cell["source"])


def markdown2html(source: str) -> str:
    """Markdown as HTML, headings without links to themselves."""
    html: str = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
    return html


def bare_svg(svg: str) -> str:
    """An SVG document without what may only stand at the head of a file."""
    return svg[svg.index("<svg") :] if "<svg" in svg else ""
