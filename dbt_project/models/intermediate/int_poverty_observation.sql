with told as (

    select * from {{ ref('int_poverty_told') }}

),

-- a later edition that tells otherwise has revised the figure; what another kind of table tells only contradicts it
objection as (

    select
        region_code,
        place_key,
        year,
        month,
        area,
        indicator,
        bool_or(not is_replaced) as has_conflicting_figures,
        bool_or(
            not is_quoted
            and dataset = published_dataset
            and (is_replaced or file_period < published_file_period)
        ) as is_revised
    from told
    where is_contradicting
    group by region_code, place_key, year, month, area, indicator

),

preferred as (

    select
        told.region_code,
        told.region_name,
        told.province_name,
        told.region_code_sent,
        told.region_problem,
        told.year,
        told.month,
        told.area,
        told.indicator,
        told.figure,
        case
            when told.value_status = 'final' and objection.is_revised then 'revised'
            else told.value_status
        end as value_status,
        told.missing_reason,
        coalesce(objection.has_conflicting_figures, false) as has_conflicting_figures,
        told.sender,
        told.is_quoted,
        told.dataset,
        told._file_id,
        told._sheet,
        told._row,
        told._column
    from told
    left join objection
        on
            told.place_key = objection.place_key
            and coalesce(told.region_code, '') = coalesce(objection.region_code, '')
            and told.year = objection.year
            and told.month = objection.month
            and told.area = objection.area
            and told.indicator = objection.indicator
    where told.preference = 1

)

select * from preferred
