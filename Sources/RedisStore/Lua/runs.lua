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

local admitted, entry_count = {}, 0
local highest = 0 -- the counters up to this one have been read
local runs_done = 0

-- By far the most frequent runs, many clients under one limit each, without the detours of the general case: one charge
-- that is above 0 and no shadow, on counters that are new to the batch. The first other one ends them.
while runs_done < run_count do
    local entries, calls, flags, charges, behind = unpack_from('<HHBB', plan, at)
    if flags > 0 or charges ~= 1 then break end
    amount(calls, 'calls', 1, 65535)
    local l, shadow, cost
    l, shadow, cost, behind = unpack_from('<HBd', plan, behind)
    local kind = algorithm[amount(l, 'limit', 1, limit_count)]
    if shadow > 0 or cost <= 0 or kind == LOG or kind == SLOTS then break end
    amount(cost, 'cost', 0, MAX)
    if highest + entries > counters then error('headgate: no such counter') end
    local read_one, write_one = readers[kind], writers[kind]
    local room, most = overdraft[l] and 1 or cost, capacity[l]
    for i = highest + 1, highest + entries do
        local t, s, a, used, moved, last = read_one(values[i], i, l)
        entry_count = entry_count + 1
        if most - used < room then
            admitted[entry_count] = '\0\0'
            if moved then write_one(i, l, t, s, a, last) end
        elseif calls == 1 then
            admitted[entry_count] = '\1\0'
            s = s + cost
            write_one(i, l, t, s <= MAX and s or MAX, a, last)
        else
            local admits = fitting(used, cost, l, calls)
            admitted[entry_count] = pack('<H', admits)
            write_one(i, l, t, min(s + cost * admits, MAX), a, last)
        end
    end
    highest, at, runs_done = highest + entries, behind, runs_done + 1
end
