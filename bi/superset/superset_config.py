"""Superset's configuration, on one machine (`simpul up --bi`) and in the container ``bi``: what no default can know.

Read by Superset's own environment, where there is no ``simpul``. Nothing secret stands here, in a process' environment
or in Superset's metadata: passwords are read from a folder with one file each, at every connection.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Response, g, has_request_context, request
from sqlalchemy.engine import URL, make_url
from superset.utils.log import DBEventLogger

_SECRETS = Path(os.environ.get("SIMPUL_BI_SECRETS", "/run/simpul"))
_HOME = Path(os.environ.get("SIMPUL_BI_HOME", "/app/superset_home"))
_WAREHOUSE = make_url(
    os.environ.get("SIMPUL_BI_WAREHOUSE", "postgresql+psycopg2://bi_reader@postgres:5432/warehouse")
)
_SQLITE = _HOME / "superset.db"

SIMPUL_ASSETS = Path(__file__).parent / "assets"
SIMPUL_PEOPLE = Path(os.environ.get("SIMPUL_BI_PEOPLE", _SECRETS / "people.txt"))
"""One login role of the warehouse a line, a member of ``caseworker`` and of the same name here (`simpul bi user`)."""


def SIMPUL_SECRET(name: str) -> str:  # noqa: N802 -- Superset keeps names in capitals only
    """The content of the file ``name``; made by ``simpul secrets``."""
    return (_SECRETS / name).read_text(encoding="utf-8").strip()


def SIMPUL_CASEWORKERS() -> list[str]:  # noqa: N802
    """Who may read persons, with the rows that the database gives them."""
    names = SIMPUL_PEOPLE.read_text(encoding="utf-8").split() if SIMPUL_PEOPLE.exists() else []
    return [name for name in names if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name != "admin"]


SECRET_KEY = SIMPUL_SECRET("superset_secret_key")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_SQLITE}"
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}


# ------------------------------------------------------------------------------------------ the way into the warehouse
def DB_CONNECTION_MUTATOR(  # noqa: N802 -- its name
    uri: URL, params: dict[str, Any], username: str | None, _security_manager: Any, _source: Any
) -> tuple[URL, dict[str, Any]]:
    """The host ``simpul`` stands for the warehouse. Passwords: of bi_reader, or of whoever is impersonated.

    Of all others there is none: the server then refuses, and its owner's password is never looked for.
    """
    if uri.host != "simpul":
        return uri, params
    theirs = (getattr(getattr(g, "user", None), "username", None),) if has_request_context() else ()
    reader = uri.username
    if reader != "bi_reader" and not (reader in theirs and reader in SIMPUL_CASEWORKERS()):
        reader = None
    if (
        reader is None and has_request_context()
    ):  # an import looks at every database as well, and goes on without
        # only who connects is refused: the names of columns, which stand in a page's tables, need no connection
        params = params | {"creator": _refuse}
    password = SIMPUL_SECRET(reader) if reader else "none"
    return _WAREHOUSE.set(username=reader or "nobody", password=password), params


def _refuse() -> None:
    raise _not_theirs()


def _not_theirs() -> Exception:
    from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
    from superset.exceptions import SupersetSecurityException

    told = (
        "Data orang tidak dibuka untuk pengguna ini — persons are not shown to this user (`simpul bi user`)"
    )
    return SupersetSecurityException(
        # a kind that the pages know how to show: of others a filter says "Network error"
        SupersetError(told, SupersetErrorType.CONNECTION_DATABASE_PERMISSIONS_ERROR, ErrorLevel.WARNING)
    )


# A release that is chosen in a dashboard's filter is read as such (docs/querying.md, "What did we know then?").
MUTATE_AFTER_SPLIT = True
_TEXT = re.compile(r"'(?:[^']|'')*'")
_RELEASE = re.compile(
    r'(?<![\w"])"?_release_id"?\s*(?:=|IN)\s*\(?\s*(\d{1,18})(?!\d)\s*\)?(?!\s*,)', re.IGNORECASE
)


def SQL_QUERY_MUTATOR(sql: str, **_: Any) -> str:  # noqa: N802 -- its name
    """Let the session read the release that the query asks for by ``_release_id``.

    The condition stays in the query: was it understood wrongly, there are no rows, never those of another release.
    """
    asked = set(
        _RELEASE.findall(_TEXT.sub("''", sql))
    )  # what somebody typed into another filter asks for nothing
    if len(asked) != 1:
        return sql
    return f"SET LOCAL simpul.release_id = {asked.pop()};\n{sql}"


# ------------------------------------------------------------------------------------------------------ its own words
_INDONESIAN = Path(__file__).with_name("indonesian.json")
_INDONESIAN_ASKED = "/superset/language_pack/id/"


def _indonesian() -> Response | None:
    """The pages' own words, which Superset has in 23 languages but not in this one; also before somebody logs in."""
    if request.path != _INDONESIAN_ASKED:
        return None
    head = {"domain": "superset", "lang": "id", "plural_forms": "nplurals=1; plural=0;"}
    told = {"": head, **{english: [word] for english, word in _words().items()}}
    return Response(
        json.dumps({"domain": "superset", "locale_data": {"superset": told}}), mimetype="application/json"
    )


def _words() -> dict[str, str]:
    words: dict[str, str] = json.loads(_INDONESIAN.read_text(encoding="utf-8"))
    return words


def _for_the_server() -> Path:
    """The same words where the server looks for those that it writes itself (the menu); returns their folder."""
    catalog = Catalog(locale="id")
    for english, word in _words().items():
        catalog.add(english, word)
    path = _HOME / "translations" / "id" / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}")  # several processes start at once
    with whole.open("wb") as file:
        write_mo(file, catalog)
    whole.replace(path)
    return path.parents[2]


BABEL_DEFAULT_LOCALE = "id"
BABEL_TRANSLATION_DIRECTORIES = f"translations;{_for_the_server()}"
LANGUAGES = {
    "id": {"flag": "id", "name": "Bahasa Indonesia"},
    "en": {"flag": "us", "name": "English"},
}

# ------------------------------------------------------------------------------------------------ what leaves the house
# no cell is kept: the marts answer in less time than a cache would need to be trusted with row rights
DATA_CACHE_CONFIG = CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
FEATURE_FLAGS = {
    "CACHE_IMPERSONATION": True,  # for whoever gives it a cache all the same
    "DASHBOARD_RBAC": False,
    "ALERT_REPORTS": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "DRILL_TO_DETAIL": True,
    "GENERIC_CHART_AXES": True,
}
# a page may ask this server and nobody else: no usage pixel, no font, no map tile
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


_PIXEL = b"https://apachesuperset.gateway.scarf.sh/pixel/"
_NOTHING = b"data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22/%3E#"


# buttons of a legend ("All", "Inv"): no translation reaches them, and the names beside them were cut for want of room
_BUTTONS = b'selector:["all","inverse"]'
_NO_BUTTONS = b"selector:!1"


def FLASK_APP_MUTATOR(app: Any) -> None:  # noqa: N802 -- its name
    """What Superset has no setting for."""
    _alter_scripts(app)
    app.before_request(_indonesian)


def _alter_scripts(app: Any) -> None:
    """Send scripts without buttons in legends, and with an empty picture in place of the address of the usage pixel.

    Whether a page has the pixel was decided when the package was built (SCARF_ANALYTICS is read then, not later), and
    every page asked for it: the policy above stopped that, and the browser called it an error.
    """
    send = app.view_functions["static"]

    def static(**asked: Any) -> Any:
        answer = send(**asked)
        if asked["filename"].endswith(".js") and answer.status_code == 200:
            answer.direct_passthrough = False
            answer.set_data(answer.get_data().replace(_PIXEL, _NOTHING).replace(_BUTTONS, _NO_BUTTONS))
        return answer

    app.view_functions["static"] = static


class _NoValues(DBEventLogger):
    """Who opened what and when; not what was typed into a filter, which may be a name or a NIK."""

    def log(self, *args: Any, **kwargs: Any) -> None:
        kept = ("dashboard_id", "slice_id")
        kwargs.pop("curated_payload", None)
        records = kwargs.pop("records", None) or [{}]
        cut = [{key: one[key] for key in kept if one.get(key)} for one in records if isinstance(one, dict)]
        super().log(*args, records=cut, **kwargs)


class _NoStatements(logging.Filter):
    """Drops what a library says of a statement or of a failure: both may quote a person's data."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            record.msg, record.args, record.exc_info = (
                f"{record.levelname.lower()} in {record.module}",
                (),
                None,
            )
            record.exc_text = record.stack_info = None
        return True


class _Quiet:
    """Superset's logging, through `_NoStatements`."""

    def configure_logging(self, _config: Any, _debug: bool) -> None:
        handler = logging.StreamHandler()
        handler.addFilter(_NoStatements())
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


EVENT_LOGGER = _NoValues()
if not os.environ.get("SIMPUL_DEBUG"):
    LOGGING_CONFIGURATOR = _Quiet()

# ------------------------------------------------------------------------------------------------------ how it looks
APP_NAME = "Simpul"
D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp ", ""]}
D3_TIME_FORMAT = {
    "dateTime": "%A, %e %B %Y %X",
    "date": "%d/%m/%Y",
    "time": "%H.%M.%S",
    "periods": ["AM", "PM"],
    "days": ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"],
    "shortDays": ["Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"],
    "months": [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ],
    "shortMonths": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
}  # fmt: skip
ROW_LIMIT = 10_000
RATELIMIT_STORAGE_URI = "memory://"
WTF_CSRF_TIME_LIMIT = 60 * 60 * 8
