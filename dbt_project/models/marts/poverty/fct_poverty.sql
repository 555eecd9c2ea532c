with figure as (

    select * from {{ ref('fct_poverty_figure') }}

),

-- one row where at least one figure is known; why another is not, fct_poverty_figure says for each
side_by_side as (

    select
        region_code,
        province_code,
        year,
        month,
        area,
        max(figure) filter (where indicator = 'p0_percent') as p0_percent,
        max(figure) filter (where indicator = 'poor_people')::bigint as poor_people,
        max(figure) filter (where indicator = 'poverty_line_idr')::bigint as poverty_line_idr,
        max(figure) filter (where indicator = 'p1_index') as p1_index,
        max(figure) filter (where indicator = 'p2_index') as p2_index,
        max(missing_reason) filter (where indicator = 'p0_percent') as p0_reason,
        -- and as trustworthy as the least of them
        coalesce(bool_or(is_quoted) filter (where figure is not null), false) as is_quoted,
        -- the row is as certain as the least certain of its figures
        min({{ value_status_rank('value_status') }}) filter (where figure is not null) as certainty,
        -- the file of the first of these that is known
        (
            array_agg(file_id order by {{ indicator_rank('indicator') }}) filter (where figure is not null)
        )[1] as source_file_id
    from figure
    group by region_code, province_code, year, month, area
    having count(figure) > 0

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        province_code,
        year,
        month,
        to_char(make_date(year, month, 1), 'YYYY-MM') as period,
        area,
        p0_percent,
        poor_people,
        poverty_line_idr,
        p1_index,
        p2_index,
        (array['estimate', 'provisional', 'revised', 'final'])[certainty] as value_status,
        case when p0_percent is null then coalesce(p0_reason, 'in_no_file') end as p0_missing_reason,
        is_quoted,
        source_file_id
    from side_by_side

)

select * from published
