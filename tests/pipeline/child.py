"""The process that is killed: lands the inbox and builds, saying each step before it starts."""

from __future__ import annotations

import os

from simpul import pipeline


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    for result in pipeline.land_inbox(progress=say):
        assert result["status"] in {"landed", "duplicate"}, result
    outcome = pipeline.build(f"child {os.getpid()}", progress=say)
    say(f"done {outcome.content_hash}")
