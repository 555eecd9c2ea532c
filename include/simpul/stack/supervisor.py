"""Keeps Airflow's four components running: starts them, starts again what dies, ends them together.

Run as ``python -m simpul.stack.supervisor`` by `simpul.stack.airflow.up`, with the components' environment. It imports
nothing of Airflow: it must stay when they fall.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from simpul.settings import get_settings, inherited_environment
from simpul.stack import processes
from simpul.stack.processes import Ref, write_refs

log = logging.getLogger("simpul.stack.supervisor")

# logs are read from the shared folder by the API server: the two log servers would only take ports and memory
COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
STATE = "airflow.json"
PART = "SIMPUL_STACK_PART"
"""Marks a component's descendants with the start they belong to."""
# The scheduler lets short tasks end; a task that is cut off is taken up again later. The others have nothing to finish:
# the API server has said good-bye to its clients by then and only waits for idle threads.
_GRACE_SECONDS = {"scheduler": 8.0}
_SHORT_GRACE_SECONDS = 2.0
_NICENESS = {"dag-processor": 10, "triggerer": 10}
"""These show how far work is and look for more: they take what it leaves of the processors. Not the scheduler, whose
workers would inherit it."""
_STABLE_SECONDS = 60.0
_LOG_BYTES = 20_000_000


class Component:
    """One child: its process, and how patiently it is started again."""

    def __init__(self, name: str, logs: Path) -> None:
        self.name = name
        self._log = logs / f"{name}.log"
        self._failures = 0
        self._not_before = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._part = ""

    @property
    def ref(self) -> Ref | None:
        """The running process, if any."""
        if self._process is None or self._process.poll() is not None:
            return None
        return Ref.of(self._process.pid)

    def keep(self) -> bool:
        """Start the component unless it runs. True when something changed."""
        now = time.monotonic()
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return False
            lived = now - self._started
            self._failures = 0 if lived > _STABLE_SECONDS else self._failures + 1
            self._not_before = now + min(2.0**self._failures, 30.0) - 1.0
            log.warning("%s ended with code %s after %.0f s", self.name, code, lived)
            self._sweep()
            self._process = None
            return True
        if now < self._not_before:
            return False
        self._start()
        return True

    def _start(self) -> None:
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self._part = f"{os.getpid()}:{self.name}:{time.time_ns()}"
        with open(self._log, "ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *COMPONENTS[self.name]],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**inherited_environment(), PART: self._part},
                start_new_session=True,
            )
        if niceness := _NICENESS.get(self.name):
            with contextlib.suppress(ProcessLookupError):  # it ended at once, as `keep` will see
                # nobody but root may become less nice than who started us
                niceness = max(niceness, os.getpriority(os.PRIO_PROCESS, 0))
                os.setpriority(os.PRIO_PROCESS, self._process.pid, niceness)
        self._started = time.monotonic()
        log.info("%s started (process %s)", self.name, self._process.pid)

    def _sweep(self) -> None:
        """End what a dead component left behind.

        A killed scheduler's workers would wait for ever; a task of theirs that still ran would meet its own rerun,
        because the next scheduler takes it up again.
        """
        left = processes.marked(PART, self._part)
        if left:
            log.warning("ending %s processes that %s left", len(left), self.name)
            processes.end(left, patience=2)

    def signal(self, number: int) -> None:
        """Send a signal to the component while it runs."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def wait(self, until: float) -> None:
        """Wait for its end until the moment ``until`` of the monotonic clock, then kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _stop_signal() -> Iterator[list[int]]:
    """Signals that arrived; asked for once per turn of the loop."""
    arrived: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    yield arrived


def main() -> None:
    """Supervise until told to end."""
    settings = get_settings()
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%SZ",
        stream=sys.stdout,
    )
    fingerprint = sys.argv[1] if len(sys.argv) > 1 else ""
    components = [Component(name, settings.logs) for name in COMPONENTS]
    me = Ref.of(os.getpid())
    with _stop_signal() as arrived:
        while not arrived:
            changed = [component.keep() for component in components]
            if any(changed):
                refs = {component.name: component.ref for component in components}
                alive = {name: ref for name, ref in refs.items() if ref}
                write_refs(settings.run_dir / STATE, {"supervisor": me, **alive}, fingerprint=fingerprint)
            time.sleep(0.2)
    log.info("ending the components")
    for component in components:
        component.signal(signal.SIGTERM)
    asked = time.monotonic()
    for component in sorted(components, key=lambda one: _GRACE_SECONDS.get(one.name, 0.0)):
        component.wait(asked + _GRACE_SECONDS.get(component.name, _SHORT_GRACE_SECONDS))
    log.info("ended")


if __name__ == "__main__":
    main()
