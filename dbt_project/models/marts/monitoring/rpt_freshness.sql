with declared as (

    {{ declared_datasets() }}

),

-- nothing has arrived of a declared dataset: it stands here all the same, for the nation
delivered as (

    select
        file.dataset,
        coalesce(file.region_code, '00') as region_code,
        file.period,
        {{ period_last_day('file.period') }} as last_day,
        file.received_at
    from {{ source('audit', 'file') }} as file
    inner join {{ source('audit', 'release_input') }} as input on file.file_id = input.file_id
    where input.release_id = {{ release_id() }}

),

awaited as (

    select distinct
        dataset,
        region_code
    from delivered

),

-- a table of the nation, or of a province, holds the rows of its parts, so a part is not late; a list or a form of a
-- wider region says nothing of who did not send theirs
latest as (

    select
        awaited.dataset,
        awaited.region_code,
        (array_agg(delivered.period order by delivered.last_day desc nulls last, delivered.received_at desc))[1]
            as last_period,
        max(delivered.last_day) + 1 as next_month,
        max(delivered.received_at) as last_received
    from awaited
    left join declared on awaited.dataset = declared.dataset
    inner join delivered
        on
            awaited.dataset = delivered.dataset
            and (
                awaited.region_code = delivered.region_code
                or (declared.is_of_nation and {{ is_within('awaited.region_code', 'delivered.region_code') }})
            )
    group by awaited.dataset, awaited.region_code

),

-- the next period's data are due one more period after its end: March's list by the end of April
expected as (

    select
        declared.dataset,
        declared.agency,
        declared.cadence,
        coalesce(latest.region_code, '00') as region_code,
        latest.last_period,
        latest.last_received,
        (latest.next_month + 2 * {{ cadence_interval('declared.cadence') }} - interval '1 day')::date as expected_by
    from declared
    left join latest on declared.dataset = latest.dataset

),

published as (

    select
        {{ release_stamp() }},
        dataset,
        agency,
        region_code,
        left(region_code, 2) as province_code,
        cadence,
        last_period,
        last_received,
        expected_by,
        -- of what never came nobody knows that it should have: no due day, not late
        case when cadence <> 'irregular' then expected_by < {{ as_of() }} end as is_late
    from expected

)

select * from published
