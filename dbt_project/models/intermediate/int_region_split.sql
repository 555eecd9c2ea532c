-- A recoded region is the same under another code and is read by its code of today everywhere: it is no split.
with recursive split as (

    select
        predecessor_code as whole_code,
        region_code as part_code,
        valid_from as parted_on
    from {{ ref('seed_region') }}
    where link_kind = 'split'

    union

    -- what left a part later lay in the whole as well
    select
        earlier.whole_code,
        later.region_code as part_code,
        earlier.parted_on
    from split as earlier
    inner join {{ ref('seed_region') }} as later
        on earlier.part_code = later.predecessor_code and later.link_kind = 'split'

)

select * from split
