"""From a folder that is not the repository, with the wheel: the README's claim file under pytest and under gantheory verify."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
(CLAIMS,) = (block for block in BLOCKS if "POISSON = Claim(" in block)


def test_the_claim_file_of_the_readme_has_fifteen_lines():
    assert len([line for line in CLAIMS.splitlines() if line.strip()]) <= 15


@pytest.fixture(scope="module")
def user(tmp_path_factory):
    """user(*command): run in a folder of a user's that holds the wheel and my_claims.py."""
    folder = tmp_path_factory.mktemp("user")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder / "wheel")]
    subprocess.run(build, check=True, cwd=folder, capture_output=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    install = [*pip, "install", str(wheel), "--no-deps", "--no-index", "--target", str(folder / "site")]
    subprocess.run(install, check=True, cwd=folder, capture_output=True)
    work = folder / "work"
    work.mkdir()
    (work / "my_claims.py").write_text(CLAIMS, encoding="utf-8")
    (work / "wrong.py").write_text(CLAIMS.replace("expected=2", "expected=3"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder / "site"), "COLUMNS": "200"}
    environment = {k: v for k, v in environment.items() if not k.startswith(("PYTEST", "COV"))}

    def run(*command):
        return subprocess.run(
            [sys.executable, *command], cwd=work, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run


@pytest.mark.full
def test_the_wheel_is_what_runs(user):
    assert "/site/gantheory/" in user("-c", "import gantheory; print(gantheory.__file__)").stdout


@pytest.mark.full
def test_pytest_verifies_the_file_by_the_entry_point_alone(user):
    done = user("-m", "pytest", "-v", "my_claims.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "my_claims.py::poisson PASSED" in done.stdout
    failed = user("-m", "pytest", "wrong.py", "--gantheory-figures", "drawn")
    assert failed.returncode == 1
    for words in ("poisson FAILS", "left", "right", "size         error        order", "/drawn/"):
        assert words in failed.stdout
    assert "1 passed" in user("-m", "pytest", "-q", "my_claims.py", "-n", "2").stdout


@pytest.mark.full
def test_gantheory_verify_agrees(user):
    done = user("-m", "gantheory", "verify", "my_claims.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 claims hold." in done.stdout
    assert user("-m", "gantheory", "verify", "wrong.py").returncode == 1
