"""The bots that are compared: each an echo in a process of its own, talking to the same fake Telegram."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

import psutil

HERE = Path(__file__).parent
PEERS = HERE / "peers"
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
PACKAGES = ("python-telegram-bot==22.8", "aiogram==3.31.0", "nonebot2==2.5.0", "nonebot-adapter-telegram==0.1.0b20")
CONFIG = """
models: {{encoder: none}}
store: sqlite:///data/bot.db
plugins: {{echo: {{path: {plugin}}}}}
channels: {{telegram: {{mode: polling, token: "{token}", base_url: "{url}"}}}}
logging: {{level: warning}}
"""


@dataclass
class Contender:
    """One bot: what it is called, and how its process is started against a server's address."""

    name: str
    script: str
    is_durable: bool = False
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="channels-")))
    process: subprocess.Popen[bytes] | None = None

    def start(self, url: str, peers: Path, seconds: float = 0) -> None:
        """Begin to poll `url`; a handler takes `seconds`."""
        command = [str(peers), str(PEERS / self.script), url, TOKEN, str(seconds)]
        if self.is_durable:
            config = self.folder / "config.yaml"
            config.write_text(CONFIG.format(plugin=PEERS / self.script, token=TOKEN, url=url), encoding="utf-8")
            command = [str(Path(sys.executable).with_name("botcore")), "run", "-c", str(config)]
        environ = {**os.environ, "ECHO_SECONDS": str(seconds)}
        log = (self.folder / "log.txt").open("ab")
        self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=self.folder)
        log.close()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def cpu_s(self) -> float:
        """Seconds of CPU that its process has used."""
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def kill(self) -> None:
        """SIGKILL, and gone on return."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        if self.is_running:
            assert self.process is not None
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        """The last lines that it wrote."""
        return (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-2000:]


def contenders() -> list[Contender]:
    return [
        Contender("botcore", "botcore_echo.py", is_durable=True),
        Contender("python-telegram-bot, one after the other (its default)", "ptb.py"),
        Contender("aiogram, side by side (its default)", "aiogram_bot.py"),
        Contender("nonebot2", "nonebot_bot.py"),
    ]


def peers_python(folder: Path) -> Path:
    """The Python of a virtual environment with the peers in it; made once."""
    python = folder / "bin" / "python"
    if not python.is_file():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python
