{# Two beats that the lists of people share: drop what was sent twice, give every record a key that no file decides.

   A record sent again (same own number of the agency, same person) is one record, its newest delivery. Two persons under
   one number stay two: dropping one would take somebody's aid away. A number that ever stood for several persons at once
   is no key for any of them: each gets `#` and four digits of a hash of what tells them apart, the same whoever else
   shares the number, comes or goes. So short that it fits hundreds of the NIKs of any city; should two sharers have the
   same, `.2` follows. A record without a number is known by a hash of what it says.

   `own_number`: the agency's number of a record; `told_apart_by`: columns that tell two persons under one number apart;
   `otherwise`: columns to know a record by when it has no number.

   With `every_row`, two rows of one file are two events (payments), counted by `nth_row`; only what another file tells
   again is marked `is_repeated`, and stays: the publication gate counts it. #}
{% macro deduplicated_records(cte, own_number, told_apart_by, otherwise, every_row=false) -%}
    numbered as (

        select
            *,
            coalesce({{ own_number }}, 'x' || md5(concat_ws('|', {{ otherwise | join(', ') }}))) as own_number,
            coalesce({{ told_apart_by | join(', ') }}, '') as told_apart_by
        from {{ cte }}

    ),

    deduplicated as (

        {{ rows_told_once() if every_row else newest_records() }}

    ),

    with_source_key as (

        select
            *,
            own_number
            || case
                when bool_or(is_shared_at_once) over (partition by own_number)
                    then '#' || sharer || coalesce('.' || nullif(same_sharer, 1), '')
                else ''
            end as source_key
        from (
            select
                *,
                min(told_apart_by) over (partition by own_number, period)
                <> max(told_apart_by) over (partition by own_number, period) as is_shared_at_once,
                dense_rank() over (partition by own_number, period, sharer order by told_apart_by) as same_sharer
            from (
                select
                    *,
                    left(md5(own_number || '|' || told_apart_by), 4) as sharer
                from deduplicated
            ) as hashed
        ) as counted

    )
{%- endmacro %}


{# The newest delivery of every record. #}
{% macro newest_records() -%}
    select distinct on (own_number, period, told_apart_by) *
        from numbered
        order by own_number, period, told_apart_by, {{ newest_first() }}
{%- endmacro %}


{# Every row, counted in its file, and whether a newer file tells the same. #}
{% macro rows_told_once() -%}
    select
            *,
            row_number() over (
                partition by own_number, period, told_apart_by, _file_id order by _sheet, _row
            ) as nth_row,
            dense_rank() over (
                partition by own_number, period, told_apart_by order by file_received_at desc, _file_id desc
            ) > 1 as is_repeated
        from numbered
{%- endmacro %}


{# Where a person lives, as the list writes it; some lists stop at the village. Contracts call these columns alike. #}
{% macro residence_columns(with_address=true) -%}
    {{ clean_text('provinsi') }} as province_name,
        {{ clean_text('kabupaten') }} as regency_name,
        {{ clean_text('kecamatan') }} as district_name,
        {{ clean_text('desa') }} as village_name
    {%- if with_address %},
        {{ clean_text('alamat') }} as address,
        {{ clean_text('dusun') }} as hamlet,
        {{ clean_text('rt') }} as rt,
        {{ clean_text('rw') }} as rw
    {%- endif -%}
{%- endmacro %}


{# What every list of people is asked for, in one order; a list that lacks a column says NULL. `code_system`: whose
   codes of regions the list has (bps, kemendagri), if any. #}
{% macro person_record_columns(dataset, lacks=[], code_system=none) -%}
    '{{ dataset }}' as dataset,
    {% for column in [
        'nik', 'no_kk', 'name', 'sex', 'birth_date', 'birth_place', 'mother_name', 'address',
        'province_name', 'regency_name', 'district_name', 'village_name', 'remark'
    ] -%}
    {{ ('null::' ~ ('date' if column == 'birth_date' else 'text') ~ ' as ') if column in lacks }}{{ column }},
    {% endfor -%}
    {{ 'region_code_sent' if code_system else 'null::text as region_code_sent' }},
    {{ "'" ~ code_system ~ "'" if code_system else 'null::text' }} as code_system,
    -- a name means the same at any time
    {{ 'case when region_code_sent is not null then period end' if code_system else 'null::text' }} as code_period,
    source_key,
    period,
    file_region_code,
    _file_id,
    _sheet,
    _row
{%- endmacro %}


{# What lists and officers say against paying somebody (int_recipient_mark), by person: the body of a CTE. #}
{% macro marks_of_persons(marks=none) -%}
    select
        link.person_id,
        mark.mark,
        mark.registry,
        mark.since,
        mark.record_key
    from {{ ref('int_recipient_mark') }} as mark
    inner join {{ source('identity', 'link') }} as link on mark.record_key = link.record_key
    {%- if marks %}
    where mark.mark in ('{{ marks | join("', '") }}')
    {%- endif %}
{%- endmacro %}
