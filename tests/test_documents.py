"""What the documents show is so: the README's program runs, its pictures and links are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from poolscope_gui import cli

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")


def test_the_program_in_the_readme_runs(
    root: Path, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    script = tmp_path / "script.py"
    script.write_text(program)
    run = subprocess.run(
        [sys.executable, str(script)],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert sorted(map(int, run.stdout.split())) == [number * number for number in range(8)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str, root: Path) -> None:
    text = (root / name).read_text()
    links = re.findall(r"\]\(([^)#\s]+)\)", text) + re.findall(r'src(?:set)?="([^"]+)"', text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (root / link).exists()] == []


def test_the_readme_names_every_verb(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    verbs = re.findall(r"^    (\w+)  ", capsys.readouterr().out, re.MULTILINE)
    assert "record" in verbs
    text = (root / "README.md").read_text()
    assert [verb for verb in verbs if f"`poolscope {verb} " not in text] == []
