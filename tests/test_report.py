"""The report: one page that needs nothing else, safe whatever its words are, drawn by a browser; and LaTeX that balances."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step, verify
from gantheory.cli.main import main
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective, Space
from gantheory.objectives import Derivation as Derived
from gantheory.plots import NEURIPS, over_time, save
from gantheory.report import Chapter, Derivation, Experiment, Figure, Report, fragment, html, write_fragment, write_page
from tests.chromium import chromium, tab

BUILT = Path(__file__).parent.parent / "build" / "report" / "index.html"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"><b>&amp; {SCRIPT}</b> & 50% of $5, {{x_1}} #2 ~^\\ '); a <= b"
x = sp.Symbol("x", real=True)
f = sp.Function("f", real=True)(x)
VOID = {"meta", "link", "br", "img", "input", "hr"}


def claim(name, right, equation, says):
    proof = (Step(f"product rule {SCRIPT}", lambda: sp.diff(f**2, x), lambda: right),)
    return Claim(
        name, says, equation, "nobody, section 1", proof, Agreement((Step("n", lambda: 2.0, lambda: 2.0, Rivals(1e-9)),))
    )


def drawn(folder, name, caption):
    """A figure as plots save it, as the report reads it."""
    figure, ax = NEURIPS.figure()
    over_time(ax, [0.0, 1.0, 2.0], {"flow <i>": [3.0, 2.0, 1.5]}, ylabel="$W_2$ & more", reference={"best": 1.0})
    save(figure, folder / name, data={"t": [0, 1, 2]}, caption=caption, provenance={})
    words = json.loads((folder / f"{name}.json").read_text())
    return Figure(name, (folder / f"{name}.svg").read_text(), words["caption"], words["alt"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def report(folder):
    """Two chapters; three verdicts, one of which fails and one refutes; two derivations; an experiment with two figures."""
    verdicts = [
        verify(claim("product-rule", 2 * f * f.diff(x), "(f^2)' = 2 f f'", "The product rule.")),
        verify(
            replace(
                claim("wrong-in-print", 2 * f * f.diff(x), "1 = 2", HOSTILE),
                witness=Refutation(SCRIPT, lambda: 1.0, lambda: 2.0),
            )
        ),
        verify(claim(SCRIPT, 2 * f, rf"\text{{{SCRIPT}}} a < b", HOSTILE)),
    ]
    facts = [Derived(Objective(loss, 2 * GradientPenalty(2)), Space(3)) for loss in (WASSERSTEIN, LEAST_SQUARES)]
    derivations = [
        Derivation(HOSTILE, [(row.heading, row.latex) for row in d.lines() if row.latex], str(d.posedness)) for d in facts
    ]
    figures = [drawn(folder, name, HOSTILE) for name in ("first", "product-rule")]
    rows = [{"h < 1": 0.1, "order & name": HOSTILE}, {"h < 1": 0.05, "order & name": None}]
    experiment = Experiment("halves", HOSTILE, rows, figures, 1.2, HOSTILE, False)
    first, second = Chapter(HOSTILE, derivations, verdicts[:1]), Chapter("Second", (), verdicts[1:], [experiment])
    return Report([first, second], {"versions": {SCRIPT: "1"}})


class Page(HTMLParser):
    """Every tag with its attributes, the text, the text of each cell, and whether the tags nest."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text, self.broken = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data):
        self.text.append(data)

    def named(self, *tags):
        return [attributes for tag, attributes in self.tags if tag in tags]

    def values(self, *names):
        return [value for _, attributes in self.tags for name, value in attributes.items() if name in names]


@pytest.fixture(scope="module")
def page(report):
    return Page(html(report))


def test_the_page_nests(page):
    assert not page.broken
    assert not page.open


def test_the_page_needs_nothing_else(page, report):
    allowed = re.compile(r"#|data:,")
    assert all(allowed.match(v) for v in page.values("src", "href", "xlink:href", "srcset", "data", "action", "poster"))
    text = html(report)
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert "@import" not in text
    assert not page.named("script", "iframe", "object", "embed", "base", "form")
    assert [a["href"] for a in page.named("link")] == ["data:,"]


def test_words_never_become_tags(page, report):
    text, plain = html(report), "".join(page.text)
    assert "<script" not in text
    assert "<b>" not in text
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert plain.count(SCRIPT) >= 6  # as a name, in the table, what it says, the step, the caption, the equation
    assert plain.count(HOSTILE) >= 5
    alts = re.findall(r"<svg[^>]*><title>(.*?)</title>", text, re.DOTALL)
    assert len(alts) == 2
    assert all("flow &lt;i&gt;" in alt for alt in alts)


def test_identifiers_are_unique_and_every_reference_has_its_own(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids)) > 20
    text_references = [v for v in page.values("clip-path", "style", "fill", "filter", "mask") if "url(" in v]
    inner = [re.search(r"url\(#(.*?)\)", value)[1] for value in text_references]
    inner += [v.removeprefix("#") for v in page.values("href", "xlink:href") if v.startswith("#")]
    assert len(inner) > 20
    assert set(inner) <= set(ids)


def test_every_formula_is_mathml(report):
    found = re.findall(r"<math .*?</math>", html(report), re.DOTALL)
    assert len(found) == sum(len(d.formulas) for c in report.chapters for d in c.derivations) + len(report.verdicts)
    for text in found:
        tree = ElementTree.fromstring(text)
        assert tree.tag == "{http://www.w3.org/1998/Math/MathML}math"
        assert tree.get("display") == "block"
        assert "".join(tree.itertext()).strip()
        assert "&#" not in "".join(tree.itertext())
        assert "\\" not in "".join(tree.itertext())
    assert "a<b" in "".join(ElementTree.fromstring(found[-1]).itertext())


def test_every_verdict_has_a_row_and_the_count_is_right(report):
    tables = re.findall(r'<table class="verdicts">.*?</table>', html(report), re.DOTALL)
    assert [re.findall(r'<td class="([A-Z]+)">', rows) for rows in tables] == [["HOLDS"], ["HOLDS", "FAILS"]]
    assert "2 of 3 claims hold." in html(report)
    assert "counter-example" in html(report)


def test_a_formula_that_is_no_latex_is_refused(report):
    wrong = verify(claim("open", 2 * f, r"\left( x", "s"))
    with pytest.raises(Refusal, match=r"an equation is LaTeX; got '\\\\left\( x' \(.*Error\)\. Mend that claim\."):
        html(Report([Chapter("c", verdicts=[wrong])]))


def test_the_same_report_is_the_same_bytes(report, folder):
    first, second = (folder / name for name in ("a", "b"))
    for place in (first, second):
        place.mkdir()
        assert write_page(report, place) == place / "index.html"
        assert write_fragment(report, place) == place / "report.tex"
    for name in ("index.html", "report.tex"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert (first / "index.html").read_text() == html(report)
    assert (first / "report.tex").read_text() == fragment(report)


def test_an_empty_report_is_a_page():
    assert not Page(html(Report([]))).broken
    assert "\\section" not in fragment(Report([]))


def test_what_was_printed_stands_beside_what_is_so(report):
    table = re.search(r'<table class="printed">.*?</table>', html(report), re.DOTALL)[0]
    cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]]
    assert [row[3] for row in cells] == ["refuted", "does not agree"]
    assert cells[0][1:3] == ["1", "2"]
    assert report.chapters[0].printed == []
    assert "What the papers printed" in fragment(report)


def bare(latex):
    """The fragment without comments, escaped signs, names of files and labels."""
    lines = [re.sub(r"(?<!\\)%.*", "", line) for line in latex.splitlines()]
    return re.sub(r"\\(?:includegraphics|label)\{[^{}]*\}", "", "\n".join(lines))


def test_latex_balances(report):
    text = bare(fragment(report))
    depth = 0
    for sign in re.findall(r"(?<!\\)(?:\\\\)*([{}])", text):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    stack = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if kind == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    assert re.findall(r"\\([\[\]])(?![a-z])", text.replace("\\\\", "")) == ["[", "]"] * text.count("\n\\[ ")
    assert text.replace("\\$", "").count("$") % 2 == 0


def test_latex_escapes_every_special_sign(report):
    text = bare(fragment(report))
    text = re.sub(r"\\\[ .*? \\\]", "", text, flags=re.DOTALL)  # displayed formulas
    text = re.sub(r"(?<!\\)\$.*?(?<!\\)\$", "", text, flags=re.DOTALL)  # inline ones
    text = re.sub(r"\\begin\{tabular\}.*?\\end\{tabular\}", lambda m: m[0].replace(" & ", " "), text, flags=re.DOTALL)
    assert not re.findall(r"(?<!\\)[#_^~&%]", text)
    assert text.count(r"\textbackslash{}") >= 5
    assert text.count(r"50\% of \$5, \{x\_1\} \#2 \textasciitilde{}\textasciicircum{}") >= 5


def test_every_included_figure_exists(report, folder):
    included = re.findall(r"\\includegraphics\{(.*?)\}", fragment(report))
    assert included == ["first.pdf", "product-rule.pdf"]
    assert all((folder / name).is_file() for name in included)


CLAIMS = """
import sympy as sp
from gantheory.claims import Agreement, Claim, Rivals, Step
x = sp.Symbol("x", real=True)
f = sp.Function("f", real=True)(x)
step = Step("product rule", lambda: sp.diff(f**2, x), lambda: 2 * f * f.diff(x))
seen = Agreement((Step("numbers", lambda: 2.0, lambda: 2.0, Rivals(1e-9)),))
LONG = r"f(x) = " + " + ".join(rf"\\frac{{x^{k}}}{{k!}}" for k in range(30))
RULE = Claim("the_product_rule_" + 90 * "x", "The product rule.", LONG, "nobody, section 1", (step,), seen)
"""
EXPERIMENT = """
from dataclasses import dataclass
from gantheory.plots import Drawing, over_time
DEMO = {"count": 4}

@dataclass(frozen=True)
class Result:
    count: int
    says = "W2 halves: " + 150 * "0"

    @property
    def table(self):
        return [{f"a long name {i}": 0.5**k for i in range(9)} for k in range(self.count)]

def run(*, count: int = 30, progress=None):
    return Result(count)

def plot(result, venue):
    drawings = {}
    for name in ("left", "right"):
        figure, ax = venue.figure()
        over_time(ax, list(range(result.count)), {"half": [0.5**k for k in range(result.count)]}, ylabel="$W_2$")
        drawings[name] = Drawing(figure, result.table, "A caption: " + 150 * "0")
    return drawings
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The page that `gantheory report` makes of one claim and one experiment."""
    place = tmp_path_factory.mktemp("made")
    for name, text in (("claims/rule.py", CLAIMS), ("experiments/tiny.py", EXPERIMENT)):
        (place / name).parent.mkdir()
        (place / name).write_text(text)
    words = ["report", "--out", "out", "--claims", "claims", "--experiments", "experiments"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        with pytest.raises(SystemExit) as stop:
            main(words)
    assert stop.value.code == 0
    return place / "out" / "index.html"


def test_a_report_includes_what_it_wrote(made):
    included = re.findall(r"\\includegraphics\{(.*?)\}", (made.parent / "report.tex").read_text())
    assert included == ["left.pdf", "right.pdf"]
    assert all((made.parent / name).is_file() for name in included)
    assert (made.parent / "tiny_table.tex").is_file()
    assert len(re.findall(r"<tr>", re.search(r"<h4>tiny.*?</table>", made.read_text(), re.DOTALL)[0])) == 1 + 4


@pytest.fixture(scope="module")
def browser():
    if chromium() is None:
        pytest.skip("no Chromium found")
    with tab() as page:
        yield page


BOXES = """[...document.querySelectorAll("{}")].map(e => e.getBoundingClientRect()).map(b => [b.width, b.height])"""
CUT = """[...document.querySelectorAll("body *")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
    && getComputedStyle(e).display != "inline" && !e.closest("svg, math, dd, .wide")).map(e => e.outerHTML.slice(0, 80))"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1000, 400])
@pytest.mark.parametrize("which", ["made", *(["built"] if BUILT.exists() else [])])
def test_a_browser_draws_all_of_it(browser, made, which, width):
    file = made if which == "made" else BUILT
    text = file.read_text(encoding="utf-8")
    browser.open(file, width)
    formulas, figures = (browser.value(BOXES.format(tag)) for tag in ("math", "figure svg"))
    assert len(formulas) == text.count("<math ") > 10
    assert all(w > 0 and h > 0 for w, h in formulas)
    assert len(figures) == text.count("<figure ") > 1
    assert all(w > 50 and h > 50 for w, h in figures)
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(CUT) == []
    assert browser.value("document.querySelectorAll('.verdicts tbody tr').length") == text.count('<section class="claim"') > 0
    assert browser.value("document.querySelectorAll('.verdicts a').length") == text.count('<section class="claim"')
    unresolved = "[...document.querySelectorAll('.verdicts a')].filter(a => !document.getElementById(a.hash.slice(1))).length"
    assert browser.value(unresolved) == 0
    assert browser.told("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown") == []
    asked = [event["request"]["url"] for event in browser.told("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [file.resolve().as_uri()]


@pytest.mark.browser
def test_a_browser_runs_no_hostile_word(browser, report, folder):
    write_page(report, folder)
    browser.open(folder / "index.html", 1000)
    assert browser.value("document.querySelectorAll('script, b').length") == 0
    assert browser.told("Page.javascriptDialogOpening") == []
    assert browser.value("document.querySelectorAll('.verdicts tbody tr').length") == 3


@pytest.mark.browser
def test_the_browser_sees_what_these_tests_ask_about(browser, tmp_path):
    (tmp_path / "other.css").write_text("")
    bad = '<link rel="stylesheet" href="other.css"><p style="width:2000px">wide</p><script>console.error(1)</script>'
    (tmp_path / "bad.html").write_text(f"<!doctype html>{bad}")
    browser.open(tmp_path / "bad.html", 400)
    assert browser.value("document.documentElement.scrollWidth") > 400
    assert len(browser.told("Runtime.consoleAPICalled")) == 1
    assert len(browser.told("Network.requestWillBeSent")) == 2
