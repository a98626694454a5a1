"""`gantheory derive | verify | flow | experiment | report | doctor`: one line on stderr and exit code 2 for wrong input."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from gantheory._errors import Refusal

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def _run(command: str, **arguments: Any) -> None:
    """Load the command's module by name and run it: --help then imports neither SymPy nor torch."""
    code = import_module(f"gantheory.cli.{command}").run(**arguments)
    if code:
        raise typer.Exit(code)


@app.callback()
def gantheory() -> None:
    """GANs as PDE and ODE problems: derive, verify, flow, report."""


@app.command()
def derive(
    loss: Annotated[str, typer.Option(help="wasserstein or least-squares")] = "wasserstein",
    order: Annotated[str, typer.Option(help="order m of the penalty λ∫w|∇^m D|²")] = "1",
    dim: Annotated[str, typer.Option(help="dimension n")] = "2",
    weight: Annotated[str, typer.Option(help="λ: a positive number, or the letter lambda")] = "lambda",
    over: Annotated[str, typer.Option(help="w: 1 (Lebesgue), p (R1), q (R2) or mean ((p+q)/2)")] = "1",
    domain: Annotated[str, typer.Option(help="space, torus, or box (natural boundary)")] = "space",
    format: Annotated[str, typer.Option(help="text or latex")] = "text",
) -> None:
    """Derive the Euler–Lagrange equation of a loss under a penalty, and what follows from it."""
    _run("derive", loss=loss, order=order, dim=dim, weight=weight, over=over, domain=domain, style=format)


@app.command()
def verify(
    paths: Annotated[list[Path] | None, typer.Argument(help="folders or files of claims (default ./derivations)")] = None,
    full: Annotated[bool, typer.Option("--full", help="add the finer levels")] = False,
    falsify: Annotated[bool, typer.Option("--falsify", help="break every step on purpose: each fault must be seen")] = False,
) -> None:
    """Verify claims: every proof and every witness; exit 1 when one fails."""
    _run("verify", paths=paths or [], full=full, falsified=falsify)


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what that costs."""
    _run("doctor")


def main(arguments: list[str] | None = None) -> None:
    """The entry point: every error that the user can mend is one line on stderr and exit code 2."""
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="gantheory")
    except Refusal as refusal:
        _fail(str(refusal))
    except (OSError, MemoryError) as error:
        _fail(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        print("gantheory: interrupted; nothing half-written was left.", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _fail(f"{' '.join(error.format_message().split())} Use: gantheory --help.")
    else:
        sys.exit(code or 0)


def _fail(message: str) -> None:
    print(f"gantheory: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
