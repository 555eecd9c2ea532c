"""CSV → raw: landing (hashed, archived, registered, recognised, conserved) beside a bare COPY of the same file.

``python -m bench.landing [--rows N …] [--rounds R]`` uses SIMPUL_DSN, or starts the embedded server. Every measurement
is a process of its own, the kinds take turns, the best of each counts: other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from simpul.database import connect, ensure_database, warehouse_dsn

PEERS = Path(__file__).parent / "peers"
GOAL = 2.0
MEMORY_SLACK_MIB = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        _land_once(options.once)
        return
    ensure_database()
    rows = [measure(count, options.rounds) for count in options.rows]
    print(f"{'rows':>10} {'MB':>6} {'bare COPY':>10} {'landing':>9} {'ratio':>6} {'peak MiB':>9}")
    for row in rows:
        print(
            f"{row['rows']:>10,} {row['bytes'] / 1e6:>6.0f} {row['bare']:>9.2f}s {row['land']:>8.2f}s"
            f" {row['land'] / row['bare']:>6.2f} {row['peak_mib']:>9.0f}"
        )
    print(f"goal: ratio ≤ {GOAL} at the largest, the same peak memory (± {MEMORY_SLACK_MIB} MiB)")


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Best seconds of both kinds for a delivery of ``rows`` records, and the peak memory of landing."""
    from bench.files import NAME, change_one_byte, write_delivery

    with tempfile.TemporaryDirectory(prefix="simpul-delivery-") as folder:
        path = Path(folder, NAME)
        size = write_delivery(path, rows)
        bare: list[float] = []
        land: list[dict[str, Any]] = []
        for number in range(rounds):
            change_one_byte(path, number)  # otherwise the second landing would be a recorded no-op
            bare.append(_bare_copy(path))
            land.append(_run([sys.executable, "-m", "bench.landing", "--once", str(path)]))
            _forget(land[-1]["file_id"])
    return {
        "rows": rows,
        "bytes": size,
        "bare": min(bare),
        "land": min(run["seconds"] for run in land),
        "peak_mib": max(run["peak_mib"] for run in land),
    }


def _bare_copy(path: Path) -> float:
    table = f"raw.bench_{uuid.uuid4().hex[:8]}"
    found = _run([sys.executable, str(PEERS / "bare_copy.py"), str(path), table, "fresh"])
    with connect(autocommit=True) as conn:
        conn.execute(f"drop table {table}")
    return found["seconds"]


def _run(command: list[str]) -> dict[str, Any]:
    root = PEERS.parent.parent
    search = os.pathsep.join([str(root / "include"), str(root), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"PYTHONPATH": search, "BENCH_DSN": warehouse_dsn(), "SIMPUL_SETTLE_SECONDS": "0"}
    done = subprocess.run(command, env=env, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def _land_once(path: Path) -> None:
    sys.path.insert(0, str(PEERS))
    from measure import measured

    from simpul import landing

    with measured() as told:
        outcome = landing.land(path)
        told |= {"file_id": outcome.file_id, "status": outcome.status, "records": outcome.rows_loaded}
    if outcome.status != "loaded":
        raise SystemExit(f"not loaded: {outcome}")


def _forget(file_id: str) -> None:
    """Leave the warehouse as it was."""
    from simpul.landing import register
    from simpul.settings import get_settings

    with connect() as conn:
        row = register.read(conn, file_id)
        register.forget(conn, file_id)
        conn.execute("delete from audit.file where file_id = %s", (file_id,))
    (get_settings().archive / row["archive_path"]).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
