-- Runs that are not plain, in all their cases.

-- Notes a state that was moved, or of which `cost` was charged, or given back below 0: from what counts in the current
-- window, whoever was charged, as Reading.givenBack does.
local function change(i, l, t, s, a, cost, moved, last)
    if cost < 0 then
        if s == 0 and not moved then return end
        cost = -min(-cost, s)
        if returned and returned[i] then returned[i] = min(returned[i] - cost, MAX) end
        -- Within the instant in which its time began, what leases hold of a bucket must not pass for a new time's.
        if s + cost == 0 and algorithm[l] == BUCKET and since[i] ~= now then
            written[i], since[i], returned[i] = false, nil, nil
            return
        end
    end
    store(i, l, t, s + cost, a, last)
end

-- An entry: `calls` identical checks of distinct counters, of which the first so many are admitted as fit under the
-- strictest enforced limit. A shadow limit is charged by those admitted calls that fit under it too.
local charge_limit, charge_shadow, charge_cost, charge_fits, charge_counter = {}, {}, {}, {}, {}
local read_time, read_spent, read_aside, read_moved, read_last = {}, {}, {}, {}, {}

local function decide(charges, calls, peek, tracked, rich, leases)
    local admits = calls
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        local t, s, a, used, moved, last = read(i, l)
        local fits = fitting(used, charge_cost[c], l, calls)
        if fits < admits and not charge_shadow[c] then admits = fits end
        read_time[c], read_spent[c], read_aside[c], read_moved[c], read_last[c] = t, s, a, moved, last
        charge_fits[c] = fits
    end
    for c = 1, peek and 0 or charges do
        local charged = admits
        if charge_fits[c] < charged then charged = charge_fits[c] end
        if rich then take(charge_limit[c], leases, charge_cost[c] > 0 and charged or 0) end
        charged = charged * charge_cost[c]
        if charged ~= 0 or read_moved[c] then
            local i, l = charge_counter[c], charge_limit[c]
            if tracked and charged > 0 and not since[i] then since[i], returned[i] = now, 0 end
            change(i, l, read_time[c], read_spent[c], read_aside[c], charged, read_moved[c], read_last[c])
        end
    end
    if not rich then return admits end
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        if algorithm[l] == LOG or algorithm[l] == SLOTS then
            note_retry(i, l, charge_cost[c], charge_fits[c] == calls)
        end
    end
    return admits
end

-- A joined entry: one check with several charges on one counter. Its charges are only judged, by the sums the daemon
-- made of them. What is charged then follows per counter: u16 position among the check's charges of the first one on
-- it, u16 limit and f64 cost if all shadows on it fit, u16 limit and f64 cost if one does not.
local function settle(charges, peek, tracked, settlements, leases)
    local admits, missed = 1, {}
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        local _, _, _, used = read(i, l)
        local fits = fitting(used, charge_cost[c], l, 1) == 1
        if not fits then
            if charge_shadow[c] then missed[i] = true else admits = 0 end
        end
        if more and (algorithm[l] == LOG or algorithm[l] == SLOTS) then note_retry(i, l, charge_cost[c], fits) end
    end
    if peek then return admits end
    for p = 1, #settlements, 5 do
        local i = charge_counter[settlements[p]]
        local shift = missed[i] and 3 or 1
        local l, cost = settlements[p + shift], settlements[p + shift + 1] * admits
        local t, s, a, _, moved, last = read(i, l)
        if cost ~= 0 or moved then
            if take then take(l, leases, cost > 0 and 1 or 0) end
            if tracked and cost > 0 and not since[i] then since[i], returned[i] = now, 0 end
            change(i, l, t, s, a, cost, moved, last)
        end
    end
    return admits
end

local function read_settlements()
    local settlements, length = {}, nil
    length, at = unpack_from('<B', plan, at)
    for p = 1, length * 5, 5 do
        local first, all, all_cost, some, some_cost
        first, all, all_cost, some, some_cost, at = unpack_from('<HHdHd', plan, at)
        settlements[p] = amount(first, 'position', 1, 65535)
        settlements[p + 1] = amount(all, 'limit', 1, limit_count)
        settlements[p + 2] = amount(all_cost, 'cost', -MAX - 1, MAX + 1)
        settlements[p + 3] = amount(some, 'limit', 1, limit_count)
        settlements[p + 4] = amount(some_cost, 'cost', -MAX - 1, MAX + 1)
    end
    return settlements
end

for _ = runs_done + 1, run_count do
    local entries, calls, flags, charges
    entries, calls, flags, charges, at = unpack_from('<HHBB', plan, at)
    amount(calls, 'calls', 1, 65535)
    local peek, listed, joined, tracked = flags % 2 >= 1, flags % 4 >= 2, flags % 8 >= 4, flags % 16 >= 8
    local rich, slots = false, false
    for c = 1, charges do
        local l, shadow, cost
        l, shadow, cost, at = unpack_from('<HBd', plan, at)
        charge_limit[c] = amount(l, 'limit', 1, limit_count)
        charge_shadow[c] = shadow == 1
        charge_cost[c] = amount(cost, 'cost', -MAX - 1, MAX + 1)
        if more and (algorithm[l] == LOG or algorithm[l] == SLOTS) then
            rich = true
            if algorithm[l] == SLOTS and not peek then slots = true end
        end
    end
    local settlements = joined and read_settlements()
    for _ = 1, entries do
        for c = 1, charges do
            if listed then
                local i
                i, at = unpack_from('<H', plan, at)
                if i > highest then highest = i end
                charge_counter[c] = amount(i, 'counter', 1, counters)
            else
                highest = highest + 1
                charge_counter[c] = highest
            end
        end
        if highest > counters then error('headgate: no such counter') end
        local admits, leases
        if slots then
            leases, at = string.sub(plan, at, at + 8 * calls - 1), at + 8 * calls
            if #leases < 8 * calls then error('headgate: the plan ends early') end
        end
        if joined then
            admits = settle(charges, peek, tracked, settlements, leases)
        else
            admits = decide(charges, calls, peek, tracked, rich, leases)
        end
        entry_count = entry_count + 1
        admitted[entry_count] = admits == 1 and '\1\0' or admits == 0 and '\0\0' or pack('<H', admits)
    end
end
