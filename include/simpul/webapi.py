"""Fetch tables of the BPS WebAPI: each answer is kept as the file that BPS sent, and landed like any other delivery.

Polite: one call at a time with a pause between, a few years per call, longer and longer waits when the server is in
trouble. The key stands in the address of a call, so no address is ever logged or quoted.

Source of the addresses and answers: BPS WebAPI, ``list/model/th`` (years of a table) and ``list/model/data``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from simpul import vault
from simpul.contract import Model
from simpul.declaration import read_yaml
from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.settings import get_settings

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("simpul.webapi")

SECRET = "bps_webapi_key"  # noqa: S105 — a file's name, not a secret
YEARS_PER_CALL = 3  # more are said to be refused
MAX_BYTES = 64 << 20
_FIRST_TH = 1900  # BPS counts years from here
_TRIES = 5
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 120.0


class WebApiError(SimpulError):
    """The WebAPI refuses, or answers with something that is no answer: trying again cannot help."""

    code = "webapi"


class WebApiUnavailable(SimpulError):
    """The WebAPI could not be reached or is in trouble. Trying again later can help."""

    code = "webapi_unavailable"


class Query(Model):
    """One table of BPS to be kept up to date."""

    domain: str = Field(pattern=r"^[0-9]{4}$")  # 0000 nation, pp00 province, ppkk regency
    variable: int
    since: int = Field(ge=2000, le=2100)
    title: str


@dataclass(frozen=True)
class Fetched:
    """What became of one call. ``status``: ``new`` and ``changed`` were written, ``same`` and ``none`` were not."""

    query: Query
    years: tuple[int, ...]
    status: Literal["new", "changed", "same", "none"]
    path: Path | None


def queries(path: Path | None = None) -> list[Query]:
    """The declared tables, from ``include/fetch/bps_webapi.yml``.

    Raises:
        WebApiError: the file is not valid.
    """
    path = path or get_settings().project_root / "include" / "fetch" / "bps_webapi.yml"
    try:
        return [Query(**entry) for entry in read_yaml(path) or ()]
    except (ValidationError, TypeError) as error:
        raise WebApiError(
            f"{path.name} is not valid: {error}", hint="see its first lines for the form"
        ) from None


def key() -> str | None:
    """The key, from ``SIMPUL_BPS_WEBAPI_KEY`` or the file ``home/secrets/bps_webapi_key``; None: nothing is fetched."""
    given = get_settings().bps_webapi_key
    return given.get_secret_value() if given else vault.read(SECRET)


def is_due() -> bool:
    """Whether a key is configured and the last whole round is longer ago than `Settings.bps_webapi_hours`."""
    if not key():
        return False
    try:
        last = datetime.fromtimestamp(_stamp().stat().st_mtime, UTC)
    except FileNotFoundError:
        return True
    return datetime.now(UTC) - last >= timedelta(hours=get_settings().bps_webapi_hours)


def fetch(
    wanted: Sequence[Query] | None = None,
    *,
    pause: float = 1.0,
    backoff: float = 2.0,
    timeout: float = 60.0,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Fetched]:
    """Bring every declared table up to date: one file per table and three years below ``home/fetched/bps``.

    A file whose bytes are those of the last round is not touched, so it is no new delivery. One table's trouble does
    not stop the others.

    Args:
        wanted: default: all declared.
        pause: seconds between two calls.
        backoff: seconds before the second try of a call; doubled with each further try.
        timeout: seconds without a byte after which a call has failed.
        progress: told each table.

    Raises:
        WebApiError: no key, or some tables were refused; the others were fetched all the same.
        WebApiUnavailable: some tables could not be had now.
    """
    secret = key()
    if not secret:
        raise WebApiError(
            "no key is configured", hint=f"set SIMPUL_BPS_WEBAPI_KEY or write home/secrets/{SECRET}"
        )
    wanted = queries() if wanted is None else wanted
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    done: list[Fetched] = []
    troubles: list[SimpulError] = []
    with _quiet(), _client(secret, pause=pause, backoff=backoff, timeout=timeout) as client:
        for query in wanted:
            progress(query.title)
            try:
                done += _fetch_table(client, query)
            except (WebApiError, WebApiUnavailable) as error:
                error.message = f"table {query.variable} of domain {query.domain}: {error.message}"
                log.error("%s", error)
                troubles.append(error)
    if not any(isinstance(error, WebApiUnavailable) for error in troubles):
        _stamp().touch()  # the round is over; what could not be had now is asked for again at the next look
    if troubles:
        first = next((error for error in troubles if isinstance(error, WebApiUnavailable)), troubles[0])
        if len(troubles) > 1:
            first.message += f" (and {len(troubles) - 1} more tables)"
        raise first
    return done


def _fetch_table(client: _Client, query: Query) -> Iterator[Fetched]:
    years = [year for year in client.years(query) if year >= query.since]
    for start in range(0, len(years), YEARS_PER_CALL):
        part = tuple(years[start : start + YEARS_PER_CALL])
        body = client.data(query, part)
        if body is None:
            yield Fetched(query, part, "none", None)
            continue
        path = _folder() / f"{query.domain}_{query.variable}_{part[0]}-{part[-1]}.json"
        status = _keep(path, body)
        log.info("table %s of domain %s, %s-%s: %s", query.variable, query.domain, part[0], part[-1], status)
        yield Fetched(query, part, status, path)


def _keep(path: Path, body: bytes) -> Literal["new", "changed", "same"]:
    """Write the bytes as they came, whole or not at all."""
    try:
        if path.read_bytes() == body:
            return "same"
        status: Literal["new", "changed"] = "changed"
    except FileNotFoundError:
        status = "new"
    write_whole(path, body)
    return status


def _folder() -> Path:
    return get_settings().fetched / "bps"


def _stamp() -> Path:
    return _folder() / ".last_round"


# ------------------------------------------------------------------------------------------------------------ the calls
@contextmanager
def _quiet() -> Iterator[None]:
    """Silence httpx, which logs the address of every call, and the key with it."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _client(secret: str, **pace: float) -> Iterator[_Client]:
    import httpx

    limits = httpx.Timeout(pace["timeout"], connect=min(20.0, pace["timeout"]))
    # never followed elsewhere: the key would go along
    with httpx.Client(
        timeout=limits, follow_redirects=False, headers={"Accept": "application/json"}
    ) as session:
        yield _Client(session, secret, pace["pause"], pace["backoff"])


@dataclass
class _Client:
    """Calls of the WebAPI, one at a time."""

    session: httpx.Client
    secret: str
    pause: float
    backoff: float
    called_at: float = 0.0

    def years(self, query: Query) -> list[int]:
        """Years for which the table has figures, in order; page by page."""
        found: set[int] = set()
        page, pages = 1, 1
        while page <= pages:
            answer, _ = self._answer(f"list/model/th/domain/{query.domain}/var/{query.variable}/page/{page}")
            data = answer.get("data")
            if answer.get("data-availability") != "available" or not isinstance(data, list) or len(data) < 2:
                break
            try:
                found |= {_FIRST_TH + int(item["th_id"]) for item in data[1]}
                pages = min(int(data[0]["pages"]), 100)
            except (KeyError, TypeError, ValueError):
                raise WebApiError("the list of years has another form than expected") from None
            page += 1
        return sorted(found)

    def data(self, query: Query, years: Sequence[int]) -> bytes | None:
        """The answer's bytes; None when there are no figures."""
        th = ";".join(str(year - _FIRST_TH) for year in years)
        path = f"list/model/data/lang/ind/domain/{query.domain}/var/{query.variable}/th/{th}"
        answer, body = self._answer(path)
        return body if answer.get("data-availability") == "available" else None

    def _answer(self, path: str) -> tuple[dict[str, Any], bytes]:
        """The answer, read and as it came.

        Raises:
            WebApiError: refused, redirected, or no answer of the WebAPI.
            WebApiUnavailable: not to be had after `_TRIES` tries.
        """
        trouble = "nothing was tried"
        for attempt in range(_TRIES):
            wait = self.backoff * 2 ** (attempt - 1) if attempt else 0.0
            status, headers, body, trouble = self._call(path, wait)
            if trouble:
                continue
            if status in _TRANSIENT:
                trouble = f"the server answered {status}"
                self.called_at += _retry_after(headers)
                continue
            if status != 200:
                raise WebApiError(
                    f"the server answered {status}", hint="check the key and the table's number"
                )
            try:
                answer = json.loads(body)
            except (ValueError, RecursionError):
                trouble = "the answer is no JSON"  # a page of a proxy in trouble, or a body that was cut
                continue
            if not isinstance(answer, dict) or answer.get("status") != "OK":
                raise WebApiError("the WebAPI refuses the call", hint="check the key and the table's number")
            return answer, body
        raise WebApiUnavailable(f"{trouble}, {_TRIES} times", hint="it is tried again with the next round")

    def _call(self, path: str, wait: float) -> tuple[int, Any, bytes, str]:
        import httpx

        time.sleep(max(wait, self.called_at + self.pause - time.monotonic(), 0.0))
        address = f"{get_settings().bps_webapi_url.rstrip('/')}/{path}/key/{self.secret}"
        body = bytearray()
        try:
            with self.session.stream("GET", address) as answer:
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise WebApiError(f"the answer has more than {MAX_BYTES >> 20} MiB")
                return answer.status_code, answer.headers, bytes(body), ""
        except httpx.HTTPError as error:  # its text holds the address
            return 0, {}, b"", f"the call failed ({type(error).__name__})"
        except httpx.InvalidURL:
            raise WebApiError("SIMPUL_BPS_WEBAPI_URL is no address") from None
        finally:
            self.called_at = time.monotonic()


def _retry_after(headers: Any) -> float:
    """Seconds that the server asks to wait, within reason."""
    try:
        return min(max(float(headers.get("retry-after", 0)), 0.0), _LONGEST_WAIT)
    except ValueError:
        return 0.0
