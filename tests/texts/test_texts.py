"""What a reader is told is what was read and approved; `python -m tests.texts` writes the files anew."""

from pathlib import Path

import pytest

from tests.texts.cases import derivations, verdicts


@pytest.mark.parametrize(("name", "made"), [("derivations.txt", derivations), ("verdicts.txt", verdicts)])
def test_texts_are_as_approved(name, made):
    approved = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    for line, (said, kept) in enumerate(zip(made(), approved, strict=True), 1):
        assert said == kept, f"{name}:{line}; if it is meant so: python -m tests.texts"
