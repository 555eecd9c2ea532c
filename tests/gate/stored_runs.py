"""Years of judged files and releases, as far as the pages read them; seeded, so that every run has the same."""

from __future__ import annotations

from typing import Any

import psycopg

RULES = 30
_PER_RELEASE = 4  # files between two releases

_FILES = """
insert into audit.file (file_id, file_name, source_path, sha256, bytes, agency, dataset, edition, period, region_code,
    slice_key, status, reason, reason_id, rows_read, rows_loaded, rows_quarantined, received_at, landed_at, structure)
select 'stored' || n, 'Daftar penerima bantuan sosial Kota Contoh nomor ' || n || '.xlsx', '/inbox/dinsos/' || n,
    encode(sha256(n::text::bytea), 'hex'), 1000 + n, 'dinsos',
    (%(datasets)s::text[])[1 + n %% cardinality(%(datasets)s)],
    'template', to_char(at, 'YYYY-MM'), '12.74', to_char(at, 'YYYY-MM') || '|12.74|' || n, status,
    case status when 'held' then 'the file is held: more than 50 percent of the records break the rule nik_scientific; '
        'send the column as text' end,
    case status when 'held' then 'berkas ditahan: lebih dari 50 persen rekaman melanggar aturan nik_scientific; kirim '
        'kolomnya sebagai teks' end,
    1000, case status when 'held' then 0 else 990 end, case status when 'held' then 0 else 10 end, at, at,
    jsonb_build_object('sheet', 'Data', 'records_read', 1000)
from generate_series(1, %(files)s) as n,
    lateral (select timestamptz '2016-01-01 03:00Z' + interval '3653 days' * n / %(files)s as at,
        case when n %% 10 = 0 then 'held' when n %% 7 = 0 then 'superseded' else 'landed' end as status) as told"""
_RELEASES = """
insert into audit.release (release_id, label, status, created_at, published_at, inputs_hash)
select n + %(behind)s, 'rilis ' || n,
    case when n %% 20 = 0 then 'refused' when n < %(releases)s - 24 then 'retired' else 'published' end, at, at, 'x'
from generate_series(1, %(releases)s) as n,
    lateral (select timestamptz '2016-01-01 04:00Z' + interval '3653 days' * n / %(releases)s as at) as told"""
_RESULTS = """
insert into audit.gate_result (door, dataset, file_id, release_id, table_name, rule_code, severity, dimension, passed,
    checked, failing, description_en, description_id, report)
select {door}, {dataset}, {file}, {release}, 'a_table', 'rule_' || rule,
    case when rule %% 3 = 0 then 'warn' else 'fail' end, (array['structural', 'logical', 'analytical'])[1 + rule %% 3],
    rule <> 3, 1000, case when rule = 3 then 7 else 0 end,
    'A rule of some length that says what must hold in the table.', 'Aturan yang cukup panjang tentang isi tabel.',
    {report}
from {subjects}, generate_series(1, %(rules)s) as rule"""


def store(conn: psycopg.Connection[Any], runs: int, datasets: list[str], *, behind: int = 0) -> None:
    """So many judged files and releases together, over ten years up to the end of 2025, and one waiver in a hundred.

    ``behind``: the number of a release that is there already.
    """
    releases = max(runs // (_PER_RELEASE + 1), 1)
    values = {
        "files": runs - releases,
        "releases": releases,
        "datasets": datasets,
        "rules": RULES,
        "behind": behind,
    }
    conn.execute(_FILES, values)
    conn.execute(_RELEASES, values)
    conn.execute(
        _RESULTS.format(
            door="'landing'", dataset="dataset", file="file_id", release="null", subjects="audit.file",
            report="'landing/' || file_id || '/index.html'",
        ),
        values,
    )  # fmt: skip
    conn.execute(
        _RESULTS.format(
            door="'publication'", dataset="null", file="null", release="release_id",
            subjects="(select * from audit.release where release_id > %(behind)s) as stored",
            report="'releases/' || release_id || '/index.html'",
        ),
        values,
    )  # fmt: skip
    conn.execute(
        "insert into audit.release_input select (select max(release_id) from audit.release), file_id from audit.file"
        " where status = 'landed'"
    )
    conn.execute(
        "insert into audit.waiver (door, scope, rule_code, until, asked_by, why, approved_by, approved_at)"
        " select 'landing', 'dinsos.dtks', 'rule_' || n, '2020-01-01', 'siti', 'x', 'budi', now()"
        " from generate_series(1, %s) as n",
        (runs // 100,),
    )
    conn.execute("analyze")
