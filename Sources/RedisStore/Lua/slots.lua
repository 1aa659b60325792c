-- Slots are the instant at which the newest was taken or kept, then entries of the lease that holds one and when it
-- runs out, in the order of that.

-- The leases that take slots with the next write, 8 bytes each.
local taking = ''

local function slot_expiry(raw, e) return number_at(raw, 17 + 16 * e) end

-- The first slot that runs out after an instant.
local function slots_after(raw, slots, instant)
    local low = 0
    while low < slots do
        local middle = floor((low + slots) / 2)
        if slot_expiry(raw, middle) > instant then slots = middle else low = middle + 1 end
    end
    return low
end

-- The stamp, by how much all times are moved back where the clock stepped back by more than a lease, and the first slot
-- that has not run out.
local function look_at_slots(raw, slots, l)
    local stamp = number_at(raw, 1)
    local shift = stamp - now > window[l] and stamp - now or 0
    return stamp, shift, slots_after(raw, slots, max(now, stamp - shift) + shift)
end

local function read_slots(raw, i, l)
    if not raw then return summarize(i, now, 0, 0, false) end
    local slots = entry_count_of(raw)
    local stamp, shift, first = look_at_slots(raw, slots, l)
    local live = slots - first
    if live == 0 then return summarize(i, now, 0, 0, false) end
    return summarize(i, slot_expiry(raw, slots - 1) - shift, live, stamp - shift, shift > 0)
end

local function corrected_slots(raw, slots, stamp, shift)
    if shift == 0 then return raw, stamp end
    return pack('<d', stamp - shift) .. stepped(raw, 'c8d', 0, slots, 0, -shift), stamp - shift
end

-- Puts slots of `leases` in, all of one expiry.
local function insert_slots(i, raw, l, stamp, leases)
    local finish = stamp + window[l]
    local place = 8 + 16 * slots_after(raw, (#raw - 8) / 16, finish)
    local new = {}
    for k = 1, #leases, 8 do new[#new + 1] = pack('<c8d', sub(leases, k, k + 7), finish) end
    raw = pack('<d', stamp) .. sub(raw, 9, place) .. concat(new) .. sub(raw, place + 1)
    written[i] = raw
    expiry[i] = ceil((slot_expiry(raw, (#raw - 8) / 16 - 1) - now) / 1000) + slack
end

-- Moves all times back where the clock stepped back by more than a lease, and gives slots to the leases that take some.
local function write_slots(i, l)
    local raw, stamp, shift, first = state(i), now, 0, 0
    if not raw then
        raw = pack('<d', now)
    else
        local slots = entry_count_of(raw)
        stamp, shift, first = look_at_slots(raw, slots, l)
        raw, stamp = corrected_slots(raw, slots, stamp, shift)
        if shift > 0 then first = slots_after(raw, slots, max(now, stamp)) end
    end
    if taking ~= '' then
        insert_slots(i, sub(raw, 1, 8) .. sub(raw, 9 + 16 * first), l, max(now, stamp), taking)
    elseif #raw > 8 then
        written[i] = raw
        expiry[i] = ceil((slot_expiry(raw, (#raw - 8) / 16 - 1) - now) / 1000) + slack
    end
end

-- A hint, at most a second: until enough slots have run out, if none is freed before.
local function retry_slots(i, l, cost)
    local raw = state(i)
    if not raw or cost > capacity[l] then return 0 end
    local slots = entry_count_of(raw)
    local _, shift, first = look_at_slots(raw, slots, l)
    local excess = slots - first + cost - capacity[l]
    if excess <= 0 or first + excess > slots then return 0 end
    return min(slot_expiry(raw, first + excess - 1) - shift - now, 1000000)
end

-- The slot of a lease that has not run out, or nil.
local function slot_of(raw, l, lease)
    local slots = entry_count_of(raw)
    local _, _, first = look_at_slots(raw, slots, l)
    local position = 9 + 16 * first
    while true do
        position = find(raw, lease, position, true)
        if not position then return nil end
        if (position - 9) % 16 == 0 then return (position - 9) / 16 end
        position = position + 1
    end
end

-- Takes the slot of a lease out, and puts it in again for another lease time if it is kept.
local function change_slot(i, l, lease, keeps)
    local raw = state(i)
    hidden[i] = false
    local e = raw and slot_of(raw, l, lease)
    if not e then return end
    local slots = entry_count_of(raw)
    local stamp, shift = look_at_slots(raw, slots, l)
    raw, stamp = corrected_slots(raw, slots, stamp, shift)
    raw = sub(raw, 1, 8 + 16 * e) .. sub(raw, 25 + 16 * e)
    if keeps then
        insert_slots(i, raw, l, max(now, stamp), lease)
    elseif #raw == 8 or slots_after(raw, slots - 1, max(now, stamp)) == slots - 1 then
        written[i] = false
    else
        written[i] = raw
    end
end

readers[SLOTS], writers[SLOTS] = read_slots, write_slots

-- By charge of an entry on a log or slots: when it fits, if it does not.
note_retry = function(i, l, cost, fits)
    local wait = 0
    if not fits then wait = (algorithm[l] == LOG and retry_log or retry_slots)(i, l, cost) end
    retries[#retries + 1] = pack('<d', wait)
end

-- Slots are taken for the leases of the first calls.
take = function(l, leases, calls)
    taking = algorithm[l] == SLOTS and sub(leases, 1, 8 * calls) or ''
end
