"""The register of rules: which form of each rule stood when, who answers for it, and what it stands on (ADR 0051).

The doors fill it: before a file or release is judged, what is declared of its rules now is held against what stands in
``audit.rule_version``. What differs is another version, and an event of the ledger.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import groupby
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from simpul import ledger, ledger_held
from simpul.contract import Contract, Standing, Text, load_contracts
from simpul.database import advisory_lock
from simpul.declaration import read_yaml
from simpul.errors import SimpulError
from simpul.programmes import seed_rows
from simpul.settings import get_settings

Kind = Literal["landing", "publication", "finding", "eligibility"]
Key = tuple[str, str]
"""Scope (dataset, table or programme) and code of a rule."""

FINDINGS = "rpt_finding"
"""Scope of the rules of audit."""
_SHOWN_CHARACTERS = 120  # of a value in an event; of a longer one its hash

_STANDING = """
select scope, rule_code, rule_version_id, version, version_hash, severity, dimension, text_en, text_id, owner, basis,
    is_basis_read, declaration
from audit.rule_version where door = %s and scope = any(%s) and ended_at is null"""
_NEWEST = "select coalesce(max(version), 0) from audit.rule_version where door = %s and scope = %s and rule_code = %s"
_INSERT = """
insert into audit.rule_version (door, scope, rule_code, version, version_hash, severity, dimension, text_en, text_id,
    owner, basis, is_basis_read, declaration, package_version, code_commit, first_subject, first_by)
values (%(door)s, %(scope)s, %(code)s, %(version)s, %(version_hash)s, %(severity)s, %(dimension)s, %(text_en)s,
    %(text_id)s, %(owner)s, %(basis)s, %(is_basis_read)s, %(declaration)s, %(package)s, %(commit)s, %(subject)s, %(by)s)
returning rule_version_id"""
_LISTED = """
select version.*, seen.last_seen_at, seen.last_subject
from audit.rule_version as version
left join lateral (
    select run_at as last_seen_at, coalesce(file_id, release_id::text) as last_subject from audit.gate_result as result
    where result.rule_version_id = version.rule_version_id order by run_at desc limit 1) as seen on true
where (%(door)s::text is null or door = %(door)s) and (%(scope)s::text is null or scope = %(scope)s)
    and (%(rule)s::text is null or rule_code = %(rule)s) and (%(all)s or ended_at is null)
order by door, scope, rule_code, version desc"""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A rule as the code at hand declares it. ``declaration``: bounds, query and the like, as JSON."""

    door: Kind
    scope: str
    code: str
    severity: str | None
    dimension: str | None
    text_en: str
    text_id: str
    owner: str | None
    basis: str | None
    is_basis_read: bool
    declaration: dict[str, Any]

    @property
    def key(self) -> Key:
        """What tells it from the others of its door."""
        return self.scope, self.code

    @property
    def version_hash(self) -> str:
        """sha256 of all that is declared of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def _declared(
    door: Kind, scope: str, code: str, severity: str | None, dimension: str | None, text: Text,
    standing: Standing | None, declaration: Mapping[str, Any],
) -> Declared:  # fmt: skip
    return Declared(
        door=door, scope=scope, code=code, severity=severity, dimension=dimension, text_en=text.en, text_id=text.id,
        owner=standing.owner if standing else None, basis=standing.basis if standing else None,
        is_basis_read=bool(standing and standing.is_read), declaration=dict(declaration),
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------- what is declared
def of_dataset(contract: Contract) -> list[Declared]:
    """What the landing gate asks of a file of this dataset."""
    from expectations.landing_checks import delivery_checks, structural_checks

    told_elsewhere = {"code", "severity", "dimension", "reason", "standing"}
    rules = [
        _declared(
            "landing", contract.dataset, rule.code, rule.severity, rule.dimension, rule.reason, rule.standing,
            rule.model_dump(mode="json", exclude=told_elsewhere, exclude_defaults=True),
        )
        for rule in contract.rules
    ]  # fmt: skip
    return rules + _of_checks("landing", contract.dataset, (*structural_checks(), *delivery_checks(contract)))


def of_mart(mart: str) -> list[Declared]:
    """What the publication gate asks of a table, whether there is something to compare it with or not."""
    from expectations.publication import checks

    return _of_checks("publication", mart, checks(mart))


def _of_checks(door: Kind, scope: str, checks: Iterable[Any]) -> list[Declared]:
    return [
        _declared(
            door, scope, check.code, check.severity, check.dimension, check.text, check.standing,
            {
                name: value
                for name, value in (
                    ("column", check.column), ("query", check.query), ("checked", check.checked),
                    ("bounds", dict(check.bounds)),
                )
                if value
            },
        )
        for check in checks
    ]  # fmt: skip


def of_findings() -> list[Declared]:
    """The rules of audit, each with all its forms and their days (``seed_finding_rule``)."""
    return [
        _declared(
            "finding", FINDINGS, code, forms[-1]["severity"], None,
            Text(en=forms[-1]["explanation"], id=forms[-1]["explanation_id"]),
            _standing_of(_findings_owner(), forms, "legal_basis_confidence"), {"forms": forms},
        )
        for code, forms in seed_rows("seed_finding_rule", "rule_code").items()
    ]  # fmt: skip


def of_eligibility() -> list[Declared]:
    """Who should receive what: one rule a programme, with all its conditions and their days (``seed_program_rule``)."""
    names = {code: rows[0] for code, rows in seed_rows("seed_program", "program_code").items()}
    return [
        _declared(
            "eligibility", program, "eligible", None, None,
            Text(
                en=f"Who should receive {names[program]['name_en']}.",
                id=f"Siapa yang seharusnya menerima {names[program]['name']}.",
            ),
            _standing_of(names[program]["agency"], forms, "confidence"), {"forms": forms},
        )
        for program, forms in seed_rows("seed_program_rule", "program_code").items()
    ]  # fmt: skip


def _findings_owner() -> str | None:
    """Who answers for the rules of audit: ``rules_owner`` of their seed."""
    declared = read_yaml(get_settings().dbt_dir / "seeds" / "_seeds.yml")["seeds"]
    config = next(one for one in declared if one["name"] == "seed_finding_rule").get("config", {})
    return config.get("meta", {}).get("rules_owner")


def _standing_of(owner: str | None, forms: Sequence[dict[str, str]], confidence: str) -> Standing | None:
    """The owner, and the laws of all forms. Read is a law whose confidence says so."""
    laws = dict.fromkeys(form["legal_basis"] for form in forms if form.get("legal_basis"))
    if not owner or not laws:
        return None
    return Standing(
        owner=owner, basis="; ".join(laws), is_read=all(form.get(confidence) == "read" for form in forms)
    )


def everything() -> list[Declared]:
    """All rules that are declared."""
    from expectations.publication import told_marts

    landing = [rule for contract in load_contracts().values() for rule in of_dataset(contract)]
    publication = [rule for mart in told_marts() for rule in of_mart(mart)]
    return [*landing, *publication, *of_findings(), *of_eligibility()]


def unaccounted() -> list[str]:
    """``door scope.code`` of the rules that nobody answers for, or of which no basis is said."""
    return [
        f"{rule.door} {rule.scope}.{rule.code}" for rule in everything() if not (rule.owner and rule.basis)
    ]


# ------------------------------------------------------------------------------------------------------ what stands
def register(conn: psycopg.Connection[Any], declared: Sequence[Declared], subject: str) -> dict[Key, int]:
    """Let the register say what is declared now, of the scopes that are named.

    Args:
        conn: to the warehouse, outside of a transaction.
        declared: all rules of one door and of each scope that is named.
        subject: the file or release that is about to be judged.

    Returns:
        Of every rule the ``rule_version_id`` that stands.
    """
    if not declared:
        return {}
    door, scopes = declared[0].door, sorted({rule.scope for rule in declared})
    now = {rule.key: rule for rule in declared}
    standing = _standing_now(conn, door, scopes)
    if _is_told(standing, now):
        return {key: row["rule_version_id"] for key, row in standing.items()}
    with conn.transaction(), advisory_lock(conn, "rule register"):
        standing = _standing_now(conn, door, scopes)  # another file of the dataset may have told it meanwhile
        if not _is_told(standing, now):
            _tell(conn, door, standing, now, subject)
        return {key: row["rule_version_id"] for key, row in _standing_now(conn, door, scopes).items()}


def _standing_now(
    conn: psycopg.Connection[Any], door: Kind, scopes: Sequence[str]
) -> dict[Key, dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_STANDING, (door, list(scopes))).fetchall()
    return {(row["scope"], row["rule_code"]): row for row in rows}


def _is_told(standing: Mapping[Key, Mapping[str, Any]], now: Mapping[Key, Declared]) -> bool:
    return {key: row["version_hash"] for key, row in standing.items()} == {
        key: rule.version_hash for key, rule in now.items()
    }


def _tell(
    conn: psycopg.Connection[Any],
    door: Kind,
    standing: Mapping[Key, Mapping[str, Any]],
    now: Mapping[Key, Declared],
    subject: str,
) -> None:
    """End what no longer stands, write what stands instead, and an event for each scope."""
    code = {"package": metadata.version("simpul"), "commit": _commit(), "by": ledger.whoami()}
    gone = [key for key in standing if key not in now]
    changed = [
        key for key in standing if key in now and now[key].version_hash != standing[key]["version_hash"]
    ]
    conn.execute(
        "update audit.rule_version set ended_at = clock_timestamp() where rule_version_id = any(%s)",
        ([standing[key]["rule_version_id"] for key in (*gone, *changed)],),
    )
    new = [key for key in now if key not in standing]
    for key in (*new, *changed):
        rule = now[key]
        before = conn.execute(_NEWEST, (door, *key)).fetchone()
        assert before is not None
        values = {**asdict(rule), **code, "subject": subject, "version_hash": rule.version_hash}
        conn.execute(_INSERT, {**values, "version": before[0] + 1, "declaration": Jsonb(rule.declaration)})
    for scope in sorted({scope for scope, _ in (*new, *changed, *gone)}):
        detail = {
            "door": door,
            "added": sorted(rule for of, rule in new if of == scope),
            "changed": {
                rule: _differences(standing[of, rule], now[of, rule]) for of, rule in changed if of == scope
            },
            "removed": sorted(rule for of, rule in gone if of == scope),
            "asked_of": subject,
            "held": ledger_held.digests(conn, ["audit.rule_version"], [f"{door} {scope}"]),
        }
        ledger.append(conn, "rules.changed", scope, {**detail, **code})


def _differences(before: Mapping[str, Any], now: Declared) -> dict[str, Any]:
    """Name → what was declared, and what is."""
    told = asdict(now)
    pairs = {name: (before[name], told[name]) for name in told if name in before and name != "declaration"}
    parts = sorted({*before["declaration"], *now.declaration})
    pairs |= {name: (before["declaration"].get(name), now.declaration.get(name)) for name in parts}
    return {name: [_short(one) for one in pair] for name, pair in pairs.items() if pair[0] != pair[1]}


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value if len(text) <= _SHOWN_CHARACTERS else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _commit() -> str | None:
    """The commit of the code at hand, ``-dirty`` where files differ from it; None where there is no repository."""
    root, git = get_settings().project_root, shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    asked = subprocess.run(
        [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return asked.stdout.strip() or None if asked.returncode == 0 else None


# ---------------------------------------------------------------------------------------------------------- to read
def listed(
    conn: psycopg.Connection[Any],
    *,
    door: str | None = None,
    scope: str | None = None,
    rule: str | None = None,
    all_versions: bool = False,
) -> list[dict[str, Any]]:
    """Versions by door, scope and rule, the newest first, each with when it was last asked, and of what."""
    asked = {"door": door, "scope": scope, "rule": rule, "all": all_versions}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LISTED, asked).fetchall()


def history(conn: psycopg.Connection[Any], scope: str, rule: str) -> list[dict[str, Any]]:
    """All versions of a rule, newest first, each with ``changed``: what the one before said otherwise.

    Raises:
        SimpulError: no door has asked such a rule.
    """
    found = listed(conn, scope=scope, rule=rule, all_versions=True)
    if not found:
        raise SimpulError(
            f"no gate has asked a rule '{rule}' of {scope}", code="rule", hint="see `simpul rules list`"
        )
    return with_changes(found)


def with_changes(versions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Versions as `listed` gives them, with ``changed``: name → what the one before said, and what it says."""
    told: list[dict[str, Any]] = []
    for _, group in groupby(versions, key=lambda one: (one["door"], one["scope"], one["rule_code"])):
        of_rule = list(group)
        for newer, older in zip(of_rule, [*of_rule[1:], None], strict=True):
            told.append({**newer, "changed": _differences(older, _as_declared(newer)) if older else {}})
    return told


def _as_declared(row: Mapping[str, Any]) -> Declared:
    names = ("door", "scope", "severity", "dimension", "text_en", "text_id", "owner", "basis", "is_basis_read",
             "declaration")  # fmt: skip
    return Declared(code=row["rule_code"], **{name: row[name] for name in names})
