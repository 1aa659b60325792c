#!lua flags=allow-cross-slot-keys
-- Decides a batch of checks, in order, each in one step: all of its charges fit and all are charged, or none is.
--
-- A twin of LimitCore: the same integers and the same roundings as Reading, FixedWindow, SlidingWindow and
-- TokenBucket. It only finds out what is admitted and what to write. Its reply is what it read and how many calls of
-- each entry it admitted; from that the daemon computes every answer with LimitCore itself.
--
-- Keys:  the counters, each once. Without declared keys (a batch over several slots of a Cluster) they follow the
--        plan as arguments.
-- Plan:  ARGV[1], little-endian.
--          header  u16 limits, u16 runs
--          limit   u8 algorithm, u8 overdraft, f64 window in us, f64 count, f64 capacity
--          run     u16 entries, u16 calls of each entry, u8 flags (1 peek, 2 the counters are listed, 4 joined),
--                  u8 charges, then per charge u16 limit, u8 shadow, f64 cost; then, if joined, see `settle`;
--                  then, if listed, one u16 counter per entry and charge, else the counters go on after the highest
--                  one so far
--          backs   u16 how many charges are given back, then of each u16 counter, u16 limit, f64 what was charged, and
--                  the state that the charge left: f64 time, spent, aside, given
-- Reply: the values of all counters as they were read, the two parts of TIME, and a string with a u16 for each entry.
--
-- Nothing is written before everything is read and decided, and each counter is written by one command: a script that
-- fails has changed nothing. Every number is checked before it counts: a NaN passes every comparison.
local call, pack, unpack_from = redis.call, struct.pack, struct.unpack
local min, max, ceil = math.min, math.max, math.ceil
local MAX = 9007199254740991 -- 2^53 - 1, up to which a double is an exact integer
local LONGEST = 366 * 86400 * 1000000
local FIXED, SLIDING, BUCKET = 1, 2, 3

local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local slack = 1 -- ms that a key outlives its state

local plan, at = ARGV[1], 1

local function amount(value, what, least, most)
    if value >= least and value <= most and value % 1 == 0 then return value end
    error('headgate: ' .. what .. ' out of range')
end

-- floor((a * b + c) / w) and the remainder; a quotient past MAX is MAX, remainder 0. c < w <= LONGEST < 2^45.
--
-- A product past 2^53 is divided digit by digit, b in base 128: with a reduced to a % w every intermediate value
-- stays below 2^45 * 128 + 2^45 * 127 < 2^53.
local function mul_add_div(a, b, c, w)
    local product = a * b + c
    if product <= MAX then
        local rest = product % w
        return (product - rest) / w, rest
    end
    local reduced = a % w
    local high, quotient, rest, scale = (a - reduced) / w * b, 0, 0, 562949953421312 -- 128^7
    while scale >= 1 do
        local below = b % scale
        local sum = rest * 128 + reduced * ((b - below) / scale)
        rest = sum % w
        quotient = quotient * 128 + (sum - rest) / w
        b, scale = below, scale / 128
    end
    local last = rest + c
    rest = last % w
    quotient = high + quotient + (last - rest) / w
    if quotient > MAX then return MAX, 0 end
    return quotient, rest
end

local limit_count, run_count
limit_count, run_count, at = unpack_from('<HH', plan, at)
local algorithm, overdraft, window, count, capacity = {}, {}, {}, {}, {}
for l = 1, limit_count do
    local kind, over, w, n, most
    kind, over, w, n, most, at = unpack_from('<BBddd', plan, at)
    algorithm[l] = amount(kind, 'algorithm', FIXED, BUCKET)
    overdraft[l] = over == 1
    window[l] = amount(w, 'window', 1, LONGEST)
    count[l] = amount(n, 'count', 0, MAX)
    capacity[l] = amount(most, 'capacity', 0, MAX)
end

local keys, values = KEYS, nil
if #keys > 0 then
    values = call('MGET', unpack(keys))
else
    -- One GET each: a key of another node then fails the script here, before anything is written.
    keys, values = {}, {}
    for i = 2, #ARGV do
        keys[i - 1] = ARGV[i]
        values[i - 1] = call('GET', ARGV[i])
    end
end
local counters = #keys

-- What is to be written: by counter its new state, or false where nothing of it is left, and, where the key's expiry is
-- to be set, in how many ms. What is decided later in the batch reads the state from here.
local written, expiry = {}, {}

local function state(i)
    local raw = written[i]
    if raw == nil then return values[i] end
    return raw
end

-- What the key's expiry was set for: a window's start, or until when a bucket is kept. An expiry that is left alone
-- makes a write cheaper by half, so a window's is set when the window starts, and a bucket's for half as long again as
-- a full one takes to drain, noted in its state.
local lasts = {}

-- What was ever given back to a bucket. It is at the end of the state of one that was given back to, and else missing.
local given = {}

local function verify(t, s, a)
    if t >= 0 and t <= MAX and s >= 0 and s <= MAX and a >= 0 and a <= MAX then return end
    error('headgate: a counter holds no state')
end

-- Each algorithm has a function that takes a counter's state and brings it forward to now: time, spent and aside, what
-- counts against the limit, and whether the clock stepped back so far that the stamps were moved. Another one notes the
-- state to be written. Both run once a decision, so what almost never happens is left to functions of its own.

local function read_fixed(raw, i, l)
    if not raw then return now, 0, 0, 0, false end
    local t, s = unpack_from('<dd', raw)
    if not (t >= 0 and s >= 0 and t + s <= MAX) then verify(t, s, 0) end
    lasts[i] = t
    local w, elapsed = window[l], now - t
    if elapsed < -w then return now, s, 0, s, true end
    if elapsed >= w then return now, 0, 0, 0, false end
    return t, s, 0, s, false
end

local function write_fixed(i, l, t, s)
    if lasts[i] ~= t then expiry[i] = ceil((t + window[l] - now) / 1000) + slack end
    written[i] = s > 0 and pack('<dd', t, s)
end

local function read_sliding(raw, i, l)
    if not raw then return now, 0, 0, 0, false end
    local t, s, a = unpack_from('<ddd', raw)
    if not (t >= 0 and s >= 0 and a >= 0 and t + s + a <= MAX) then verify(t, s, a) end
    lasts[i] = t
    local w, elapsed = window[l], now - t
    if elapsed < -w then return now, s, a, a == 0 and s or min(a + s, MAX), true end
    if elapsed >= w then
        if elapsed >= 2 * w or s == 0 then return now, 0, 0, 0, false end
        t, s, a, elapsed = t + w, 0, s, elapsed - w
    end
    if a == 0 then return t, s, a, s, false end
    if elapsed < 0 then elapsed = 0 end
    local used, rest = a * (w - elapsed), nil
    if used <= MAX then
        rest = used % w
        used = (used - rest) / w
    else
        used, rest = mul_add_div(a, w - elapsed, 0, w)
    end
    if rest > 0 then used = used + 1 end
    used = used + s
    if used > MAX then used = MAX end
    return t, s, a, used, false
end

local function write_sliding(i, l, t, s, a)
    if lasts[i] ~= t then expiry[i] = ceil((t + 2 * window[l] - now) / 1000) + slack end
    written[i] = (s > 0 or a > 0) and pack('<ddd', t, s, a)
end

local function read_bucket(raw, i, l)
    if not raw then return now, 0, 0, 0, false end
    local t, s, a, till = unpack_from('<dddd', raw)
    if not (t >= 0 and s >= 0 and a >= 0 and t + s + a <= MAX) then verify(t, s, a) end
    lasts[i] = till
    if #raw >= 40 then given[i] = amount(unpack_from('<d', raw, 33), 'given', 0, MAX) end
    local elapsed = now - t
    if elapsed < 0 then return now, s, a, s, true end
    local w, refilled, carry = window[l], count[l] * elapsed + a, nil
    if refilled <= MAX then
        carry = refilled % w
        refilled = (refilled - carry) / w
    else
        refilled, carry = mul_add_div(count[l], elapsed, a, w)
    end
    if refilled >= s then return now, 0, 0, 0, false end
    s = s - refilled
    return now, s, carry, s, false
end

-- How long, in us, a bucket of limit l takes to refill `s`.
local function fill_time(s, l)
    if count[l] == 0 then return MAX end
    local fill, rest = mul_add_div(s, window[l], 0, count[l])
    return rest > 0 and fill + 1 or fill
end

local full = {}

-- A bucket stays even when nothing of it is left: whoever gives back to it later has to see what was given before.
local function write_bucket(i, l, t, s, a)
    local fill = full[l]
    if not fill then
        fill = fill_time(capacity[l], l)
        full[l] = fill
    end
    if s > capacity[l] then fill = fill_time(s, l) end
    local till = lasts[i]
    if not till or till < now + fill then
        till = min(now + fill + ceil(fill / 2), MAX)
        lasts[i] = till
        expiry[i] = ceil((till - now) / 1000) + slack
    end
    if given[i] then
        written[i] = pack('<ddddd', t, s, a, till, given[i])
    else
        written[i] = pack('<dddd', t, s, a, till)
    end
end

local readers = { read_fixed, read_sliding, read_bucket }
local writers = { write_fixed, write_sliding, write_bucket }

local function read(i, l) return readers[algorithm[l]](state(i), i, l) end

local function store(i, l, t, s, a)
    if s > MAX then s = MAX end
    writers[algorithm[l]](i, l, t, s, a)
end

-- How many of `calls` calls of `cost` fit one after the other where `used` is spent.
local function fitting(used, cost, l, calls)
    local room = capacity[l] - used
    if cost == 0 then return room >= 0 and calls or 0 end
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
local highest = 0

-- An entry: `calls` identical checks of distinct counters, of which the first so many are admitted as fit under the
-- strictest enforced limit. A shadow limit is charged by those admitted calls that fit under it too.
local charge_limit, charge_shadow, charge_cost, charge_fits, charge_counter = {}, {}, {}, {}, {}
local read_time, read_spent, read_aside, read_moved = {}, {}, {}, {}

local function decide(charges, calls, peek)
    local admits = calls
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        local t, s, a, used, moved = read(i, l)
        local fits = fitting(used, charge_cost[c], l, calls)
        if fits < admits and not charge_shadow[c] then admits = fits end
        read_time[c], read_spent[c], read_aside[c], read_moved[c], charge_fits[c] = t, s, a, moved, fits
    end
    if peek then return admits end
    for c = 1, charges do
        local charged = admits
        if charge_fits[c] < charged then charged = charge_fits[c] end
        charged = charged * charge_cost[c]
        if charged > 0 or read_moved[c] then
            store(charge_counter[c], charge_limit[c], read_time[c], read_spent[c] + charged, read_aside[c])
        end
    end
    return admits
end

-- A joined entry: one check with several charges on one counter. Its charges are only judged, by the sums the daemon
-- made of them. What is charged then follows per counter: u16 position among the check's charges of the first one on
-- it, u16 limit and f64 cost if all shadows on it fit, u16 limit and f64 cost if one does not.
local function settle(charges, peek, settlements)
    local admits, missed = 1, {}
    for c = 1, charges do
        local i, l = charge_counter[c], charge_limit[c]
        local _, _, _, used = read(i, l)
        if fitting(used, charge_cost[c], l, 1) == 0 then
            if charge_shadow[c] then missed[i] = true else admits = 0 end
        end
    end
    if peek then return admits end
    for p = 1, #settlements, 5 do
        local i = charge_counter[settlements[p]]
        local shift = missed[i] and 3 or 1
        local l, cost = settlements[p + shift], settlements[p + shift + 1] * admits
        local t, s, a, _, moved = read(i, l)
        if cost > 0 or moved then store(i, l, t, s + cost, a) end
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
        settlements[p + 2] = amount(all_cost, 'cost', 0, MAX + 1)
        settlements[p + 3] = amount(some, 'limit', 1, limit_count)
        settlements[p + 4] = amount(some_cost, 'cost', 0, MAX + 1)
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
    local peek, listed, joined = flags % 2 >= 1, flags % 4 >= 2, flags % 8 >= 4
    for c = 1, charges do
        local l, shadow, cost
        l, shadow, cost, at = unpack_from('<HBd', plan, at)
        charge_limit[c] = amount(l, 'limit', 1, limit_count)
        charge_shadow[c] = shadow == 1
        charge_cost[c] = amount(cost, 'cost', 0, MAX + 1)
    end
    local settlements = joined and read_settlements()
    if charges == 1 and calls == 1 and not (peek or listed or charge_shadow[1]) and charge_cost[1] > 0 then
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
        local admits
        if joined then
            admits = settle(charges, peek, settlements)
        else
            admits = decide(charges, calls, peek)
        end
        entry_count = entry_count + 1
        admitted[entry_count] = admits == 1 and '\1\0' or admits == 0 and '\0\0' or pack('<H', admits)
    end
end

-- Gives back charges of checks that another master refused. They come last, so they change no answer of this batch.
-- Nothing is given back that time has returned already: a window's charge only to that window, a bucket's only what
-- the refill since has left of it, were all that others gave back since charged before it.
local back_count
back_count, at = unpack_from('<H', plan, at)
for _ = 1, back_count do
    local i, l, cost, t0, s0, a0, g0
    i, l, cost, t0, s0, a0, g0, at = unpack_from('<HHddddd', plan, at)
    amount(i, 'counter', 1, counters)
    amount(l, 'limit', 1, limit_count)
    amount(cost, 'cost', 0, MAX)
    amount(t0, 'time', 0, MAX)
    amount(s0, 'spent', 0, MAX)
    amount(g0, 'given', 0, MAX)
    local t, s, a = read(i, l)
    if algorithm[l] == BUCKET then
        local g = given[i] or 0
        amount(a0, 'carry', 0, window[l] - 1)
        if now >= t0 and g >= g0 then
            local back = min(cost, s, s0 - mul_add_div(count[l], now - t0, a0, window[l]) - (g - g0))
            if back > 0 and g + back <= MAX then
                given[i] = g + back
                store(i, l, t, s - back, a)
            end
        end
    elseif t == t0 then
        if s > 0 then store(i, l, t, max(s - cost, 0), a) end
    elseif algorithm[l] == SLIDING and t == t0 + window[l] and a > 0 then
        store(i, l, t, s, max(a - cost, 0))
    end
end

for i = 1, counters do
    local value = written[i]
    if value == false then
        call('DEL', keys[i])
    elseif value and expiry[i] then
        call('SET', keys[i], value, 'PX', expiry[i])
    elseif value and #value == #values[i] then
        call('SETRANGE', keys[i], '0', value)
    elseif value then
        call('SET', keys[i], value, 'KEEPTTL')
    end
end

values[counters + 1] = clock[1]
values[counters + 2] = clock[2]
values[counters + 3] = table.concat(admitted)
return values
