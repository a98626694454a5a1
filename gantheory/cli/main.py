"""`gantheory derive | verify | flow | experiment | report | doctor`: one line on stderr and exit code 2 for wrong input."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from gantheory._errors import Refusal

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _run(command: str, **arguments: Any) -> None:
    """Load the command's module by name and run it: --help then imports neither SymPy nor torch."""
    try:
        code = import_module(f"gantheory.cli.{command}").run(**arguments)
    except KeyboardInterrupt:  # here, not in main: Typer would end the process without a word
        print("gantheory: interrupted; nothing half-written was left.", file=sys.stderr)
        code = 130
    if code:
        raise typer.Exit(code)


@app.callback()
def gantheory() -> None:
    """GANs as PDE and ODE problems: derive, verify, flow, report."""


@app.command()
def derive(
    loss: Annotated[
        str | None,
        typer.Option(
            help="wasserstein (default), least-squares, logistic, non-saturating, hinge, "
            "or an f-GAN: kl, reverse-kl, pearson, neyman, hellinger, jensen-shannon, jeffreys"
        ),
    ] = None,
    real: Annotated[str | None, typer.Option(help='ℓ_real, a formula in y: "-y", "log(1+exp(-y))"')] = None,
    fake: Annotated[str | None, typer.Option(help="ℓ_fake, a formula in y")] = None,
    generator: Annotated[
        str | None, typer.Option(help="γ, what the generator minimises at D (default: the loss's, or -y)")
    ] = None,
    order: Annotated[str, typer.Option(help="order m of the penalty λ∫w|∇^m D|²")] = "1",
    dim: Annotated[str, typer.Option(help="dimension n")] = "2",
    weight: Annotated[str, typer.Option(help="λ: a positive number, or the letter lambda")] = "lambda",
    over: Annotated[str, typer.Option(help="w: 1, p (R1), q (R2), mean, nu, or a formula in p, q, nu")] = "1",
    centre: Annotated[str | None, typer.Option(help="K of (|∇^m D| − K)²: 1 for WGAN-GP")] = None,
    one_sided: Annotated[bool, typer.Option("--one-sided", help="(|∇^m D| − K)₊², as in WGAN-LP")] = False,
    rate: Annotated[str | None, typer.Option(help="κ > 0, or the letter kappa: λ⟨D, (κ²−Δ)^m D⟩ instead")] = None,
    domain: Annotated[str, typer.Option(help="space, torus, box (natural boundary), dirichlet or simply-supported")] = "space",
    format: Annotated[str, typer.Option(help="text, latex, markdown or json")] = "text",
) -> None:
    """Derive the Euler–Lagrange equation of a loss under a penalty, and what follows from it, each with its check."""
    _run(
        "derive", loss=loss, real=real, fake=fake, generator=generator, order=order, dim=dim, weight=weight, over=over,
        centre=centre, one_sided=one_sided, rate=rate, domain=domain, style=format,
    )  # fmt: skip


@app.command()
def verify(
    paths: Annotated[list[Path] | None, typer.Argument(help="folders or files of claims (default ./derivations)")] = None,
    full: Annotated[bool, typer.Option("--full", help="add the finer levels")] = False,
    falsify: Annotated[bool, typer.Option("--falsify", help="break every step on purpose: each fault must be seen")] = False,
) -> None:
    """Verify claims: every proof and every witness; exit 1 when one fails."""
    _run("verify", paths=paths or [], full=full, falsified=falsify)


@app.command()
def flow(
    data: Annotated[Path, typer.Argument(help="the data: .csv .npy .npz, or .parquet with the extra [io]")],
    out: Annotated[Path, typer.Option(help="the folder to write: trajectory, metrics, figures, manifest")],
    flow: Annotated[str, typer.Option(help="poly, w2, w1, mmd, ntk or sliced")] = "poly",
    group: Annotated[str | None, typer.Option(help="C4, D3, S3, …: particles and data are taken with their orbits")] = None,
    loss: Annotated[
        str | None, typer.Option(help="poly: wasserstein, least-squares; ntk: logistic, non-saturating too")
    ] = None,
    order: Annotated[str | None, typer.Option(help="poly: order m of the penalty (default 1)")] = None,
    weight: Annotated[str | None, typer.Option(help="poly: λ > 0 (default: 1; least squares: 0.01 deviations^(2m−n))")] = None,
    rate: Annotated[str | None, typer.Option(help="poly: κ > 0 screens the penalty: λ⟨D, (κ²−Δ)^m D⟩")] = None,
    softening: Annotated[
        str | None, typer.Option(help="poly: ε ≥ 0, a length (default: 0.1 deviations where MARGINAL, else 0)")
    ] = None,
    kernel: Annotated[str | None, typer.Option(help="mmd: energy (default) or gaussian")] = None,
    bandwidth: Annotated[str | None, typer.Option(help="mmd: of the Gaussian kernel (default: one deviation)")] = None,
    depth: Annotated[str | None, typer.Option(help="ntk: hidden layers (default 3)")] = None,
    bias: Annotated[
        str | None, typer.Option(help="ntk: deviation of the biases, in deviations of the data (default 1)")
    ] = None,
    train: Annotated[str | None, typer.Option(help="ntk: the discriminator's own training time (default 1)")] = None,
    directions: Annotated[str | None, typer.Option(help="sliced: how many (default 32 d)")] = None,
    start: Annotated[Path | None, typer.Option(help="points at t = 0 (default: a small cloud at the mean)")] = None,
    particles: Annotated[str | None, typer.Option(help="how many (default: as many as data)")] = None,
    seed: Annotated[str, typer.Option(help="of the default start, ≥ 0")] = "1",
    time: Annotated[str | None, typer.Option(help="final time (default: the flow's own)")] = None,
    step: Annotated[str | None, typer.Option(help="of the method (default: the flow's own)")] = None,
    snapshots: Annotated[str, typer.Option(help="output times after t = 0")] = "20",
    venue: Annotated[str, typer.Option(help="size of the figures: neurips, icml, siam, …")] = "neurips",
    replace: Annotated[bool, typer.Option("--replace", help="replace a run that stands there")] = False,
) -> None:
    """Flow particles to the data, and write the run."""
    _run(
        "flow", data=data, out=out, flow=flow, group=group, loss=loss, order=order, weight=weight, rate=rate,
        softening=softening, kernel=kernel, bandwidth=bandwidth, depth=depth, bias=bias, train=train, directions=directions,
        start=start, particles=particles, seed=seed, time=time, step=step, snapshots=snapshots, venue=venue, replace=replace,
    )  # fmt: skip


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def experiment(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="a module of --folder: w2-exponential, for instance")],
    out: Annotated[Path | None, typer.Option(help="the folder to write figures and table to")] = None,
    folder: Annotated[Path, typer.Option(help="where experiments are")] = Path("experiments"),
    venue: Annotated[str, typer.Option(help="size of the figures")] = "neurips",
    quick: Annotated[bool, typer.Option("--quick", help="the smallest size")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="replace what stands there")] = False,
    pgf: Annotated[bool, typer.Option("--pgf", help="figures as PGF too, where a TeX is installed")] = False,
) -> None:
    """Run an experiment; the parameters of its run are further flags: --name value."""
    given: dict[str, Any] = {"name": name, "out": out, "folder": folder, "venue": venue, "quick": quick, "replace": replace}
    _run("experiment", **given, words=context.args, tex=pgf)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="the folder to write index.html, report.tex and the figures to")],
    claims: Annotated[list[Path] | None, typer.Option(help="folders or files of claims (default ./derivations)")] = None,
    folder: Annotated[Path, typer.Option("--experiments", help="where experiments are")] = Path("experiments"),
    venue: Annotated[str, typer.Option(help="size of the figures")] = "neurips",
    full: Annotated[bool, typer.Option("--full", help="full sizes")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="replace a report that stands there")] = False,
) -> None:
    """Derive, verify and measure, and write one page."""
    _run("report", out=out, claims=claims or [], folder=folder, venue=venue, full=full, replace=replace)


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what that costs."""
    _run("doctor")


def main(arguments: list[str] | None = None) -> None:
    """The entry point: every error that the user can mend is one line on stderr and exit code 2."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(args=given or ["--help"], standalone_mode=False, prog_name="gantheory")
    except Refusal as refusal:
        _fail(refusal.args[0], getattr(refusal, "excerpt", ""))
    except (OSError, MemoryError) as error:
        _fail(f"{type(error).__name__}: {error}")
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "gantheory")
        _fail(f"{error.format_message().rstrip('. ')}. Use: {command} --help.")
    else:
        sys.exit(code or 0)


def _fail(message: str, excerpt: str = "") -> None:
    print(f"gantheory: {' '.join(message.split())}", *([excerpt] if excerpt else []), sep="\n", file=sys.stderr)
    sys.exit(2)
