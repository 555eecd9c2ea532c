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
    select person, count(*) as records, mode(name order by name) as name,
        mode(birth_date order by birth_date) as birth_date, mode(sex order by sex) as sex,
        mode(no_kk order by no_kk) as no_kk, mode(mother order by mother) as mother,
        mode(regency order by regency) as regency
    from record group by person),
doubtful as (
    select r.person, p.records
    from record r join person p using (person)
    where not r.nik_usable and exists (
        select 1 from person o
        where o.person <> r.person and o.name = r.name and o.regency = r.regency
            and (r.birth_date is null or o.birth_date = r.birth_date) and (r.sex is null or o.sex = r.sex)
            and (r.no_kk is null or o.no_kk = r.no_kk) and (r.mother is null or o.mother = r.mother)))
select coalesce(sum(records - 1), 0) from doubtful
"""


def pairs_in_doubt(records: pa.Table, truth: pa.Table) -> int:
    """True pairs that hang on a record which fits somebody else as well; what it does not say fits everybody."""
    import duckdb

    with duckdb.connect() as con:
        con.register("records", records)
        con.register("truth", truth)
        return int(con.execute(_IN_DOUBT).fetchall()[0][0])
