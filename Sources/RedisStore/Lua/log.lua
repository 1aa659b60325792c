-- A sliding log is the sum before its first entry, then entries of a time and the sum up to it: what counts and when
-- enough of it is over are found by binary search. Only differences of sums count.

-- What a read found: how many entries are over, and what those that count come to.
local log_dead, log_spent = {}, {}

-- The sum before entry e.
local function log_sum(raw, e) return number_at(raw, 1 + 16 * e) end
local function log_time(raw, e) return number_at(raw, 9 + 16 * e) end

-- The first entry from `low` on of a later time than `instant`.
local function log_after(raw, low, entries, instant)
    while low < entries do
        local middle = floor((low + entries) / 2)
        if log_time(raw, middle) > instant then entries = middle else low = middle + 1 end
    end
    return low
end


local function read_log(raw, i, l)
    if not raw then
        log_dead[i], log_spent[i] = 0, 0
        return summarize(i, now, 0, 0, false)
    end
    local entries = entry_count_of(raw)
    local newest, w = log_time(raw, entries - 1), window[l]
    local moved = newest - now > w
    local dead = log_after(raw, 0, entries, (moved and newest or max(now, newest)) - w)
    local s = log_sum(raw, entries) - log_sum(raw, dead)
    if not (s >= 0) then error('headgate: a counter holds no state') end
    log_dead[i], log_spent[i] = dead, s
    return summarize(i, (moved or s == 0) and now or newest, s, 0, moved)
end

-- Takes back from the oldest charges that count, which are over the soonest: what is before them comes to more.
local function taken_back(raw, dead, back)
    local low, entries = dead, entry_count_of(raw)
    local high, base = entries, log_sum(raw, dead) + back
    while low < high do
        local middle = floor((low + high) / 2)
        if log_sum(raw, middle + 1) > base then high = middle else low = middle + 1 end
    end
    return low < entries and pack('<d', base) .. sub(raw, 9 + 16 * low)
end

-- Moves all times back where the clock stepped back by more than a window, and charges what `s` is above what was read,
-- or takes back what it is below.
local function write_log(i, l, t, s)
    local raw, entered = state(i), s - log_spent[i]
    local time = max(now, t)
    if not raw or log_dead[i] == entry_count_of(raw) then
        raw = nil
        if entered > 0 then written[i] = pack('<ddd', 0, time, entered) end
    else
        local entries = entry_count_of(raw)
        local step = log_time(raw, entries - 1) - now
        if step > window[l] then raw = sub(raw, 1, 8) .. stepped(raw, 'dd', 0, entries, -step, 0) end
        if entered < 0 then
            raw = taken_back(raw, log_dead[i], -entered)
        elseif entered > 0 then
            local dead = log_dead[i]
            if dead > 0 then raw, entries = sub(raw, 1 + 16 * dead), entries - dead end
            local total = log_sum(raw, entries)
            if total + entered > MAX then
                local base = log_sum(raw, 0)
                raw, total = pack('<d', 0) .. stepped(raw, 'dd', 0, entries, 0, -base), total - base
            end
            if log_time(raw, entries - 1) == time then raw = sub(raw, 1, -17) end
            raw = raw .. pack('<dd', time, total + entered)
        end
        written[i] = raw
    end
    if written[i] then expiry[i] = ceil((time + window[l] - now) / 1000) + slack end
end

-- When a refused cost fits, if nobody calls; 0 where no state matters, or where it fits.
local function retry_log(i, l, cost)
    local raw, w = state(i), window[l]
    local needed = overdraft[l] and min(cost, 1) or cost
    if not raw or needed > capacity[l] then return 0 end
    local entries = entry_count_of(raw)
    local newest = log_time(raw, entries - 1)
    local moved = newest - now > w
    local low, high = log_after(raw, 0, entries, (moved and newest or max(now, newest)) - w), entries
    -- The first entry after which no more than the room counts.
    local least = log_sum(raw, entries) - (capacity[l] - needed)
    while low < high do
        local middle = floor((low + high) / 2)
        if log_sum(raw, middle + 1) >= least then high = middle else low = middle + 1 end
    end
    if low == entries then return 0 end
    local time = log_time(raw, low)
    if moved then time = time - newest + now end
    return time + w - now
end

-- Takes back from the charges of one time, while they count.
local function give_back_log(raw, i, l, back, stamp)
    local entries, w = entry_count_of(raw), window[l]
    hidden[i] = false
    local newest = log_time(raw, entries - 1)
    if newest - now > w then return end
    local dead = log_after(raw, 0, entries, max(now, newest) - w)
    local e = log_after(raw, dead, entries, stamp - 1)
    if e == entries or log_time(raw, e) ~= stamp then return end
    local cost = log_sum(raw, e + 1) - log_sum(raw, e)
    if not (cost >= 0) then error('headgate: a counter holds no state') end
    back = min(back, cost)
    if e < entries - e then
        -- The sums before it rise.
        local rest = sub(raw, back < cost and 9 + 16 * e or 25 + 16 * e)
        written[i] = pack('<d', log_sum(raw, 0) + back) .. stepped(raw, 'dd', 0, e, 0, back) .. rest
    else
        -- The sums from it on fall.
        local kept = sub(raw, 1, 8 + 16 * e)
        if back < cost then kept = sub(raw, 1, 16 + 16 * e) .. pack('<d', log_sum(raw, e + 1) - back) end
        written[i] = kept .. stepped(raw, 'dd', e + 1, entries, 0, -back)
    end
    entries = (#written[i] - 8) / 16
    if entries == 0 then
        written[i] = false
    else
        local _, s = read_log(written[i], i, l)
        if s == 0 then written[i] = false end
    end
end

readers[LOG], writers[LOG] = read_log, write_log
