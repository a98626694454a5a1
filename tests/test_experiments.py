"""Experiments at their smallest size, and at full size in `make test-all`."""

import inspect
from math import inf
from pathlib import Path

import numpy as np
import pytest

from experiments import digits_flow, monoflow_table, poisson_rate, rates
from gantheory.claims import chapters
from gantheory.cli.experiment import experiments, loaded
from gantheory.plots import NEURIPS

ROOT = Path(__file__).parent.parent
NAMES = sorted(experiments(ROOT / "experiments"))


@pytest.fixture(scope="module")
def lines():
    return {chapter.name for chapter in chapters(ROOT / "derivations")}


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_has_a_line_and_sizes_that_its_run_takes(name, lines):
    module = loaded(name, ROOT / "experiments")
    taken = inspect.signature(module.run).parameters
    assert module.LINE in lines
    assert set(module.QUICK) | set(module.DEMO) <= set(taken)
    assert "progress" in taken
    assert all(p.kind is p.KEYWORD_ONLY for p in taken.values())


def test_every_line_of_work_has_an_experiment(lines):
    assert {loaded(name, ROOT / "experiments").LINE for name in NAMES} == lines


def test_poisson_rate_finds_the_orders_of_its_stencils():
    result = poisson_rate.run(**poisson_rate.QUICK)
    for accuracy, study in result.studies.items():
        assert all(abs(slope - accuracy) <= 0.1 for slope in study.slopes[-2:])
    assert len(result.table) == 2 * poisson_rate.QUICK["levels"]
    assert list(poisson_rate.plot(result, NEURIPS)) == ["poisson_rate"]


def test_digits_flow_moves_toward_the_data():
    seen = []
    result = digits_flow.run(**digits_flow.QUICK, progress=seen.append)
    assert result.mean("start") >= 10
    assert np.all(np.diff(result.distances.mean(0)) < 0)
    assert result.mean("flow") < result.mean("start") / 4
    assert seen[-1] == pytest.approx(1.0)
    assert set(digits_flow.plot(result, NEURIPS)) == {"digits_snapshots", "digits_distance"}


def test_the_halves_are_disjoint_and_differ_between_seeds():
    (a, b), (c, _) = digits_flow.halves(0), digits_flow.halves(1)
    points, scale = digits_flow.digits()
    assert (len(a), len(b), len(points)) == (899, 898, 1797)
    together = np.sort(np.concatenate([a.points.numpy(), b.points.numpy()])[:, 0])
    assert np.allclose(together, np.sort(points[:, 0].numpy() / scale))
    assert not np.allclose(a.points, c.points)


@pytest.mark.full
def test_digits_flow_meets_its_ratios_on_five_seeds():
    result = digits_flow.run()
    assert len(result.rows) == 5
    assert all(row["start"] >= 10 for row in result.rows)
    assert result.mean("flow") <= digits_flow.HELD_OUT * result.mean("halves")
    assert result.mean("flow") <= digits_flow.OVER_GAUSSIAN * result.mean("gaussian")


@pytest.mark.full
def test_poisson_rate_at_full_size():
    for accuracy, study in poisson_rate.run().studies.items():
        assert all(abs(slope - accuracy) <= 0.1 for slope in study.slopes[-2:])


def test_monoflow_table_tells_a_fate_for_each_force_and_cost(monkeypatch):
    seen, few = [], ("Jeffreys", "Pearson", "non-saturating", "arcsinh")
    panels = tuple({k: v for k, v in panel.items() if k in few} for panel in monoflow_table.PANELS)
    monkeypatch.setattr(monoflow_table, "PANELS", panels)
    monkeypatch.setattr(monoflow_table, "COSTS", {k: monoflow_table.COSTS[k] for k in ("−log r", "2 JSD")})
    result = monoflow_table.run(**monoflow_table.QUICK, progress=seen.append)
    assert result.agrees
    assert [row["converges"] for row in result.rows] == [True] * 5 + [False, True, True]
    assert all(row["residual"] < 0.04 for row in result.rows[:3])
    assert seen[-1] == pytest.approx(1.0)
    assert set(monoflow_table.plot(result, NEURIPS)) == {"monoflow_table", "monoflow_detached"}


@pytest.mark.full
def test_monoflow_table_tells_the_published_fates():
    result = monoflow_table.run(**monoflow_table.QUICK)
    assert [row["converges"] for row in result.rows] == [True] * 16 + [False] * 4 + [True] * 3 + [False] + [True] * 4


def test_rates_shows_every_solver_at_its_order():
    result = rates.run(**rates.QUICK)
    finite = {case: study for case, study in result.studies.items() if case.expected < 7}
    assert {case.expected for case in result.studies} >= {2, 4, 6, inf}
    assert all(abs(study.slopes[-1] - case.expected) <= 0.2 for case, study in finite.items())  # the claims measure finer ones
    assert len(result.table) == len(result.studies)
    assert set(rates.plot(result, NEURIPS)) == {"rates", "rates_fields"}
