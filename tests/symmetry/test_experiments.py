"""The two experiments of symmetry at their smallest size."""

import numpy as np
import pytest
import torch

from experiments import symmetry_ablation, symmetry_gain
from gantheory._errors import Refusal
from gantheory.plots import NEURIPS


def test_the_ablation_runs_and_draws():
    seen = []
    small = {"seeds": 1, "iterations": 3, "compared": 40}
    result = symmetry_ablation.run(**small, progress=seen.append)
    again = symmetry_ablation.run(**small)
    assert result.rows == again.rows
    assert [row["pair"] for row in result.table] == list(symmetry_ablation.PAIRS)
    assert seen[-1] == pytest.approx(1.0)
    assert result.agrees is None
    assert "one seed" in result.says
    for row in result.rows:
        assert 0 <= row["sector TV"] <= 0.75
        assert row["W2 of averages"] <= row["W2"] + 1e-9
    assert set(symmetry_ablation.plot(result, NEURIPS)) == {"symmetry_ablation"}


def test_the_sectors_of_the_data_are_equal():
    x = symmetry_ablation.drawn(40_000, torch.Generator().manual_seed(0))
    assert float((symmetry_ablation.sector_shares(x) - 0.25).abs().max()) < 4 * (3 / 16 / 40_000) ** 0.5
    corner = symmetry_ablation.RADIUS * torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    assert symmetry_ablation.sector_shares(corner).tolist() == [0.25] * 4
    assert symmetry_ablation.sector_shares(corner[[2, 2, 2, 1]]).tolist() == [0, 0.25, 0.75, 0]


def test_the_penalty_is_one_sided():
    x = torch.randn(5, 2)
    for slope, expected in ((0.5, 0.0), (2.0, 3.0)):
        excess = symmetry_ablation.excess(lambda z, s=slope: s * z[:, 0], x.clone())
        assert float(excess.detach()) == pytest.approx(expected)


def test_the_gain_is_measured_and_drawn(monkeypatch):
    monkeypatch.setattr(symmetry_gain, "WIDTHS", (1.0, 4.0))
    seen = []
    result = symmetry_gain.run(seeds=3, levels=2, progress=seen.append)
    assert len(result.table) == 8
    assert seen[-1] == 1.0
    for dim, named in result.errors.items():
        means = [float(v.mean()) for v in named.values()]
        assert all(np.diff(means) < 0)
        assert symmetry_gain.SymmetryGain.theory(dim, next(iter(named))) == 1
    for row in result.line:
        assert row["plain closed"] == pytest.approx(2 * row["averaged closed"])
        assert row["averaged"] == pytest.approx(row["averaged closed"], rel=0.1)
    assert all(abs(row["found"] - row["closed"]) <= 4 * row["error"] for row in result.mmd)
    assert set(symmetry_gain.plot(result, NEURIPS)) == {"symmetry_gain_w1", "symmetry_gain_closed_forms"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: symmetry_gain.run(seeds=2), "at least 3 seeds"),
        (lambda: symmetry_ablation.run(seeds=0), "positive sizes"),
        (lambda: symmetry_ablation.run(compared=3), "compares at least 20"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal, match=words):
        make()


@pytest.mark.full
def test_an_invariant_discriminator_alone_lets_the_modes_collapse():
    assert symmetry_ablation.run().agrees


@pytest.mark.full
def test_the_gain_has_the_rate_of_theory():
    assert symmetry_gain.run().agrees
