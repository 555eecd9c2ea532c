{# From what was sent of a place to the Kemendagri code that stands for it today, and how sure that is: the rules of
   simpul.regions.Regions.place, in SQL. tests/golden/region_codes.csv holds both to one truth table.

   `places`: a CTE of distinct places with code_sent, code_system (bps, kemendagri, or NULL where nobody says), province_name,
   regency_name, district_name, village_name, file_region_code and first_day, last_day of the file's period, beside what the caller
   knows it by. Gives the CTE `resolved_place`: the same and region_code, region_status.

   A code counts in the system it is said to be of. What is beside it (its names, else the region of the file) must
   not contradict it; where it does and agrees with the code's meaning in the other system, that is said, and the code is
   not used. Names win over a code, a code over the region of the file. #}
{% macro resolved_regions(places) -%}
    region_today as (

        select distinct
            region_code,
            current_code
        from {{ ref('int_region_name') }}

    ),

    -- every code of both systems and the region that stands for it today: the code that followed it, else what it lay in
    known_code as (

        select
            region.region_code,
            region.bps_code,
            -- what the oldest list holds is older than that
            case
                when region.first_vintage > min(region.first_vintage) over () then region.valid_from
            end as valid_from,
            region.valid_to,
            case
                when today.is_current then today.region_code
                else coalesce(parent_today.current_code, today.parent_region_code)
            end as standing_code
        from {{ ref('seed_region') }} as region
        left join region_today on region.region_code = region_today.region_code
        inner join {{ ref('seed_region') }} as today
            on coalesce(region_today.current_code, region.region_code) = today.region_code
        left join region_today as parent_today on today.parent_region_code = parent_today.region_code

    ),

    numbered_place as (

        select
            *,
            row_number() over () as place_number,
            {{ code_digits('code_sent', 2, 4) }} as kemendagri_digits,
            {{ code_digits('code_sent', 3, 3) }} as bps_digits
        from {{ places }}

    ),

    read_place as (

        select
            numbered_place.*,
            -- a village of Kemendagri is 1 (kelurahan), 2 (desa) or 3 (desa adat) and three digits
            case
                when kemendagri_digits ~ '^(00(00)?|[1-9][0-9]([0-9]{2}([0-9]{2}([123][0-9]{3})?)?)?)$'
                    then {{ dotted_code("regexp_replace(kemendagri_digits, '^(..)00$', '\\1')") }}
            end as kemendagri_code,
            case
                when bps_digits ~ '^(0000|[1-9][0-9]([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)$'
                    then left(regexp_replace(bps_digits, '^([1-9].)00$', '\1'), 4)
            end as bps_code
        from numbered_place

    ),

    -- the finest part of the code that is known; a code of which not even the regency is known says nothing
    kemendagri_region as (

        select distinct on (part.place_number)
            part.place_number,
            known_code.region_code,
            known_code.standing_code,
            known_code.valid_from,
            known_code.valid_to,
            known_code.region_code = part.kemendagri_code as is_whole
        from (
            select
                place_number,
                kemendagri_code,
                left(kemendagri_code, width) as part_code
            from read_place
            cross join unnest(array[2, 5, 8]) as width
            where length(kemendagri_code) >= width and width >= least(length(kemendagri_code), 5)
        ) as part
        inner join known_code on part.part_code = known_code.region_code
        order by part.place_number, length(part.part_code) desc

    ),

    village as (

        select
            *,
            valid_from > min(valid_from) over () as is_of_a_later_list
        from {{ ref('int_village') }}

    ),

    listed_district as (

        select
            parent_region_code as district_code,
            min(valid_from) as listed_from
        from village
        group by parent_region_code

    ),

    reading as (

        select
            read_place.place_number,
            read_place.code_system,
            case when village.is_current then village.region_code else kemendagri_region.standing_code end
                as kemendagri_region_code,
            case
                when village.region_code is null then kemendagri_region.valid_from
                when village.is_of_a_later_list then village.valid_from
            end as kemendagri_from,
            coalesce(village.valid_to, kemendagri_region.valid_to) as kemendagri_to,
            kemendagri_region.is_whole
            or village.region_code is not null
            -- where no list says which villages there were, the district is all that can be known
            or (
                length(read_place.kemendagri_code) = 13
                and length(kemendagri_region.region_code) = 8
                and coalesce(listed_district.listed_from > read_place.last_day, listed_district.district_code is null)
            ) as kemendagri_is_whole,
            bps.standing_code as bps_region_code,
            bps.valid_from as bps_from,
            bps.valid_to as bps_to
        from read_place
        left join kemendagri_region on read_place.place_number = kemendagri_region.place_number
        left join village on read_place.kemendagri_code = village.region_code
        left join listed_district on kemendagri_region.region_code = listed_district.district_code
        left join known_code as bps on read_place.bps_code = bps.bps_code

    ),

    -- what the code is in the system it is said to be of, and in the other; where nobody says, it is one of Kemendagri if
    -- it can be
    code_place as (

        select
            read_place.*,
            case when reading.is_bps then reading.bps_region_code else reading.kemendagri_region_code end as own_code,
            case when reading.is_bps then reading.kemendagri_region_code else reading.bps_region_code end as other_code,
            case when reading.is_bps then reading.bps_from else reading.kemendagri_from end as own_from,
            case when reading.is_bps then reading.bps_to else reading.kemendagri_to end as own_to,
            reading.is_bps or reading.kemendagri_is_whole as own_is_whole,
            case when reading.is_bps then read_place.bps_code else read_place.kemendagri_code end is not null
                as has_own_form
        from read_place
        inner join (
            select
                *,
                coalesce(code_system = 'bps', kemendagri_region_code is null) as is_bps
            from reading
        ) as reading on read_place.place_number = reading.place_number

    ),

    -- regencies by the province that they are looked for in; where nobody says one, those that are one alone in the nation
    regency_name as (

        select
            parent_region_code,
            name_key,
            region_code,
            current_code
        from {{ ref('int_region_name') }}
        where length(parent_region_code) = 2 and parent_region_code <> '00'

        union all

        select
            'any' as parent_region_code,
            name_key,
            min(current_code) as region_code,
            min(current_code) as current_code
        from {{ ref('int_region_name') }}
        where length(parent_region_code) = 2 and parent_region_code <> '00'
        group by name_key
        having min(current_code) = max(current_code)

    ),

    -- A name is looked for in the region above it: the one named, or where none is, that of the file.
    regency_place as (

        select
            keyed_place.*,
            province.region_code as named_province_code,
            province.current_code as province_today,
            coalesce(city.region_code, regency.region_code) as named_regency_code,
            coalesce(city.current_code, regency.current_code) as regency_today
        from (
            select
                *,
                {{ name_key('province_name') }} as province_key,
                {{ name_key('regency_name') }} as regency_key,
                {{ name_key('district_name') }} as district_key,
                {{ name_key('village_name') }} as village_key,
                left(nullif(file_region_code, '00'), 2) as file_province_code
            from code_place
        ) as keyed_place
        left join {{ ref('int_region_name') }} as province
            on province.parent_region_code = '00' and keyed_place.province_key = province.name_key
        left join regency_name as regency
            on
                case
                    when keyed_place.province_name is null then coalesce(keyed_place.file_province_code, 'any')
                    else province.region_code
                end = regency.parent_region_code
                and keyed_place.regency_key = regency.name_key
        -- a list may leave out `Kota` where a code tells the city from the regency of its name
        left join regency_name as city
            on
                regency.parent_region_code = city.parent_region_code
                and 'kota' || regency.name_key = city.name_key
                and {{ is_within('keyed_place.own_code', 'city.current_code') }}

    ),

    named_place as (

        select
            regency_place.*,
            coalesce(
                village.region_code, district.current_code, regency_place.regency_today, regency_place.province_today
            ) as named_region_code,
            case
                when regency_place.village_name is not null and listed_district.district_code is not null
                    then village.region_code is null
                when regency_place.district_name is not null then district.region_code is null
                when regency_place.regency_name is not null then regency_place.named_regency_code is null
                when regency_place.province_name is not null then regency_place.named_province_code is null
            end as is_unknown_name
        from regency_place
        left join {{ ref('int_region_name') }} as district
            on
                case
                    when regency_place.regency_name is not null then regency_place.named_regency_code
                    when regency_place.province_name is null and length(regency_place.file_region_code) >= 5
                        then left(regency_place.file_region_code, 5)
                end = district.parent_region_code
                and regency_place.district_key = district.name_key
        left join listed_district
            on
                case
                    when regency_place.district_name is not null then district.current_code
                    when coalesce(regency_place.province_name, regency_place.regency_name) is null
                        then left(regency_place.file_region_code, 8)
                end = listed_district.district_code
        left join village
            on
                listed_district.district_code = village.parent_region_code
                and regency_place.village_key = village.name_key
                and village.has_own_name

    ),

    weighed_place as (

        select
            *,
            coalesce(named_region_code, nullif(file_region_code, '00')) as expected_code
        from named_place

    ),

    judged_place as (

        select
            *,
            case
                when code_sent is null
                    then
                        case
                            when is_unknown_name then 'unknown_name'
                            when named_region_code is not null then 'resolved'
                            else 'not_said'
                        end
                when
                    other_code is not null
                    and {{ is_one_place('other_code', 'expected_code') }}
                    and (own_code is null or not {{ is_one_place('own_code', 'expected_code') }})
                    then
                        case
                            when code_system is null then 'resolved'
                            -- somebody of another city may be on the list: a whole code is not doubted for the file alone
                            when named_region_code is null and length(own_code) >= 8 and own_is_whole
                                then 'ambiguous_code'
                            else 'code_of_other_system'
                        end
                when own_code is null and not has_own_form and other_code is not null then 'code_of_other_system'
                when own_code is null then 'unknown_code'
                when named_region_code is not null and not {{ is_one_place('own_code', 'named_region_code') }}
                    then 'code_and_name_disagree'
                when
                    code_system is null
                    and other_code <> own_code
                    and not coalesce(
                        {{ is_one_place('own_code', 'expected_code') }}
                        and not {{ is_one_place('other_code', 'expected_code') }},
                        false
                    )
                    then 'ambiguous_code'
                when own_to < first_day then 'withdrawn_code'
                when own_from > last_day then 'not_yet_valid_code'
                when own_is_whole then 'resolved'
                else 'unknown_code'
            end as region_status
        from weighed_place

    ),

    -- distinct, although every place is there once: PostgreSQL then expects few rows and hashes them
    resolved_place as materialized (

        select distinct on (sent.place_number)
            sent.*,
            -- the region of the file where the record says none, or only an upper region of it
            case
                when file_region_code is null then sent_region_code
                when sent_region_code is null or {{ is_within('file_region_code', 'sent_region_code') }}
                    then file_region_code
                else sent_region_code
            end as region_code
        from (
            select
                *,
                case
                    when
                        code_sent is null
                        or region_status in ('code_of_other_system', 'code_and_name_disagree', 'ambiguous_code')
                        then named_region_code
                    when
                        code_system is null
                        and {{ is_one_place('other_code', 'expected_code') }}
                        and not coalesce({{ is_one_place('own_code', 'expected_code') }}, false)
                        then {{ finer_code('other_code', 'named_region_code') }}
                    else {{ finer_code('own_code', 'named_region_code') }}
                end as sent_region_code
            from judged_place
        ) as sent

    )
{%- endmacro %}


{# Villages that some lists name without a district, or without a code: where all others have them.

   `places`: a CTE as `resolved_regions` gives it. Gives the CTE `placed_village`: the same and district_region_code,
   village_region_code. #}
{% macro placed_villages(places) -%}
    keyed_place as (

        select
            *,
            left(region_code, 5) as regency_code,
            case when length(region_code) >= 8 then left(region_code, 8) end as own_district_code,
            case when length(region_code) = 13 then region_code end as own_village_code
        from {{ places }}

    ),

    named_village as (

        select
            own_district_code as district_code,
            own_village_code as village_code,
            village_key
        from keyed_place
        where own_district_code is not null and village_key <> ''

        union

        select
            parent_region_code as district_code,
            region_code as village_code,
            name_key as village_key
        from {{ ref('int_village') }}
        where is_current

    ),

    -- a list of a village hall names the village and no district: it lies where all others of the regency have that name …
    district_of_village as (

        select
            left(district_code, 5) as regency_code,
            village_key,
            min(district_code) as district_code
        from named_village
        group by left(district_code, 5), village_key
        having min(district_code) = max(district_code)

    ),

    -- … and some lists have codes of villages where others have names
    code_of_village as (

        select
            district_code,
            village_key,
            min(village_code) as village_code
        from named_village
        group by district_code, village_key
        having min(village_code) = max(village_code)

    ),

    placed_village as (

        select
            keyed_place.*,
            coalesce(keyed_place.own_district_code, district.district_code) as district_region_code,
            coalesce(keyed_place.own_village_code, village.village_code) as village_region_code
        from keyed_place
        left join district_of_village as district
            on keyed_place.regency_code = district.regency_code and keyed_place.village_key = district.village_key
        left join code_of_village as village
            on
                coalesce(keyed_place.own_district_code, district.district_code) = village.district_code
                and keyed_place.village_key = village.village_key

    )
{%- endmacro %}


{# What a filled form says of a place, one code and one name beside it of whatever level, as `resolved_regions` asks for
   it: simpul.regions.Sent.of_form in SQL. The form asks for a code of Kemendagri. Four digits without a dot may be one
   of BPS all the same: of those nobody says whose they are, so the name decides. What is no code at all (`12,74`, a
   word) says nothing of the level of the name. #}
{% macro form_place_columns(code, name) -%}
    {%- set readable = "substring(" ~ code ~ " from '^[0-9.]+$')" -%}
    {%- set digits = "coalesce(length(replace(" ~ readable ~ ", '.', '')), 0)" -%}
    {%- set province_code = readable ~ " ~ '^([0-9]{1,2}|[0-9]{2}[.]?00)$'" -%}
    {%- set is_province = "coalesce(" ~ province_code ~ ", " ~ name ~ " ~* '^prov', false)" -%}
    {{ code }} as code_sent,
    case when {{ readable }} ~ '[.]' or {{ digits }} > 4 then 'kemendagri' end as code_system,
    case when {{ is_province }} then {{ name }} end as province_name,
    case when not {{ is_province }} and {{ digits }} <= 4 then {{ name }} end as regency_name,
    case when {{ digits }} between 5 and 7 then {{ name }} end as district_name,
    case when {{ digits }} > 7 then {{ name }} end as village_name
{%- endmacro %}


{# The digits of a code. Its parts may come with dots, from columns of their own without their zeros: `12.1.10.3` has
   12, 01, 010 and 003 where a district has three digits. `12.1` may be 12.01, or 12.10 cut by a spreadsheet: none. #}
{% macro code_digits(text, district_digits, village_digits) -%}
    case
        when {{ text }} ~ '^[0-9]+$' then {{ text }}
        when {{ text }} ~ '^[0-9]{2}[.][0-9]{2}$' then replace({{ text }}, '.', '')
        when
            {{ text }}
            ~ '^[0-9]{2}[.][0-9]{1,2}[.][0-9]{1,{{ district_digits }}}([.][0-9]{1,{{ village_digits }}})?$'
            then
                split_part({{ text }}, '.', 1)
                || lpad(split_part({{ text }}, '.', 2), 2, '0')
                || lpad(split_part({{ text }}, '.', 3), {{ district_digits }}, '0')
                || coalesce(lpad(nullif(split_part({{ text }}, '.', 4), ''), {{ village_digits }}, '0'), '')
    end
{%- endmacro %}


{# `127401` → `12.74.01` #}
{% macro dotted_code(digits) -%}
    concat_ws(
        '.',
        left({{ digits }}, 2),
        nullif(substr({{ digits }}, 3, 2), ''),
        nullif(substr({{ digits }}, 5, 2), ''),
        nullif(substr({{ digits }}, 7), '')
    )
{%- endmacro %}


{# Whether two codes can be of one place: the same, or one lies in the other. #}
{% macro is_one_place(code, other_code) -%}
    ({{ is_within(code, other_code) }} or {{ is_within(other_code, code) }})
{%- endmacro %}


{# Whether a region lies in that of a list, or did when the list was made: one from before a part was split off speaks
   about the part as well. `day`: the first of the list's period. Few rows ask for the second half. #}
{% macro was_within(region_code, list_region_code, day) -%}
    (
        {{ is_within(region_code, list_region_code) }}
        or exists (
            select from {{ ref('int_region_split') }} as split
            where
                {{ list_region_code }} = split.whole_code
                and {{ day }} < split.parted_on
                and {{ is_within(region_code, 'split.part_code') }}
        )
    )
{%- endmacro %}


{# The lists of a CTE (its `columns` and list_region_code), each once more for every part that was split off since from
   the region that it is of. #}
{% macro lists_of_parts_too(lists, columns, day) -%}
    select
        {{ columns | join(',\n        ') }},
        list_region_code
    from {{ lists }}
    union
    select
        {{ columns | join(',\n        ') }},
        split.part_code as list_region_code
    from {{ lists }}
    inner join {{ ref('int_region_split') }} as split
        on list_region_code = split.whole_code and {{ day }} < split.parted_on
{%- endmacro %}


{# Of two codes of one place the one that tells more. #}
{% macro finer_code(code, other_code) -%}
    case when length({{ other_code }}) > coalesce(length({{ code }}), 0) then {{ other_code }} else {{ code }} end
{%- endmacro %}


{# The regency or city of a region; NULL where only a province is known. Row rights of persons ask for it first. #}
{% macro regency_of(code) -%}
    nullif(left({{ code }}, 5), left({{ code }}, 2))
{%- endmacro %}


{# Where the finest regions of a CTE are summed up to: district, city, province, nation. What only a city is known of
   counts in the city and above, what nothing is known of in the nation only. Gives region_code ('' where none is known)
   and upper_code. `finest`: the finest region that is known counts too, down to the village. #}
{% macro upper_regions(counted, finest=false) -%}
    select
        region_code,
        upper_code
    from (
        select distinct
            coalesce(region_code, '') as region_code,
            unnest(array[
                '00', left(region_code, 2), left(region_code, 5), left(region_code, 8){{ ', region_code' if finest }}
            ]) as upper_code
        from {{ counted }}
    ) as part
    where upper_code is not null
{%- endmacro %}


{# Of a sum over `upper_region`, what no region below it has, because nobody knows in which of them it is; NULL of a
   district, which has none below. The sums of all regions below and this are the sum: nothing is left over. #}
{% macro unallocated(measure) -%}
    case
        when length(upper_region.upper_code) < 8
            then
                coalesce(
                    sum({{ measure }}) filter (
                        where coalesce(nullif(upper_region.region_code, ''), '00') = upper_region.upper_code
                    ),
                    0
                )::bigint
    end
{%- endmacro %}


{# Every district of today with its regency, and how many that has: lists of all of them are a list of the regency. #}
{% macro districts_of_regencies() -%}
    select
        region_code,
        left(region_code, 5) as regency_code,
        count(*) over (partition by left(region_code, 5)) as districts
    from {{ ref('dim_region') }}
    where level = 'district' and is_current
{%- endmacro %}
