"""Regions: every code once per validity, under a region of the level above."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import Standing

PROVINCES, REGENCIES = 38, 514  # Kepmendagri 300.2.2-2138/2025

STANDING = Standing(owner="Walidata TKPK", basis="Kepmendagri tentang kode dan nama wilayah (UU 23/2014)")

CHECKS: tuple[Check, ...] = (
    check(
        "region_once",
        "fail",
        "structural",
        column="region_code",
        en="A region code stands once for each day of its validity.",
        id="Satu kode wilayah berlaku satu kali pada setiap hari.",
        query="""
select region.region_code, region.valid_from
from {batch} as region
join {batch} as other on other.region_code = region.region_code and other.ctid <> region.ctid
    and other.valid_from <= coalesce(region.valid_to, 'infinity')
    and region.valid_from <= coalesce(other.valid_to, 'infinity')""",
    ),
    check(
        "region_parent",
        "fail",
        "structural",
        column="parent_region_code",
        en="Every region but the nation has a parent of the level above, whose code its own begins with.",
        id="Setiap wilayah selain nasional punya induk setingkat di atasnya, dan kodenya berawalan kode induk.",
        query="""
with above (level, upper) as (values ('province', 'nation'), ('regency', 'province'), ('district', 'regency'),
    ('village', 'district'))
select region.region_code, region.valid_from
from {batch} as region left join above using (level)
where level <> 'nation' and not exists (
    select from {batch} as parent
    where parent.region_code = region.parent_region_code and parent.level = above.upper
        and (parent.level = 'nation' or region.region_code like parent.region_code || '.%'))""",
        checked="select count(*) from {batch} where level <> 'nation'",
    ),
    check(
        "region_validity",
        "fail",
        "logical",
        column="valid_to",
        en="A region begins before it ends, and a current one has not ended.",
        id="Wilayah mulai berlaku sebelum berakhir, dan wilayah yang berlaku kini belum berakhir.",
        query="""
select region_code, valid_from from {batch}
where valid_from is null or valid_to < valid_from or is_current and valid_to < _as_of""",
    ),
    check(
        "provinces_38",
        "fail",
        "analytical",
        column="region_code",
        en=f"There are {PROVINCES} current provinces and one nation.",
        id=f"Ada {PROVINCES} provinsi yang berlaku dan satu nasional.",
        query=f"""
select level from (values ('province', {PROVINCES}), ('nation', 1)) as expected (level, regions)
where regions <> (select count(*) from {{batch}} as region where region.level = expected.level and is_current)""",
        checked="select count(*) from {batch} where is_current and level in ('nation', 'province')",
    ),
    check(
        "regencies_514",
        "warn",
        "analytical",
        column="region_code",
        en=f"There are {REGENCIES} current regencies and cities.",
        id=f"Ada {REGENCIES} kabupaten/kota yang berlaku.",
        query=f"""
select 'regency' as level
where (select count(*) from {{batch}} where level = 'regency' and is_current) <> {REGENCIES}""",
        checked="select count(*) from {batch} where is_current and level = 'regency'",
    ),
)
