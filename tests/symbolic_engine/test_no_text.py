"""No function of SymPy's side reads a text as a formula."""

import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic import (
    circle_solution,
    conditional_order,
    flux,
    fundamental_solution,
    gradient_profile,
    hankel,
    periodic_solution,
    power_laplacian,
    r,
    radial_laplacian,
    riesz_solution,
    screened_solution,
    spectrum,
    sphere_area,
    torus_coefficient,
)

x = sp.Symbol("x", real=True)
TEXTS = {
    "fundamental order": lambda: fundamental_solution("1", 2),
    "fundamental dimension": lambda: fundamental_solution(1, "2"),
    "riesz order": lambda: riesz_solution("1", 2),
    "screened rate": lambda: screened_solution(1, 2, "1"),
    "conditional order": lambda: conditional_order("1", 2),
    "circle": lambda: circle_solution(1, "2"),
    "torus period": lambda: torus_coefficient(1, [1], ["2"]),
    "torus order": lambda: torus_coefficient("1", [1], [2]),
    "torus rate": lambda: torus_coefficient(1, [1], [2], "1"),
    "periodic end": lambda: periodic_solution(1, ("0", 1), x, 0),
    "spectrum order": lambda: spectrum("2"),
    "spectrum rate": lambda: spectrum(2, "1"),
    "hankel profile": lambda: hankel("r", 3),
    "hankel dimension": lambda: hankel(1 / r, "3"),
    "area": lambda: sphere_area("3"),
    "radial profile": lambda: radial_laplacian("r", 3),
    "radial dimension": lambda: radial_laplacian(r, "3"),
    "power": lambda: power_laplacian("2", 3),
    "slope": lambda: gradient_profile("r"),
    "flux": lambda: flux(r, "3"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_no_formula(name):
    with pytest.raises((Refusal, sp.SympifyError)):
        TEXTS[name]()
