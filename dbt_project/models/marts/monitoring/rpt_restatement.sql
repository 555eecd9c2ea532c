-- What was published before stands in no file of this release: the whole table is volatile (docs/adr/0011, rule 8).
with restated as (

    {% for mart in compared_marts().split() %}
        {% if not loop.first %}
            union all
        {% endif %}
        {{ restated(figures_of(mart, published_rows(mart)), figures_of(mart, ref(mart))) }}
    {% endfor %}

),

file as (

    select * from {{ source('audit', 'file') }}

),

-- what people are counted from, and is in one of the two releases only
changed_file as (

    select
        file.file_id,
        coalesce(file.region_code, '00') as region_code,
        bool_or(input.release_id = {{ release_id() }}) as is_new
    from {{ source('audit', 'release_input') }} as input
    inner join file on input.file_id = file.file_id
    where input.release_id in ({{ release_id() }}, {{ published_release() }}) and file.agency <> 'bps'
    group by file.file_id, file.region_code
    having count(*) = 1

),

-- of one file that came or left it can be said that the count comes from it; of several, only how many
changed_by_region as (

    select
        counted.region_code,
        count(*)::integer as changed_files,
        case
            when count(*) filter (where changed_file.is_new) = 1
                then max(changed_file.file_id) filter (where changed_file.is_new)
        end as new_file_id,
        case
            when count(*) filter (where not changed_file.is_new) = 1
                then max(changed_file.file_id) filter (where not changed_file.is_new)
        end as gone_file_id
    from (
        select distinct region_code from restated where coalesce(source_file_id_before, source_file_id_now) is null
    ) as counted
    inner join changed_file
        on
            {{ is_within('counted.region_code', 'changed_file.region_code') }}
            or {{ is_within('changed_file.region_code', 'counted.region_code') }}
    group by counted.region_code

),

published as (

    select
        {{ release_stamp() }},
        {{ published_release() }} as release_before,
        restated.table_name,
        restated.region_code,
        restated.province_code,
        restated.period,
        restated.breakdown,
        restated.measure,
        restated.kind,
        {{ why_restated('restated') }} as explanation,
        {{ why_restated('restated', 'id') }} as explanation_id,
        restated.value_before,
        restated.value_now,
        restated.change,
        restated.missing_reason_before,
        restated.missing_reason_now,
        coalesce(restated.source_file_id_before, changed.gone_file_id) as source_file_id_before,
        coalesce(restated.source_file_id_now, changed.new_file_id) as source_file_id_now,
        -- a list of people may be named after one of them: its name stays with the auditors
        file_before.printable_name as source_file_name_before,
        file_now.printable_name as source_file_name_now,
        case
            when coalesce(restated.source_file_id_before, restated.source_file_id_now) is null
                then coalesce(changed.changed_files, 0)
        end as changed_files
    from restated
    left join changed_by_region as changed
        on
            coalesce(restated.source_file_id_before, restated.source_file_id_now) is null
            and restated.region_code = changed.region_code
    left join file as file_before
        on restated.source_file_id_before = file_before.file_id and file_before.agency = 'bps'
    left join file as file_now
        on restated.source_file_id_now = file_now.file_id and file_now.agency = 'bps'
    -- of the first release everything would be new
    where {{ published_release() }} is not null

)

select * from published
