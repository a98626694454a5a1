"""Faults of gantheory/lowering: digits that are lost unseen, wrong series, wrong forms."""

from tests.faults.fault import faults

_L = "tests/symbolic_engine/test_lowered.py::"
CANCEL = f"{_L}test_where_terms_cancel_value_slope_and_curvature_keep_their_digits"

FAULTS = (
    *faults(
        "lowering/repair.py",
        ("no formula is mended", "if not intervals(lost):\n", "if True or not intervals(lost):\n", CANCEL),
        ("what is lost down to 0 is left", "start = 0.0 if worst(", "start = lower if worst(", CANCEL),
        (
            "what is lost far out is left",
            "end = inf if worst(",
            "end = upper if worst(",
            f"{_L}test_far_out_and_close_to_0_beyond_all_arguments_that_are_tried_the_digits_are_kept",
        ),
        (
            "what is lost is not told",
            "_joined(self.lost))",
            "())",
            f"{_L}test_where_nothing_keeps_the_digits_valid_ends_and_arguments_are_refused_by_name",
        ),
    ),
    *faults(
        "lowering/piece.py",
        (
            "a logarithm left out",
            "return value * torch.log(r) if logarithms else value",
            "return value",
            f"{CANCEL}[-r*besselk(1, r) + 1-torch.float64]",
        ),
        ("a variable off by its centre", "t = (x - middle) * (1 / half)", "t = x * (1 / half)", CANCEL),
    ),
    *faults(
        "lowering/fit.py",
        ("a mean coefficient of twice its size", "* (2 if k else 1) / NODES", "* 2 / NODES", CANCEL),
        ("too few terms", "NEGLIGIBLE = 2.0**-58", "NEGLIGIBLE = 2.0**-44", f"{CANCEL}[-r + sqrt(r**2 + 1)-torch.float64]"),
    ),
    *faults(
        "lowering/forms.py",
        (
            "1 + tanh for 1 − tanh",
            "1 - 2 * Sigmoid(-2 * u)",
            "1 - 2 * Sigmoid(2 * u)",
            f"{CANCEL}[-tanh(r) + erf(r)-torch.float64]",
        ),
    ),
    *faults("lowering/digits.py", ("errors that count too late", "ALLOWED = 5.0", "ALLOWED = 500.0", CANCEL)),
)
