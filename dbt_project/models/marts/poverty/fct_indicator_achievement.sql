with indicator as (

    select * from {{ ref('int_indicator_achievement') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        indicator,
        indicator_as_printed,
        number_as_printed,
        unit,
        direction,
        target,
        realised,
        realised_year,
        case
            when has_one_figure_only then null
            when direction = 'higher' then realised >= target
            when direction = 'lower' then realised <= target
        end as is_achieved,
        case
            when target is null and realised is null then 'no_figure'
            when has_one_figure_only then 'one_figure_only'
            when direction is null then 'unknown_indicator'
        end as why_not_said,
        agencies,
        has_conflicting_figures,
        _file_id as source_file_id,
        _row as source_row
    from indicator

)

select * from published
