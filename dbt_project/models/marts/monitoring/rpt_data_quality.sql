-- only the files of this release: a rule's last word on each of them
with verdict as (

    select distinct on (result.file_id, result.rule_code, result.column_name)
        result.*,
        file.dataset as file_dataset,
        file.agency,
        coalesce(file.region_code, '00') as region_code,
        coalesce(file.period, 'unknown') as period
    from {{ source('audit', 'gate_result') }} as result
    inner join {{ source('audit', 'release_input') }} as input on result.file_id = input.file_id
    inner join {{ source('audit', 'file') }} as file on result.file_id = file.file_id
    where result.door = 'landing' and input.release_id = {{ release_id() }}
    order by result.file_id, result.rule_code, result.column_name, result.run_at desc, result.gate_result_id desc

),

per_file as (

    select
        file_id,
        file_dataset as dataset,
        agency,
        region_code,
        period,
        dimension,
        count(*) as rules,
        max(checked) as records,
        sum(checked) as checks,
        sum(failing) as failing
    from verdict
    group by file_id, file_dataset, agency, region_code, period, dimension

),

-- score = share of checks that held; a rule that looked at nothing says nothing
scored as (

    select
        dataset,
        agency,
        region_code,
        period,
        dimension,
        sum(records)::bigint as records,
        sum(failing)::bigint as failing,
        max(rules) as rules,
        {{ metric('score') }} as score
    from per_file
    group by dataset, agency, region_code, period, dimension

),

-- how many records came, and how many more or fewer than for the period before; what was replaced does not count
delivered as (

    select
        file.dataset,
        coalesce(file.region_code, '00') as region_code,
        coalesce(file.period, 'unknown') as period,
        sum(file.rows_loaded)::bigint as delivered_records
    from {{ source('audit', 'file') }} as file
    inner join {{ source('audit', 'release_input') }} as input on file.file_id = input.file_id
    where input.release_id = {{ release_id() }}
    group by file.dataset, coalesce(file.region_code, '00'), coalesce(file.period, 'unknown')

),

delivered_since as (

    select
        *,
        lag(delivered_records) over (
            partition by dataset, region_code
            order by {{ period_last_day('period') }}, period
        ) as delivered_before
    from delivered

),

published as (

    select
        {{ release_stamp() }},
        scored.dataset,
        scored.agency,
        scored.region_code,
        left(scored.region_code, 2) as province_code,
        scored.period,
        scored.dimension,
        scored.score,
        scored.records,
        scored.failing,
        scored.rules,
        scored.score
        - lag(scored.score) over (
            partition by scored.dataset, scored.region_code, scored.dimension
            order by {{ period_last_day('scored.period') }}, scored.period
        ) as trend,
        since.delivered_records,
        {{ metric('delivered_change_percent') }} as delivered_change_percent
    from scored
    inner join delivered_since as since
        on
            scored.dataset = since.dataset
            and scored.region_code = since.region_code
            and scored.period = since.period

)

select * from published
