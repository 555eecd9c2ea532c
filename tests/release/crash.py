"""One process that publishes or changes a password, and dies of SIGKILL at a chosen statement. Run by the tests:

    python crash.py RELEASE_ID MANIFEST_FILE STEP STATEMENT_FRAGMENT
    python crash.py ROLE - rotate STATEMENT_FRAGMENT

The n-th statement that contains the fragment is sent, and then the process is gone: before the answer is used.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psycopg

from simpul import release
from simpul.ledger import Decision
from simpul.trust import passwords

subject, manifest, step, fragment = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
execute = psycopg.Connection.execute


def text(query: object, conn: psycopg.Connection) -> str:
    return query.as_string(conn) if hasattr(query, "as_string") else str(query)


def deadly(self, query, *args, **kwargs):
    result = execute(self, query, *args, **kwargs)
    if fragment in text(query, self):
        os.kill(os.getpid(), signal.SIGKILL)
    return result


psycopg.Connection.execute = deadly
if step == "attach":
    release.attach(int(subject), release.marts_of(json.loads(manifest.read_text())))
elif step == "rotate":
    passwords.rotate([subject], Decision("tester"))
else:
    release.flip(int(subject))
