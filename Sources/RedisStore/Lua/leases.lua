-- Operations on leases, each in one step and before all checks. Plan, for each:
--    u16 counter that is the lease's record, 0 for none, u8 flags (1 ends the lease, 2 the record is elsewhere and lets
--    it pass), 8 bytes that name the lease, f64 expiry, f64 time in us, u8 charges, then per charge
--    u16 counter, 0 if it lies elsewhere, u16 limit, f64 amount that was charged, f64 stamp, f64 mark, f64 what it is
--    to hold, -1 to leave it
-- Reply: per operation u8 what became of it (0 nothing, 1 done, 2 done and in debt), then, if it was done, per charge
--        f64 what it held before.
--
-- A record is 'S' once its lease was settled, else 'H', f64 when the lease runs out, and per charge f64 what it holds.
-- A lease that nobody has touched has none.
local ENDS, PASSES = 1, 2

local held_counter, held_limit, held_amount, held_stamp, held_mark, held_target = {}, {}, {}, {}, {}, {}

local function read_held(charges)
    for c = 1, charges do
        local i, l, a, t, m, to
        i, l, a, t, m, to, at = unpack_from('<HHdddd', plan, at)
        held_counter[c] = amount(i, 'counter', 0, counters)
        held_limit[c] = amount(l, 'limit', 1, limit_count)
        held_amount[c] = amount(a, 'amount', 0, MAX)
        held_stamp[c] = amount(t, 'stamp', 0, MAX)
        held_mark[c] = amount(m, 'mark', 0, MAX)
        held_target[c] = amount(to, 'target', -1, MAX)
    end
end

-- What a record says: what the charges hold, nil if it does not let the lease go on, and until when the lease lives.
local function read_record(record, charges)
    local held = {}
    local raw = state(record)
    hidden[record] = false
    if not raw then
        for c = 1, charges do held[c] = held_amount[c] end
        return held, 0
    end
    if raw == 'S' then return nil, 0 end
    if sub(raw, 1, 1) ~= 'H' or #raw < 9 or (#raw - 9) % 8 ~= 0 then error('headgate: a lease has no record') end
    if #raw ~= 9 + 8 * charges then return nil, 0 end
    for c = 1, charges do held[c] = number_at(raw, 2 + 8 * c) end
    return held, number_at(raw, 2)
end

local function write_record(record, ends, held, forget)
    if ends then
        written[record] = 'S'
    else
        local parts = { 'H', pack('<d', held.expiry) }
        for c = 1, #held do parts[c + 2] = pack('<d', held[c]) end
        written[record] = concat(parts)
    end
    expiry[record] = ceil((forget - now) / 1000) + 1000 + slack
end

-- Keeps all slots of a lease for another lease time, or none where one has run out.
local function keep_slots(lease, charges)
    for c = 1, charges do
        local i, l = held_counter[c], held_limit[c]
        if i > 0 and algorithm[l] == SLOTS then
            hidden[i] = false
            local raw = state(i)
            if not raw or not slot_of(raw, l, lease) then return false end
        end
    end
    for c = 1, charges do
        local i, l = held_counter[c], held_limit[c]
        if i > 0 and algorithm[l] == SLOTS then change_slot(i, l, lease, true) end
    end
    return true
end

-- Takes back what time has not yet returned of a charge: what comes back is of the oldest charge still spent, and where
-- others came after it the unit that is being refilled stays, as it is partly back already. The
-- bucket is not brought forward, so its refill goes on as it would have.
local function give_back_bucket(raw, i, l, back, stamp, mark)
    local t, s, a, _, moved, till = readers[BUCKET](raw, i, l)
    if since[i] ~= stamp then return end
    local left = min(mark - returned[i], s)
    if a > 0 and left < s then left = left - 1 end
    if left <= 0 then return end
    back = min(back, left)
    if not moved then t, s, a, till, since[i], returned[i] = unpack_from('<dddddd', raw) end
    if s == back then
        written[i], since[i], returned[i] = false, nil, nil
    else
        written[i] = pack('<dddddd', t, s - back, a, till, since[i], min(returned[i] + back, MAX))
    end
end

local function give_back(i, l, back, stamp, mark)
    local raw, kind = state(i), algorithm[l]
    if not raw then return end
    if kind == BUCKET then return give_back_bucket(raw, i, l, back, stamp, mark) end
    if kind == LOG then return give_back_log(raw, i, l, back, stamp) end
    local t, s, a, _, moved, last = read(i, l)
    if moved then return end
    if t == stamp then
        if s > 0 then store(i, l, t, s - min(back, s), a, last) end
    elseif kind == SLIDING and t == stamp + window[l] and a > 0 then
        store(i, l, t, s, a - min(back, a), last)
    end
end

-- Charges what was used past what is held, whatever the limit; tells whether the counter is in debt now.
local function exceed(i, l, excess)
    local t, s, a, used, _, last = read(i, l)
    store(i, l, t, s + excess, a, last)
    return min(used + excess, MAX) > capacity[l]
end

-- Sets what the charges hold and applies the difference. What a renewal added was charged later, in a time of its own:
-- only the first charge is given back.
local function apply(lease, ends, held, charges)
    local debt = false
    for c = 1, charges do
        local i, l, target = held_counter[c], held_limit[c], held_target[c]
        if algorithm[l] == SLOTS then
            if ends and i > 0 then change_slot(i, l, lease, false) end
        elseif target > held[c] then
            if i > 0 and exceed(i, l, target - held[c]) then debt = true end
            held[c] = target
        elseif target >= 0 and ends then
            local back = min(held[c], held_amount[c]) - target
            if i > 0 and back > 0 then give_back(i, l, back, held_stamp[c], held_mark[c]) end
            held[c] = target
        end
    end
    return debt
end

local function carry_out()
    local record, flags, lease, finish, time, charges
    record, flags, lease, finish, time, charges, at = unpack_from('<HBc8ddB', plan, at)
    amount(record, 'record', 0, counters)
    amount(finish, 'expiry', 0, MAX)
    amount(time, 'time', 0, MAX)
    read_held(charges)
    local ends, passes = flags % 2 >= ENDS, flags % 4 >= PASSES
    local held, known
    if record > 0 then
        held, known = read_record(record, charges)
        if not held or now >= max(finish, known) then return '\0' end
    elseif passes then
        held = {}
        for c = 1, charges do held[c] = held_amount[c] end
    else
        error('headgate: a lease has no record')
    end
    if not ends and not keep_slots(lease, charges) then return '\0' end
    local before = {}
    for c = 1, charges do before[c] = pack('<d', held[c]) end
    local debt = apply(lease, ends, held, charges)
    if record > 0 then
        held.expiry = min(now + time, MAX)
        write_record(record, ends, held, max(held.expiry, finish, known))
    end
    return (debt and '\2' or '\1') .. concat(before)
end

-- What an operation wrote is what the checks find, and is written whole.
if operation_count > 0 then
    local all = {}
    for o = 1, operation_count do all[o] = carry_out() end
    results = concat(all)
    rewritten = {}
    for i, raw in next, written do
        rewritten[i], values[i] = true, raw
    end
end
deciding = true
