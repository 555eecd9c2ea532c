"""Notices: what happened since the last one reaches people by e-mail or webhook, without a person's data.

What is told stands in the audit ledger: a held file, a refused, published or rolled-back release, a delivery that is
late, a missed deadline, a failed run. Each notice is itself an event (``notice.sent``) that says up to which event it
told, and whom, so nothing is told twice and nothing is forgotten while a way out is closed: an address that takes
nothing holds up no other. Where to is a secret (``home/secrets/notices``, one Apprise URL per line), because such
addresses hold passwords; the ledger knows them by keyed marks, and from when on (``notice.address``). Where the ledger
itself cannot be written, `cry` tells what happened without it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from psycopg.rows import dict_row

from simpul import ledger, vault
from simpul.clock import told
from simpul.contract import Text, load_contracts
from simpul.database import advisory_lock, connect
from simpul.errors import SimpulError
from simpul.regions import Regions
from simpul.settings import get_settings

log = logging.getLogger(__name__)

SECRET = "notices"  # noqa: S105 — a file's name, not a secret
_KEY = "notices_key"
SENT = "notice.sent"
MET = "notice.address"
"""An address is seen for the first time: ``up_to`` is the last event that it is not told."""
MOST = 20
"""Events told one by one; of more, how many there are."""
_CRY_SECONDS = 3600
_PASSWORDS = ("pass", "password")
"""Arguments of an address that may change without its being another; a key may be all that tells two services apart."""

# that a run is red because it held a file, or its release was refused, is told by the file and the release
_PENDING = """
with sent as (
    select (detail ->> 'up_to')::bigint as up_to from audit.ledger
    where kind = any(%(said)s)
        and (%(ways)s::text[] is null or detail -> 'took' is null or detail -> 'took' ?| %(ways)s))
select ledger.event_id, ledger.at, ledger.kind, ledger.subject, ledger.detail,
    file.printable_name as file, file.agency, coalesce(file.reason, release.reason) as reason,
    coalesce(file.reason_id, release.reason_id) as reason_id, release.label
from audit.ledger
left join audit.file on ledger.kind like 'file.%%' and file.file_id = ledger.subject
left join audit.release on ledger.kind like 'release.%%' and release.release_id::text = ledger.subject
where ledger.kind = any(%(kinds)s) and not (ledger.kind = 'run.failed' and (
        exists (select from audit.ledger as held where held.kind = 'run.held' and held.subject = ledger.subject)
        or exists (select from audit.release as refused where refused.owner_run = ledger.subject
            and refused.status = 'refused' and refused.reason_code = 'gate')))
    and case when exists (select from sent) then ledger.event_id > (select max(up_to) from sent)
    else ledger.at > now() - interval '1 day' end
order by ledger.event_id"""
_IS_KNOWN = """
select exists (select from audit.ledger
    where kind = any(%(said)s) and (detail -> 'took' is null or detail -> 'took' ?| %(ways)s))"""
# of before it was seen only what is young: nobody wants the history of a warehouse as mail
_OLD = "select coalesce(max(event_id), 0) from audit.ledger where at <= now() - interval '1 day'"

Event = dict[str, Any]


def _of_file(what: str, what_id: str) -> Callable[[Event], tuple[str, str]]:
    def words(event: Event) -> tuple[str, str]:
        name, agency = event["file"] or event["subject"], event["agency"]
        return (
            f"{what}: {name} ({agency or 'in no agency’s folder'}) – {event['reason'] or ''}",
            f"{what_id}: {name} ({agency or 'tidak di map instansi'}) – {event['reason_id'] or ''}",
        )

    return words


def _of_release(what: str, what_id: str) -> Callable[[Event], tuple[str, str]]:
    def words(event: Event) -> tuple[str, str]:
        number = f"{event['subject']}{' ' + event['label'] if event['label'] else ''}"
        reason, reason_id = (event[key] or "" for key in ("reason", "reason_id"))
        return (
            f"Release {number} {what}{f' – {reason}' if reason else '.'}",
            f"Rilis {number} {what_id}{f' – {why}' if (why := reason_id or reason) else '.'}",
        )

    return words


def _of_delivery(event: Event) -> tuple[str, str]:
    detail = event["detail"]
    day, last = detail.get("expected_by", "?"), detail.get("last_period")
    if "dataset" not in detail:  # events of before the ledger kept the parts of the subject
        return (
            f"Late: {event['subject']}, expected by {day}.",
            f"Terlambat: {event['subject']}, ditunggu {day}.",
        )
    contract = load_contracts().get(detail["dataset"])
    title = contract.title if contract else Text(en=detail["dataset"], id=detail["dataset"])
    try:
        region = Regions.load()[detail["region_code"]].name
    except KeyError:  # of a village: the house's own list ends with the district
        region = detail["region_code"]
    after, after_id = (f", after {last}", f", sesudah {last}") if last else ("", "")
    return (
        f"Late: {title.en}, {region}{after}, expected by {day}.",
        f"Terlambat: {title.id}, {region}{after_id}, seharusnya diterima {day}.",
    )


RUNS: dict[str, Callable[[str], tuple[str, str]]] = {
    "deadline.missed": lambda run: (f"Missed its deadline: {run}.", f"Melewati tenggat: {run}."),
    "run.failed": lambda run: (f"Run failed: {run}, see Airflow.", f"Proses gagal: {run}, lihat Airflow."),
}
"""What is said of a run by kind of event: lines (English, Indonesian) of its name."""


_WORDS: dict[str, Callable[[Event], tuple[str, str]]] = {
    "file.held": _of_file("File held", "Berkas ditahan"),
    "release.refused": _of_release(
        "is refused; readers still see the last one", "ditolak; pembaca tetap melihat rilis terakhir"
    ),
    "release.published": _of_release("is published", "terbit"),
    "release.rolled_back": _of_release("is shown again", "ditampilkan kembali"),
    "delivery.late": _of_delivery,
    **{kind: lambda event, words=words: words(event["subject"]) for kind, words in RUNS.items()},
}
KINDS = tuple(_WORDS)
"""Kinds of the ledger's events that people are told."""


@dataclass(frozen=True)
class Notice:
    """A message: ``lines`` in Indonesian and English, ``up_to`` the last event that it tells (None: of none)."""

    lines: tuple[tuple[str, str], ...]
    up_to: int | None

    @property
    def title(self) -> str:
        return f"Simpul: {len(self.lines)} pemberitahuan / notices"

    @property
    def body(self) -> str:
        """First everything in Indonesian, then in English."""
        shown, more = self.lines[:MOST], len(self.lines) - MOST
        parts = [[f"- {line[n].strip()}" for line in shown] for n in (0, 1)]
        if more > 0:
            parts[0].append(f"- dan {more} lagi: simpul status, audit.ledger")
            parts[1].append(f"- and {more} more: simpul status, audit.ledger")
        return "\n\n".join("\n".join(part) for part in parts)


def addresses() -> tuple[str, ...]:
    """Where notices go: Apprise URLs (``mailtos://…``, ``jsons://…``), one per line of the secret; none = nobody."""
    lines = (vault.read(SECRET) or "").splitlines()
    return tuple(line for raw in lines if (line := raw.strip()) and not line.startswith("#"))


def pending(conn: psycopg.Connection[Any], address: str | None = None) -> Notice:
    """What an address was not told yet (None: nobody was)."""
    asked = (
        {"said": [SENT], "ways": None}  # an address that was only met was told nothing
        if address is None
        else {"said": [SENT, MET], "ways": _marks(address)}
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        events = cursor.execute(_PENDING, {"kinds": list(KINDS), **asked}).fetchall()
    lines = []
    for event in events:
        # an abandoned candidate is nobody's trouble
        if event["kind"] == "release.refused" and event["detail"].get("code") == "abandoned":
            continue
        en, id_ = _WORDS[event["kind"]](event)
        at = told(event["at"])
        lines.append((f"{at} · {id_}", f"{at} · {en}"))
    return Notice(tuple(lines), events[-1]["event_id"] if events else None)


def _mark(address: str) -> str:
    """What the ledger knows an address by: who reads it learns no password, and cannot try any.

    A new password makes no other address of it, so what waited while the old one was refused is told. A service whose
    token stands in the path (a chat's bot) is another address with another token.
    """
    return _keyed(_without_password(address))


def _marks(address: str) -> list[str]:
    """Its mark, and the one that ledgers of before know it by: of all of it."""
    return [_mark(address), _keyed(address)]


def _keyed(text: str) -> str:
    key = vault.read_or_create(_KEY, lambda: secrets.token_hex(32))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


def _without_password(address: str) -> str:
    try:
        parts = urlsplit(address)
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _PASSWORDS]
    except ValueError:  # a host that is none: Apprise will refuse it
        return address
    who, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=who.partition(":")[0] + at + host, query=urlencode(query)).geturl()


def _meet(conn: psycopg.Connection[Any], address: str) -> None:
    """Note from when on a new address is told: else, until it takes a notice, it would go on being told of a day."""
    ways = _marks(address)
    if conn.execute(_IS_KNOWN, {"said": [SENT, MET], "ways": ways}).fetchone() == (False,):
        (up_to,) = conn.execute(_OLD).fetchone() or (0,)
        ledger.append(conn, MET, "notices", {"up_to": up_to, "took": ways[:1]})


def send() -> int:
    """Tell every address what it was not told yet.

    Returns:
        How many lines were sent at most to one address: 0 where nobody wants notices or nothing happened.

    Raises:
        SimpulError: no address, or not every address, took it; those that did not are told again with the next notice.
    """
    wanted = addresses()
    if not wanted:
        return 0
    took: dict[int, list[str]] = defaultdict(list)
    refused, lines = [], 0
    # one at a time: two tasks that end together would both tell the same
    with (
        connect(application_name="simpul notices") as conn,
        ledger.writing(conn),
        advisory_lock(conn, "notices"),
    ):
        for number, address in enumerate(wanted):
            _meet(conn, address)
            notice = pending(conn, address)
            if not notice.lines:
                continue
            if not _took(address, notice.title, notice.body):
                refused.append(number)
                continue
            lines = max(lines, len(notice.lines))
            if notice.up_to is not None:
                took[notice.up_to].append(_mark(address))
        for up_to, ways in took.items():
            ledger.append(conn, SENT, "notices", {"up_to": up_to, "took": ways})
    _refuse(refused, wanted)
    return lines


def cry(line: str, line_id: str) -> bool:
    """Tell every address what cannot be written into the ledger; at most once an hour, while that lasts.

    Returns:
        Whether anybody was told: not where nobody wants notices, none took it, or the last cry is younger than an hour.
    """
    cried = get_settings().work / "notices.cried"
    if cried.exists() and time.time() - cried.stat().st_mtime < _CRY_SECONDS:
        return False
    more = "The audit ledger cannot be written. What else fails within an hour is not told: see Airflow."
    more_id = (
        "Buku audit tidak dapat ditulis. Kegagalan lain dalam satu jam tidak diberitakan: lihat Airflow."
    )
    body = f"- {line_id}\n- {more_id}\n\n- {line}\n- {more}"
    took = [_took(address, "Simpul: gudang data / warehouse", body) for address in addresses()]
    if any(took):  # else the next failure tries again
        cried.parent.mkdir(parents=True, exist_ok=True)
        cried.touch()
    return any(took)


def deliver(title: str, body: str, wanted: Sequence[str]) -> None:
    """Hand a message to every address.

    Raises:
        SimpulError: an address cannot be read, or one did not take it; which is said by its number, never by itself.
    """
    _refuse([number for number, address in enumerate(wanted) if not _took(address, title, body)], wanted)


def _took(address: str, title: str, body: str) -> bool:
    import apprise

    way = apprise.Apprise()
    with _unheard():
        return bool(
            way.add(address) and way.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
        )


def _refuse(refused: Sequence[int], wanted: Sequence[str]) -> None:
    if refused:
        named = ", ".join(f"{number + 1} ({_scheme(wanted[number])})" for number in refused)
        raise SimpulError(
            f"the notice was not taken by address {named} of {len(wanted)}",
            code="notice_not_taken",
            hint=f"see {vault.path(SECRET)} and docs/runbooks/notices.md; it is told again with the next notice",
        )


def _scheme(address: str) -> str:
    """All that may be said of an address; of a line that is none, nothing."""
    scheme, parted, _ = address.partition("://")
    return scheme if parted else "?"


@contextmanager
def _unheard() -> Iterator[None]:
    """Apprise logs addresses, and those hold passwords: it is not heard while it works."""
    logger = logging.getLogger("apprise")
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was
