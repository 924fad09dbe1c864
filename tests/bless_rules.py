"""The golden sentences: how each rule of ``tests/rules`` reads in both languages, and the verdict on it.

``python -m tests.bless_rules`` writes them anew, so that the diff shows what readers will see. A new case is
a file with ``table`` and ``item``; the rest is written into it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.rules import routes, sentences, suppressions
from chalicelib.rules.faults import RuleFault
from chalicelib.settings import LANGUAGES

RULES = Path(__file__).parent / "rules"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def goldens() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make every golden file's content from the item in it."""
    for path in sorted(RULES.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        kept = {"table": case["table"], "item": case["item"]}
        yield path, kept | {language: posted(case["table"], case["item"], language) for language in LANGUAGES}


def posted(table: str, item: dict[str, Any], language: str) -> dict[str, str]:
    """Say an item of a table."""
    reading = routes.read(item) if table == "routes" else suppressions.read(item)
    verdict = {"verdict": sentences.verdict_sentence(reading, NOW, language)}
    return (
        verdict
        if isinstance(reading, RuleFault)
        else {"sentence": sentences.sentence(reading, language)} | verdict
    )


def bless() -> None:
    """Write every golden file."""
    made = list(goldens())
    for path, content in made:
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(made)} golden rules in {RULES.relative_to(RULES.parent.parent)}; read the diff.")


if __name__ == "__main__":
    bless()
