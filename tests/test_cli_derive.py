"""`gantheory derive` on formulas: what is printed in each notation, and what is refused with a caret."""

import json
import shlex
import shutil
import subprocess

import pytest
import sympy as sp

from gantheory.cli.losses import LOSSES
from gantheory.cli.main import main
from gantheory.objectives import Derivation, GradientPenalty, Loss, Objective, Space
from gantheory.symbolic import y


@pytest.fixture
def derive(capsys):
    def command(words):
        with pytest.raises(SystemExit) as stop:
            main(["derive", *shlex.split(words)])
        captured = capsys.readouterr()
        return stop.value.code or 0, captured.out, captured.err

    return command


def test_a_typed_loss_is_the_named_one(derive):
    named, typed = derive("--order 2 --dim 3"), derive("--real -y --fake y --order 2 --dim 3")
    assert named == typed
    assert named[0] == 0


def test_every_fact_names_its_check(derive):
    code, out, err = derive('--real "-y" --fake "y + y**2/4" --over p --dim 1 --format json')
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert {"functional", "equation", "ellipticity", "pointwise optimum", "divergence", "force", "verdict"} <= set(rows)
    assert all(row["route"] and row["text"] for row in rows.values())
    assert rows["equation"]["checked"] is True
    assert "brute-force variation" in rows["equation"]["route"]
    assert rows["functional"]["checked"] is False
    assert rows["force"]["text"].startswith("ẋ = 2*r ∇log r")


def test_the_four_notations_hold_the_same(derive):
    words = "--order 2 --dim 3 --format "
    rows = json.loads(derive(words + "json")[1])
    text, latex, markdown = (derive(words + style)[1] for style in ("text", "latex", "markdown"))
    for heading, row in rows.items():
        assert f"{heading}:  {row['text']}" in text
        assert f"**{heading}**" in markdown
        assert (row["latex"] or row["text"]) in latex
        assert (row["latex"] or row["text"]) in markdown


def test_box_centre_side_and_screening(derive):
    out = derive("--order 2 --domain box")[1]
    assert "4*λ*∂²D/∂x₁∂x₂ = 0 at the ends of x₁, x₂" in out
    assert "D and its normal derivatives of order < 2 are given" in derive("--order 2 --domain dirichlet")[1]
    supported = derive("--order 2 --domain simply-supported --dim 1")[1]
    assert "D is given; 2*λ*∂²D/∂x₁² = 0 at the ends of x₁" in supported
    assert "of even order < 3 are given" in derive("--order 3 --domain simply-supported --dim 1")[1]
    assert "not elliptic where |∇D| < 1" in derive("--over nu --centre 1")[1]
    assert "(|∇D| − 1)₊²" in derive("--over nu --centre 1 --one-sided")[1]
    assert "exp(-κ*r)/(4*π*r)" in derive("--rate kappa --dim 3")[1]
    assert "WELL_POSED" in derive("--rate 0.5 --order 3 --dim 3")[1]


def test_a_generator_of_ones_own(derive):
    saturating = derive("--loss logistic --dim 1")[1]
    other = derive('--loss logistic --generator "softplus(-y)" --dim 1')[1]
    assert "ẋ = r/(r + 1) ∇log r" in saturating
    assert "ẋ = 1/(r + 1) ∇log r" in other


@pytest.mark.parametrize("name", LOSSES)
def test_every_named_loss_is_derived(derive, name):
    code, out, err = derive(f"--loss {name} --dim 1")
    assert (code, err) == (0, "")
    assert "⊢ checked: brute-force variation" in out


CARETS = {
    "--real (y-1)**2+z --fake y": ("names y, pi, E; got 'z'", "z"),
    "--real y.real --fake y": ("got an attribute", "y.real"),
    "--fake __import__('os') --real y": ("got '__import__'", "__import__"),
    "--real 9**9**9 --fake y": ("exponent is a fraction", "9**9"),
    "--over p^2": ("Write a power as **", "p^2"),
    "--over y": ("names p, q, nu, pi, E; got 'y'", "y"),
    "--loss hinge --generator D": ("got 'D'", "D"),
}


@pytest.mark.parametrize("words", CARETS)
def test_a_formula_is_refused_with_a_caret(derive, words):
    said, at = CARETS[words]
    code, out, err = derive(words.replace("'", "\\'"))
    first, line, caret = err.splitlines()
    assert (code, out) == (2, "")
    assert first.startswith("gantheory: ")
    assert said in first
    assert line[caret.index("^") :].startswith(at)


REFUSED = {
    "--real -y": "both sides, --real and --fake; got no --fake. Add --fake",
    "--fake y": "got no --real",
    "--real -y --fake y --loss hinge": "a loss is named, or written as --real and --fake; got both",
    "--one-sided": "--one-sided belongs to a penalty with a centre; got none. Add --centre 1",
    "--centre -1": "--centre is a finite number ≥ 0",
    "--centre nan": "--centre is a finite number ≥ 0",
    "--rate 1 --over p": "--rate screens the penalty over 1",
    "--rate -1": "--rate is a finite number > 0",
    "--over p-q": "nonnegative formula",
    "--over 2": "factor into the weight",
    "--loss gan": "--loss is one of wasserstein",
}


@pytest.mark.parametrize("words", REFUSED)
def test_wrong_words_are_one_line(derive, words):
    code, out, err = derive(words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert REFUSED[words] in err


def test_notebooks_show_a_derivation():
    shown = Derivation(Objective(Loss(-y, y), sp.Symbol("lambda", positive=True) * GradientPenalty(1)), Space(2))
    assert shown._repr_latex_().startswith(r"$\displaystyle \begin{aligned} \text{functional} &")
    assert shown._repr_markdown_().count("*checked: ") == sum(row.checked for row in shown.lines()) > 3


DOCUMENT = "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}\n%s\n\\end{document}\n"


@pytest.mark.tex
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex, of Debian's texlive-latex-base")
def test_the_latex_compiles(derive, tmp_path):
    cases = [
        "--order 2 --dim 3",
        "--order 2 --domain box --over p",
        "--loss logistic --over nu --centre 1 --one-sided",
        "--rate kappa --order 2",
        "--order 3 --dim 4",
        "--order 3 --dim 1 --domain simply-supported",
        "--dim 1 --over p",
        *(f"--loss {name}" for name in LOSSES),
    ]
    body = "\n".join(derive(f"{words} --format latex")[1] for words in cases)
    (tmp_path / "all.tex").write_text(DOCUMENT % body, encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-2000:]
