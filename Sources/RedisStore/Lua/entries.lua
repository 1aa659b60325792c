-- In place of a log or slots the reply holds a summary, made when a check first reads one. `hidden` has it, or false.
local deciding, summarized = false, {}
hidden, retries = {}, {}

-- What logs and slots have in common: one f64, then entries of 16 bytes of which the last 8 are an f64, here counted
-- from 0. The entry e starts at byte 9 + 16 e, its last number at 17 + 16 e.

local function entry_count_of(raw)
    local entries = (#raw - 8) / 16
    if entries < 1 or entries % 1 ~= 0 then error('headgate: a counter holds no state') end
    return entries
end

-- The number at a byte of a state.
local function number_at(raw, position)
    local value = unpack_from('<d', raw, position)
    if not (value >= 0 and value <= MAX) then error('headgate: a counter holds no state') end
    return value
end

-- What a read returns, noted for the reply where it is a check's first one of the counter.
local function summarize(i, t, s, a, moved)
    if not deciding then
        hidden[i] = false
    elseif not summarized[i] then
        summarized[i], hidden[i] = true, s > 0 and pack('<ddd', t, s, a)
    end
    return t, s, a, s, moved
end

local SPAN = 64 -- entries that are changed at once

-- The entries from `first` to before `last` with a step added to their times, or to the numbers behind them. `form` is
-- how one is packed.
local function stepped(raw, form, first, last, time_step, number_step)
    local parts, position = {}, 9 + 16 * first
    while first < last do
        local entries = min(last - first, SPAN)
        local all = '<' .. rep(form, entries)
        local numbers = { unpack_from(all, raw, position) }
        for k = 1, 2 * entries, 2 do
            if time_step ~= 0 then numbers[k] = numbers[k] + time_step end
            numbers[k + 1] = numbers[k + 1] + number_step
        end
        parts[#parts + 1] = pack(all, unpack(numbers, 1, 2 * entries))
        first, position = first + entries, position + 16 * entries
    end
    return concat(parts)
end
