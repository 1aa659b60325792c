-- How many of `calls` calls of `cost` fit one after the other where `used` is spent.
local function fitting(used, cost, l, calls)
    local room = capacity[l] - used
    if cost <= 0 then return (cost < 0 or room >= 0) and calls or 0 end
    if overdraft[l] then
        if room <= 0 then return 0 end
    elseif room < cost then
        return 0
    end
    if calls == 1 then return 1 end
    local rest = room % cost
    local fits = (room - rest) / cost
    if overdraft[l] and rest > 0 then fits = fits + 1 end
    return fits < calls and fits or calls
end

-- Notes a state that was moved, or of which `cost` was charged, or given back below 0: from what counts in the current
-- window, whoever was charged, as Reading.givenBack does.
local function change(i, l, t, s, a, cost, moved)
    if cost < 0 then
        if s == 0 and not moved then return end
        cost = -min(-cost, s)
        if returned[i] then returned[i] = min(returned[i] - cost, MAX) end
        -- Within the instant in which its time began, what leases hold of a bucket must not pass for a new time's.
        if s + cost == 0 and algorithm[l] == BUCKET and since[i] ~= now then
            written[i], since[i], returned[i] = false, nil, nil
            return
        end
    end
    store(i, l, t, s + cost, a)
end

local admitted, entry_count = {}, 0
local highest = 0

-- An entry: `calls` identical checks of distinct counters, of which the first so many are admitted as fit under the
-- strictest enforced limit. A shadow limit is charged by those admitted calls that fit under it too.
local charge_limit, charge_shadow, charge_cost, charge_fits, charge_counter = {}, {}, {}, {}, {}
local read_time, read_spent, read_aside, read_moved = {}, {}, {}, {}

local function decide(charges, calls, peek, tracked, rich, leases)
    local admits = calls
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        local t, s, a, used, moved = read(i, l)
        local fits = fitting(used, charge_cost[c], l, calls)
        if fits < admits and not charge_shadow[c] then admits = fits end
        read_time[c], read_spent[c], read_aside[c], read_moved[c], charge_fits[c] = t, s, a, moved, fits
    end
    for c = 1, peek and 0 or charges do
        local charged = admits
        if charge_fits[c] < charged then charged = charge_fits[c] end
        if rich then take(charge_limit[c], leases, charge_cost[c] > 0 and charged or 0) end
        charged = charged * charge_cost[c]
        if charged ~= 0 or read_moved[c] then
            local i = charge_counter[c]
            if tracked and charged > 0 and not since[i] then since[i], returned[i] = now, 0 end
            change(i, charge_limit[c], read_time[c], read_spent[c], read_aside[c], charged, read_moved[c])
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
        local t, s, a, _, moved = read(i, l)
        if cost ~= 0 or moved then
            if take then take(l, leases, cost > 0 and 1 or 0) end
            if tracked and cost > 0 and not since[i] then since[i], returned[i] = now, 0 end
            change(i, l, t, s, a, cost, moved)
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

-- By far the most frequent run, many clients under one limit, without the detours of the general case. The counters
-- are new to the batch.
local function charge_each(first, last, l, cost)
    local read, write = readers[algorithm[l]], writers[algorithm[l]]
    local room, most = overdraft[l] and 1 or cost, capacity[l]
    for i = first, last do
        local t, s, a, used, moved = read(values[i], i, l)
        entry_count = entry_count + 1
        if most - used >= room then
            admitted[entry_count] = '\1\0'
            s = s + cost
            write(i, l, t, s <= MAX and s or MAX, a)
        else
            admitted[entry_count] = '\0\0'
            if moved then write(i, l, t, s, a) end
        end
    end
end

for _ = 1, run_count do
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
    local plain = not (peek or listed or tracked or rich or charge_shadow[1])
    if plain and charges == 1 and calls == 1 and charge_cost[1] > 0 then
        if highest + entries > counters then error('headgate: no such counter') end
        charge_each(highest + 1, highest + entries, charge_limit[1], charge_cost[1])
        highest, entries = highest + entries, 0
    end
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

for i = 1, counters do
    local value = written[i]
    if value == false then
        call('DEL', keys[i])
    elseif value and expiry[i] then
        call('SET', keys[i], value, 'PX', expiry[i])
    elseif value and not (rewritten and rewritten[i]) and #value == #values[i] then
        call('SETRANGE', keys[i], '0', value)
    elseif value then
        call('SET', keys[i], value, 'KEEPTTL')
    end
end

if hidden then
    for i, summary in next, hidden do values[i] = summary end
end
values[counters + 1] = clock[1]
values[counters + 2] = clock[2]
values[counters + 3] = concat(admitted)
values[counters + 4] = retries and concat(retries) or ''
values[counters + 5] = results or ''
return values
