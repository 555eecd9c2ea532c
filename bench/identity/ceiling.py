"""What nobody could tell: records without a NIK whose every word is true of somebody else, too.

A payment list that says only a name, twins of one name, the village's many Aminahs of 1 January 1970: whoever links
such a record guesses. Counted so that a goal for recall is not set above what the records say.
"""

from __future__ import annotations

import pyarrow as pa

_IN_DOUBT = """
with record as (
    select t.person, t.nik_usable, upper(r.name) as name, r.birth_date, r.sex, r.no_kk, upper(r.mother_name) as mother,
        r.regency_region_code as regency
    from records r join truth t using (record_key)),
-- what the lists say of a person most often
person as (
    select person, mode(name) as name, mode(birth_date) as birth_date, mode(sex) as sex, mode(no_kk) as no_kk,
        mode(mother) as mother, mode(regency) as regency, count(*) as records
    from record group by person),
doubtful as (
    select r.person, p.records
    from record r join person p using (person)
    where not r.nik_usable and exists (
        select 1 from person o
        where o.person <> r.person and o.name = r.name and o.regency = r.regency
            and coalesce(o.birth_date = r.birth_date, true) and coalesce(o.sex = r.sex, true)
            and coalesce(o.no_kk = r.no_kk, true) and coalesce(o.mother = r.mother, true)))
select coalesce(sum(records - 1), 0) from doubtful
"""


def pairs_in_doubt(records: pa.Table, truth: pa.Table) -> int:
    """True pairs that hang on a record which fits somebody else as well; what is not said fits everybody."""
    import duckdb

    with duckdb.connect() as con:
        con.register("records", records)
        con.register("truth", truth)
        return int(con.execute(_IN_DOUBT).fetchall()[0][0])
