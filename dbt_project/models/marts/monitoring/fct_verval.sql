with budget as (

    select * from {{ ref('int_verval_budget') }}

),

-- counted by the regency of the record; where nobody knows it, together
visit as (

    select
        region_code,
        coalesce(region_code, 'not_said') as place_key,
        year,
        registry_code,
        count(*) as verified,
        count(*) filter (where result = 'found') as found,
        count(*) filter (where result = 'not_found') as not_found,
        count(*) filter (where result = 'moved') as moved,
        count(*) filter (where result = 'deceased') as deceased,
        count(*) filter (where result = 'duplicate') as duplicate,
        count(*) filter (where result is null) as result_unknown,
        count(*) filter (where is_eligible) as eligible,
        count(*) filter (where not is_eligible) as ineligible,
        count(*) filter (where is_eligible is null) as eligibility_unknown,
        coalesce(bool_or(is_household), false) as are_households,
        max(verified_on) as last_verified_on
    from {{ ref('int_verval_visit') }}
    group by region_code, year, registry_code

),

told as (

    select
        coalesce(budget.region_code, visit.region_code) as region_code,
        coalesce(budget.place_key, visit.place_key) as place_key,
        coalesce(budget.year, visit.year) as year,
        coalesce(budget.registry_code, visit.registry_code) as registry,
        budget.is_budgeted,
        budget.budget_idr,
        budget.is_executed,
        visit.verified,
        visit.found,
        visit.not_found,
        visit.moved,
        visit.deceased,
        visit.duplicate,
        visit.result_unknown,
        visit.eligible,
        visit.ineligible,
        visit.eligibility_unknown,
        visit.are_households,
        visit.last_verified_on,
        budget.has_conflicting_figures,
        budget._file_id as source_file_id,
        budget._row as source_row
    from budget
    full join visit
        on
            budget.place_key = visit.place_key
            and budget.year = visit.year
            and budget.registry_code = visit.registry_code

),

-- what there is to visit: the newest edition that was there in that year
target as (

    select distinct on (told.place_key, told.year, told.registry)
        told.place_key,
        told.year,
        told.registry,
        size.records as target_records,
        size.period as target_period
    from told
    inner join {{ ref('int_registry_size') }} as size
        on
            told.region_code = size.region_code
            and told.registry = size.registry
            and size.first_day <= make_date(told.year, 12, 31)
    order by told.place_key, told.year, told.registry, size.first_day desc, size.period desc

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        registry,
        is_budgeted,
        budget_idr,
        is_executed,
        target.target_records,
        target.target_period,
        told.verified,
        -- more visits than records: the edition is not the one that was verified, and says nothing of a share; nor do
        -- households of people
        case
            when verified <= target_records and not told.are_households then {{ metric('verified_percent') }}
        end as verified_percent,
        told.found,
        told.not_found,
        told.moved,
        told.deceased,
        told.duplicate,
        told.result_unknown,
        told.eligible,
        told.ineligible,
        told.eligibility_unknown,
        told.last_verified_on,
        coalesce(told.has_conflicting_figures, false) as has_conflicting_figures,
        told.source_file_id,
        told.source_row
    from told
    left join target using (place_key, year, registry)

)

select * from published
