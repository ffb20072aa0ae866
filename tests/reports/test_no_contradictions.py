"""No number stands twice with two values: on a page, a sheet and the index, and in what the commands print.

Every number is read out of the published files by its name, whose it is, and of which period. Two printed numbers of
one name agree where one value can have been rounded to both.
"""

import csv
import io
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from salesperf import open_company
from salesperf.company import Company
from salesperf.data.demo import write_demo
from salesperf.people.incentives.payouts import Payouts

DEMO = Path(__file__).parents[2] / "params" / "demo.yml"
KEYS = ("region", "team", "rep", "rep_id", "period")
KEYS_OF = {"region": ["region"], "team": ["region", "team"], "rep": ["rep_id"]}
OF_TARGETS = {"result": "revenue", "attainment": "revenue_attainment", "target": "revenue_target"}
OF_PAYOUT = {"payout": "pay_payout", "credited": "pay_credited", "target": "revenue_target"}
N = re.compile(r"[,，] ?n ?=? ?")  # between a value and its number of cases
NUMBER = re.compile(r"(?P<sign>[+−±-]?)(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<unit> ?(?:%|k|M|bn|万|亿|天|days|day)?)")
UNITS = {"%": 0.01, "k": 1e3, "M": 1e6, "bn": 1e9, "万": 1e4, "亿": 1e8}


class Key(NamedTuple):
    """What a number is: its name (the id of a KPI, or a word for it), whose it is, and its period's label."""

    name: str
    whose: str
    period: str


class Seen(NamedTuple):
    """A number as it was printed somewhere, and the values that can have been rounded to it."""

    where: str
    text: str
    low: float
    high: float


Found = dict[Key, list[Seen]]


def read(text: str) -> tuple[float, float] | None:
    """The values that can have been printed as the first number in a text; None where it begins with something else."""
    if not (match := NUMBER.match(text.strip())):
        return None
    digits = match["digits"].replace(",", "")
    scale = UNITS.get(match["unit"].strip(), 1.0)
    half = 0.5 * 10.0 ** -min(len(digits.partition(".")[2]), 12) * scale  # the last bit of a float is no number
    value = float(digits) * scale * (-1 if match["sign"] in "−-" and match["sign"] else 1)
    return value - half * 1.00001, value + half * 0.9999  # a half goes up


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ").strip()


def cells(row: str) -> list[str]:
    return [plain(part) for part in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)]


def tables(page: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The head and the rows of each table of a page."""
    for table in re.findall(r"<table.*?</table>", page, flags=re.DOTALL):
        head, *rows = [cells(row) for row in re.findall(r"<tr.*?</tr>", table, flags=re.DOTALL)]
        yield head, rows


class Reader:
    """Reads the printed numbers of a company's reports and commands."""

    def __init__(self, company: Company) -> None:
        self.company, self.voice, self.found = company, company.voice, defaultdict[Key, list[Seen]](list)
        self.now = company.period.label
        self.kpis = {self.voice.kpi(name): name for name in company.registry}
        self.kpis |= {self.voice("attainment"): "revenue_attainment", self.voice("targets_result"): "revenue"}
        self.kpis |= {self.voice("targets_target"): "revenue_target"}
        self.words = {self.voice(word): word for word in ("score", "measured", "pay_payout", "pay_credited")}
        self.words |= {
            self.voice("grade"): "grade",
            self.voice("closed_deals"): "win_rate_n",
            self.voice("won_deals"): "won",
        }
        self.periods = {self.voice.period(period.label): period.label for period in company.period.history()}
        self.periods |= {self.voice.period(month.label): month.label for month in company.period.months()}

    def note(self, where: str, name: str, whose: str, text: str, period: str = "") -> None:
        """Notes a printed number; a text without a number is noted as it is."""
        values = read(text) or (hash(text), hash(text))
        self.found[Key(name, whose, period or self.now)].append(Seen(where, text, *values))

    def cell(self, where: str, head: str, whose: str, text: str) -> None:
        """Notes what a cell under the name of a KPI or a known word says: its value, its n, its points in the score."""
        name = self.kpis.get(head) or self.words.get(head)
        if name is None or text in ("", self.voice.missing):
            return
        if (inner := re.fullmatch(r"([\d.]+) ?[(（](.*)[)）]", text)) and name in self.company.registry:
            self.note(where, f"{name}_contribution", whose, inner[1])
            text = inner[2]
        neutral = self.voice("neutral_value", value="").strip()
        if text.startswith(neutral):
            self.note(where, f"{name}_neutral", whose, text.removeprefix(neutral).strip())
            return
        if name == "grade":
            text = re.split("[,，]", text)[0]  # behind it stands its chance
        value, *n = N.split(text.split(" → ")[0])
        if read(value) or name == "grade":
            self.note(where, name, whose, value)
        if n and read(n[0]):
            self.note(where, f"{name}_n", whose, n[0])

    def page(self, where: str, page: str, whose: str) -> None:
        """Notes the numbers of a page of a region or rep."""
        for label, value in re.findall(r'sp-label">(.*?)</div><div class="sp-value">(.*?)</div>', page):
            self.cell(where, plain(label), whose, plain(value))
        for head, rows in tables(page):
            of_sheet = head[0] == self.voice("sheet_kpi")
            for row in (row for row in rows if row[0] != self.voice("pay_total")):
                for title, text in zip(head[1:], row[1:], strict=True):
                    if of_sheet and title in self.periods and row[0] in self.kpis and read(text):
                        self.note(where, self.kpis[row[0]], whose, N.split(text)[0], self.periods[title])
                    elif not of_sheet and title in self.periods and read(text):
                        score = re.split(r" ?[(（]", text)[0]
                        self.note(where, "score", row[0], score, self.periods[title])
                    elif title == self.voice("people_gap"):
                        kpi, _, rest = text.replace("：", ": ").partition(": ")
                        self.cell(where, kpi, row[0], re.split(r"[,，] ?(?:costs|失)", rest)[0])
                    elif not of_sheet:
                        self.cell(where, title, row[0], text)

    def index(self, page: str) -> None:
        """Notes the numbers of the index: each card has a region's name and its figures."""
        for card in re.findall(r'<li class="card.*?</li>', page, flags=re.DOTALL):
            (region,) = re.findall(r"<h2>(.*?)</h2>", card, flags=re.DOTALL)
            for label, value in re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", card, flags=re.DOTALL):
                text = plain(value.replace("<small>", ", ")).replace(" , ", ", ")
                self.cell("index", plain(label), plain(region), text)

    def csv(self, where: str, printed: str, names: dict[str, str] | None = None) -> None:
        """Notes the numbers of a command's CSV; ``names``: column → the name that it stands for; default: its own."""
        for row in csv.DictReader(io.StringIO(printed)):
            whose = row.get("rep") or row.get("team") or row.get("region") or ""
            for column, text in row.items():
                if text and (names is None or column in names) and column not in KEYS:
                    self.note(where, (names or {}).get(column, column), whose, text, row.get("period", ""))

    def contradictions(self) -> dict[Key, list[Seen]]:
        """What stands in several places with values that no number can have been rounded to."""
        return {
            key: seen
            for key, seen in self.found.items()
            if len(seen) > 1 and max(one.low for one in seen) > min(one.high for one in seen)
        }


@pytest.fixture
def checked(call: Any) -> Callable[..., Reader]:
    """Reads all that is printed about regions of a client whose reports are published in a folder.

    ``commands``: whether the commands are asked as users do; else their numbers are taken before they are printed.
    """

    def reader(client_file: Path, folder: Path, *, commands: bool = False) -> Reader:
        company = open_company(client_file)
        reader = Reader(company)
        for page in sorted(set(folder.rglob("*.html")) - {folder / "index.html"}):
            whose = page.stem  # of these clients files are called as their regions and people are
            reader.page(str(page.relative_to(folder)), page.read_text("utf-8"), whose)
        reader.index((folder / "index.html").read_text("utf-8"))
        before = company.period.before()
        for by in ("region", "team", "rep"):
            if commands:
                words, csv_of = (client_file, "--by", by), ("--format", "csv")
                periods = ("--period", before.label, "--period", company.period.label)
                reader.csv("kpis", call("kpis", *words, *periods, *csv_of)[1])
                reader.csv("score", call("score", *words, *csv_of)[1])
                reader.csv("targets", call("targets", *words, *csv_of)[1], OF_TARGETS)
            else:
                reader.csv("kpis", company.kpis(by, [before, company.period]).to_csv())
                summary = company.scorecard(by).summary
                names = company.kpis(by).set_index(KEYS_OF[by])
                named = names[[name for name in ("rep",) if name in names]]
                score = named.join(summary[["score", "measured", "grade"]])
                reader.csv("score", score.to_csv())
                reader.csv("targets", company.targets(by).to_csv(), OF_TARGETS)
        if isinstance(paid := company.payouts(), Payouts):
            reader.csv("payout", paid.people.to_csv(), OF_PAYOUT)
        return reader

    return reader


def agree(reader: Reader, least: int) -> None:
    """Asserts that no number contradicts another, and that so many stand in several places."""
    assert reader.contradictions() == {}
    assert sum(len({one.where for one in seen}) > 1 for seen in reader.found.values()) >= least


def test_the_demo_company_contradicts_itself_nowhere(checked: Callable[..., Reader], demo: Path) -> None:
    agree(checked(demo.parents[2] / "demo.yml", demo, commands=True), 600)


def test_the_chinese_demo_company_contradicts_itself_nowhere(checked: Callable[..., Reader], chinese: Path) -> None:
    agree(checked(chinese.parents[2] / "demo.yml", chinese), 250)


def test_the_public_crm_export_contradicts_itself_nowhere(checked: Callable[..., Reader], crm: Path) -> None:
    agree(checked(crm.parents[2] / "crm.yml", crm), 100)


def test_another_demo_company_contradicts_itself_nowhere(
    checked: Callable[..., Reader],
    published: Callable[..., Path],
    leave_regions: Callable[..., None],
    tmp_path: Path,
) -> None:
    leave_regions(write_demo(tmp_path / "demo", seed=9, language="zh"), ["华中", "华东"])
    path = tmp_path / "demo.yml"
    path.write_text(DEMO.read_text("utf-8").replace("language: en", "language: zh"), "utf-8")
    agree(checked(path, published(path, "华中")), 150)


def model() -> dict[str, Any]:
    """A model of what any export has: revenue attainment, win rate and the sales cycle."""
    anchors = {
        "revenue_attainment": (0.5, 1.0, 1.5),
        "win_rate": (0.3, 0.6, 0.8),
        "cycle_days": (80, 50, 30),
    }
    kpis = [
        {"kpi": kpi, "weight": weight, "anchors": dict(zip(("threshold", "target", "excellent"), values, strict=True))}
        for weight, (kpi, values) in zip((0.5, 0.3, 0.2), anchors.items(), strict=True)
    ]
    return {"perspectives": [{"name": "results", "weight": 1, "kpis": kpis}]}


def generated(folder: Path, seed: int, **settings: Any) -> Path:
    """A client with what makes numbers differ: moves, newcomers, leavers, splits, refunds, sales elsewhere, gaps."""
    draw = random.Random(seed)
    regions, reps, deals, orders, splits, targets = ["East", "West", "North"], [], [], [], [], []
    days = [f"{year}-{month:02}-{day:02}" for year in (2024, 2025) for month in range(1, 13) for day in (3, 14, 28)]
    people = [f"r{number}" for number in range(15)]
    for number, rep in enumerate(people):
        region = regions[number % 3]
        start = "2025-10-15" if number == 3 else "2023-01-01"
        end = "2025-11-20" if number == 4 else ""
        if number == 6:
            reps.append([rep, f"Rep {number}", "West", "West 2", start, "2025-07-31"])
            start = "2025-08-01"
        reps.append([rep, f"Rep {number}", region, f"{region} {number % 2}", start, end])
        targets += [["rep", rep, f"2025Q{quarter}", "revenue", draw.randrange(500, 3000)] for quarter in (3, 4)]
    for number in range(900):
        rep, day, amount = draw.choice(people), draw.choice(days), draw.randrange(10, 900)
        region = draw.choice([draw.choice(regions), ""])
        orders.append([f"o{number}", rep, f"a{draw.randrange(60)}", day, amount, round(amount * 0.6, 2), region, ""])
        status = draw.choice(["won", "lost"])
        deals.append([f"d{number}", rep, status, f"a{number % 60}", day, day[:8] + "28", amount])
        if number % 9 == 0:
            other = draw.choice([person for person in people if person != rep])
            splits += [[f"o{number}", rep, 65], [f"o{number}", other, 35]]
        if number % 25 == 0:
            orders.append([f"x{number}", rep, "a1", "2025-12-28", -amount // 2, "", "", f"o{number}"])
    orders.append(["last", "r0", "a0", "2025-12-31", 5, 1, "", ""])
    heads = {
        "reps": "rep_id,rep,region,team,start_date,end_date",
        "orders": "order_id,rep_id,account_id,date,amount,cost,region,refund_of",
        "opportunities": "opportunity_id,rep_id,status,account_id,created,closed,amount",
        "splits": "sale_id,rep_id,share",
        "targets": "level,name,period,kpi,target",
    }
    rows = {"reps": reps, "orders": orders, "opportunities": deals, "splits": splits, "targets": targets}
    for table, head in heads.items():
        text = "".join(",".join(map(str, row)) + "\n" for row in [head.split(","), *rows[table]])
        (folder / f"{table}.csv").write_text(text, "utf-8")
    content = {"client": "Made up", "period": "2025Q4", "source": {table: f"{table}.csv" for table in heads}}
    content |= {"model": model(), "incentives": "usual", **settings}
    (folder / "made.yml").write_text(yaml.safe_dump(content), "utf-8")
    return folder / "made.yml"


@pytest.mark.parametrize(
    ("seed", "settings"),
    [(1, {"credit": "rep", "language": "en", "currency": "$"}), (2, {"credit": "deal", "language": "zh"})],
)
def test_a_generated_client_contradicts_itself_nowhere(
    checked: Callable[..., Reader],
    published: Callable[..., Path],
    tmp_path: Path,
    seed: int,
    settings: dict[str, Any],
) -> None:
    path = generated(tmp_path, seed, **settings)
    agree(checked(path, published(path, "East", sheets_of=["r0", "r3"])), 100)


def test_a_contradiction_is_found(tmp_path: Path) -> None:
    reader = Reader(open_company(generated(tmp_path, 3)))
    head, row = "<tr><th>Rep</th><th>Revenue</th><th>Score</th></tr>", "<tr><td>Ann</td><td>{}</td><td>{}</td></tr>"
    reader.page("one", f"<table>{head}{row.format('1,250', '98.7')}</table>", "East")
    reader.page("two", f"<table>{head}{row.format('1.25 k', '98.7')}</table>", "East")
    assert reader.contradictions() == {}
    reader.page("three", f"<table>{head}{row.format('1,251', '98.8')}</table>", "East")
    assert sorted(key.name for key in reader.contradictions()) == ["revenue", "score"]
