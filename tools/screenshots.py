"""Take the pictures of README and docs: `python tools/screenshots.py [NAME...]`, writes docs/images/.

The real bot of the example shop, with its encoder, runs on a free port with its store in a temporary folder. The pages
come from Chromium, the terminal pictures (SVG) from the real commands' output.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.console import Console
from rich.text import Text

from botcore import read_yaml

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BOTCORE = Path(sys.executable).with_name("botcore")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAX_BYTES = 200_000
TERMINAL_COLUMNS = 110
# rich asks a server for its font; a picture in a repository asks nobody
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
STAMPED = re.compile(r"\d{4}-\d\d-\d\d ")
TRACE_INDENT = 35
ASKED_FOR_TRACE = "How many days do I have to send something back?"

BROKEN = """\
bot:
  name: Ada
  langauges: [zh, en]
  time_zone: Asia/Shanghia
knowledge:
  answer_from: 70%
channels:
  web:
    origins: ["https://*.shop.example"]
    identity_secret: ${SHOP_SECRET}
plugins:
  faq: {files: [content/faq.yaml]}
  order: {}
"""
FAQ = """\
- id: returns
  questions: {en: How do I return an item?, zh: 怎么退货？}
  anser: {en: Within 30 days.}
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page with a conversation. What begins with `>` presses the button with that label."""

    name: str
    language: str
    lines: tuple[str, ...]
    width: int = 1000
    height: int = 780
    scale: float = 1.0
    is_dark: bool = False
    is_phone: bool = False


PICTURES = (
    Picture("chat", "en-GB", ("Is the Cove 2 tent waterproof?", "How many days to return?")),
    Picture("chat.zh", "zh-CN", ("买了不喜欢能退吗", "我的快递还没到")),
    Picture("chat-dark", "en-GB", ("When will I get my money back?", "Do you sell cars?"), is_dark=True),
    Picture("chat-phone", "zh-CN", ("退款多久到账", "湾2帐篷防水吗"), 390, 700, is_phone=True),
)


@contextmanager
def running_bot(folder: Path) -> Iterator[str]:
    """The example shop's bot as a process of its own; its address."""
    config = dict(read_yaml(ROOT / "config.yaml").value)
    config["store"] = f"sqlite:///{folder}/bot.db"
    config["channels"]["web"] |= {"port": 0, "message_burst": 100}
    config["plugins"]["faq"]["files"] = [str(ROOT / "content/faq/*.yaml")]
    config["texts"] = [str(ROOT / "content/texts.yaml")]
    config["logging"] = {"level": "error"}
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    command = [str(BOTCORE), "run", "-c", str(folder / "config.yaml")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own command
    try:
        for line in process.stderr or ():
            if found := re.search(r"is ready: (\S+)", line):
                yield found[1]
                return
            sys.stderr.write(line)
        raise RuntimeError("the bot ended before it was ready")
    finally:
        process.terminate()
        process.wait(20)


def photograph(browser: Browser, url: str, picture: Picture) -> None:
    """Hold the conversation and take the picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.scale,
        locale=picture.language,
        color_scheme="dark" if picture.is_dark else "light",
        is_mobile=picture.is_phone,
        has_touch=picture.is_phone,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    page.locator(".launcher").click()
    for line in picture.lines:
        _say(page, line)
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    target = IMAGES / f"{picture.name}.png"
    page.screenshot(path=target)
    context.close()
    _report(target)


def _say(page: Page, line: str) -> None:
    said = page.locator(".from-bot")
    before = said.count()
    if line.startswith(">"):
        page.get_by_role("button", name=line[1:], exact=True).last.click()
    else:
        page.get_by_role("textbox").fill(line)
        page.keyboard.press("Enter")
    expect(said).to_have_count(before + 1, timeout=20_000)
    expect(page.locator(".typing")).to_be_hidden()


def draw(name: str, title: str, command: str, output: str) -> None:
    """A terminal picture: a command and what it printed."""
    console = Console(record=True, width=TERMINAL_COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115
    console.print(Text("$ ", "green") + Text(command, "bold"))
    for line in output.rstrip("\n").split("\n"):
        console.print(_coloured(line))
    console.print()  # the picture's border cuts into its last line
    target = IMAGES / f"{name}.svg"
    svg = console.export_svg(title=title, unique_id=name)
    target.write_text(FONT_FACE.sub("", svg), encoding="utf-8")
    _report(target)


def _coloured(line: str) -> Text:
    """One line of `check` or `trace`, wrapped below its text where it is a table's."""
    text = Text(line)
    text.highlight_regex(r"^\S+:\d+:\d+:", "cyan")
    text.highlight_regex(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "dim")
    text.highlight_regex(r"(?<=\d\d:\d\d:\d\d  )[a-z_]+", "cyan")
    if STAMPED.match(line):
        rows = text[TRACE_INDENT:].wrap(Console(width=TERMINAL_COLUMNS), TERMINAL_COLUMNS - TRACE_INDENT)
        return text[:TRACE_INDENT] + Text("\n" + " " * TRACE_INDENT).join(rows)
    return text


def run_botcore(folder: Path, *arguments: str) -> str:
    """What the command prints, on either stream."""
    command = [str(BOTCORE), *arguments]
    environment = {**os.environ, "COLUMNS": str(TERMINAL_COLUMNS)}
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


def draw_check(folder: Path) -> None:
    """`botcore check` on a config and an FAQ with mistakes."""
    (folder / "content").mkdir()
    (folder / "content/faq.yaml").write_text(FAQ, encoding="utf-8")
    (folder / "config.yaml").write_text(BROKEN, encoding="utf-8")
    draw("check", "botcore check", "botcore check", run_botcore(folder, "check"))


def draw_trace(folder: Path) -> None:
    """`botcore ask`, then `botcore trace` of the same turn."""
    asking = ("ask", ASKED_FOR_TRACE, "-c", str(ROOT / "config.yaml"), "--state", str(folder))
    turn = json.loads(run_botcore(folder, *asking, "--json"))["trace"]
    output = run_botcore(folder, "trace", turn, "-c", str(ROOT / "config.yaml"), "--state", str(folder))
    draw("trace", "botcore trace", f"botcore trace {turn}", output)


def _report(target: Path) -> None:
    size = target.stat().st_size
    sys.stdout.write(f"{target.relative_to(ROOT)}: {size / 1000:.0f} kB\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{target.name} is larger than {MAX_BYTES / 1000:.0f} kB: take a smaller viewport.")


def main(names: list[str]) -> None:
    """Take all pictures, or those named."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    wanted = [picture for picture in PICTURES if not names or picture.name in names]
    for name, drawing in (("check", draw_check), ("trace", draw_trace)):
        if not names or name in names:
            with tempfile.TemporaryDirectory() as folder:
                drawing(Path(folder))
    if not wanted:
        return
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("No Chromium: apt install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for picture in wanted:
            photograph(browser, url, picture)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
