"""Write the texts anew, after they were changed on purpose."""

from pathlib import Path

from tests.texts.cases import texts

if __name__ == "__main__":
    for name, whole in texts().items():
        (Path(__file__).parent / name).write_text(whole, encoding="utf-8")
