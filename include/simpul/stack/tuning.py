"""Settings of the embedded server: bulk loads and analytical queries on a small machine, without giving up safety."""

from __future__ import annotations

import os

import psutil

_MB = 1024 * 1024

QUIET_LOG = {"log_min_messages": "fatal", "log_min_error_statement": "panic", "log_error_verbosity": "terse"}
"""What keeps persons out of the server's log: a message, its detail, the line of a COPY and a statement quote cells and
parameters. ``fatal`` silences statements and durations that are logged (class LOG), too.
"""


def _shared_memory_is_small() -> bool:
    """Containers often give 64 MB of /dev/shm, too little for a parallel hash join."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return True
    return room.f_bavail * room.f_frsize < 1024 * _MB


def render(port: int, host: str) -> str:
    """Content of ``simpul.conf``.

    fsync, full_page_writes and checksums stay on: a power cut loses nothing that was committed.
    """
    memory = psutil.virtual_memory().total // _MB
    cores = os.cpu_count() or 1
    values: dict[str, str | int] = {
        "listen_addresses": host,
        "port": port,
        "unix_socket_directories": "",  # TCP only: no socket path that is too long, no way around the password
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # no replica and no archive: COPY into a table made in the same transaction then writes no log, only the table
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "wal_buffers": "32MB",
        "shared_buffers": f"{max(128, min(memory // 4, 2048))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": f"{max(16, min(memory // 128, 64))}MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 512))}MB",
        "random_page_cost": "1.1",
        "max_worker_processes": max(8, cores + 4),
        "max_parallel_workers": cores,
        "max_parallel_workers_per_gather": max(1, min(cores, 4)),
        "max_parallel_maintenance_workers": max(1, min(cores, 4)),
        "dynamic_shared_memory_type": "mmap" if _shared_memory_is_small() else "posix",
        "jit": "off",  # compiling costs more than it saves below some seconds per query
        "max_locks_per_transaction": 512,  # one partition per delivered file and per release
        # an error message or a statement may quote a person's data: the client gets it, the log does not
        **QUIET_LOG,
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] %a ",
    }
    lines = [f"{name} = '{value}'" for name, value in values.items()]
    return "# written by simpul at every start: changes are lost\n" + "\n".join(lines) + "\n"
