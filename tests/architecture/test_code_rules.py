"""Rules of the house that a linter does not know, checked on the syntax of the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = [
    path for app in ("leadrouting", "reps", "routing") for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]  # fmt: skip
CLOCK_READERS = ("routing/clock.py", "leadrouting/", "routing/management/", "routing/admin/", "routing/mailbox.py")
VAGUE = {"utils.py", "helpers.py", "common.py", "misc.py", "tools.py"}
OPEN_CURSORS = {
    "routing/models/reading.py": "keys are read to the end before the first is handed on",
    "routing/services/backup/write.py": "a backup is of one moment, and writes nothing to the database",
    "routing/services/replay/opening.py": "read to the end into memory",
    "routing/services/replay/ground.py": "read to the end into memory",
    "routing/insights/load.py": "read to the end into memory",
    "routing/insights/skew.py": "read to the end into memory",
    "routing/insights/turn_history.py": "read to the end into memory",
}
"""Where `.iterator()` may stand: nothing is written, and nobody waited for, while its cursor is open. Else use
routing.models.reading, since SQLite refuses a write beside a cursor that was opened before somebody else wrote."""
TOP_LEVEL = {"leadrouting", "routing", "reps", "templates", "static", "tests", "docs"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [(name_of(path), ast.parse(path.read_text(encoding="utf-8"))) for path in PRODUCT]


def calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func)


def test_the_top_level_holds_no_other_code_folder() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}

    assert folders - {"data", "build", "dist", "screenshots"} <= TOP_LEVEL | {
        name for name in folders if name.endswith(".egg-info")
    }


def test_no_file_has_a_vague_name() -> None:
    assert [name_of(path) for path in PRODUCT if path.name in VAGUE] == []


def test_only_interfaces_read_the_clock() -> None:
    readers = [
        name
        for name, tree in trees()
        if not name.startswith(CLOCK_READERS)
        for call in calls(tree)
        if call in ("timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time")
    ]

    assert readers == []


def test_the_engine_knows_neither_clock_nor_chance() -> None:
    forbidden = {"random", "secrets", "time", "uuid", "os", "socket", "pathlib"}
    imported = [
        (name, alias)
        for name, tree in trees()
        if name.startswith("routing/engine/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if alias.split(".")[0] in forbidden
    ]

    assert imported == []


def test_models_override_no_save_and_nothing_listens_to_signals() -> None:
    found = [
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and (
            (node.name == "save" and "models" in name)
            or any("receiver" in ast.unparse(decorator) for decorator in node.decorator_list)
        )
    ]

    assert found == []


def test_no_cursor_stays_open_while_something_else_is_done() -> None:
    found = {name for name, tree in trees() for call in calls(tree) if call.endswith((".iterator", ".aiterator"))}

    assert found == set(OPEN_CURSORS)


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in trees() if tree.body and not ast.get_docstring(tree)] == []


def test_nothing_names_a_registry_or_a_machine() -> None:
    words = ("index" + "-url", "/sim" + "ple/", "files.python" + "hosted", "/work/" + "main", "/work/" + "shared")
    texts = [
        path for path in ROOT.rglob("*") if path.suffix in {".py", ".md", ".txt", ".toml", ".yml", ".yaml", ".html"}
    ]
    ours = [path for path in texts if not {".venv", "data", ".git", "node_modules"} & set(path.relative_to(ROOT).parts)]

    found = [name_of(path) for path in ours if any(word in path.read_text(encoding="utf-8") for word in words)]

    assert [name for name in found if name != "tests/architecture/test_code_rules.py"] == []


def test_no_comment_of_a_template_spans_lines_which_would_show_it() -> None:
    lines = [
        f"{name_of(path)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.count("{#") != line.count("#}")
    ]

    assert lines == []


def test_every_block_of_a_style_sheet_is_closed_before_the_next_part_begins() -> None:
    """A browser drops what follows an open block, and says nothing."""
    sheets = sorted((ROOT / "static" / "leadrouting").glob("*.css"))
    parts = [(name_of(sheet), part) for sheet in sheets for part in sheet.read_text(encoding="utf-8").split("\n/* ---")]

    assert [f"{name}: {part[:60]}" for name, part in parts if part.count("{") != part.count("}")] == []
