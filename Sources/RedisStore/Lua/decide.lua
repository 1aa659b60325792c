#!lua flags=allow-cross-slot-keys
-- Decides a batch of checks, in order, each in one step: all of its charges fit and all are charged, or none is; and
-- before them it carries out operations on leases, each in one step.
--
-- A twin of LimitCore: the same integers and the same roundings as Reading, FixedWindow, SlidingWindow, TokenBucket,
-- SlidingLog, Slots and HeldCharge. It only finds out what is admitted and what to write. Its reply is what it read
-- and how many calls of each entry it admitted; from that the daemon computes every answer with LimitCore itself.
--
-- The script is the files decide, windows, bucket, calendar, entries, log, slots, leases, runs, checks and reply.lua, one
-- after the other. To define a function costs time with every call, so what a batch does not need is not even defined:
-- calendar to leases only if it needs `more`, checks.lua only for runs that are not the plain ones of runs.lua.
--
-- Keys:  the counters and lease records, each once. Without declared keys (a batch over several slots of a Cluster)
--        they follow the plan as arguments.
-- Plan:  ARGV[1], little-endian.
--          header  u16 limits, u16 operations, u16 runs
--          limit   u8 algorithm, u8 overdraft, u8 calendar (0 none, 1 second to 7 year), f64 window in us, f64 count,
--                  f64 capacity
--          operation, see leases.lua
--          run     u16 entries, u16 calls of each entry, u8 flags (1 peek, 2 the counters are listed, 4 joined,
--                  8 buckets are tracked), u8 charges, then per charge u16 limit, u8 shadow, f64 cost (below 0 it is
--                  given back); then, if joined, see `settle`; then by entry, if listed, one u16 counter per charge,
--                  else the counters go on after the highest one so far; and, if it takes slots, 8 bytes per call that
--                  name its lease
-- Reply: the values of all counters as the checks found them, the two parts of TIME, a string with a u16 for each
--        entry, one with an f64 for each charge of an entry on a log or slots (when it fits, if it does not), and one
--        of what became of the operations. Of a log or slots the value is a summary of now: f64 time, spent, aside.
--
-- Nothing is written before everything is read and decided, and each counter is written by one command: a script that
-- fails has changed nothing. Every number is checked before it counts: a NaN passes every comparison.
local call, pack, unpack_from = redis.call, struct.pack, struct.unpack
local min, max, ceil = math.min, math.max, math.ceil
local concat = table.concat
local MAX = 9007199254740991 -- 2^53 - 1, up to which a double is an exact integer
local LONGEST = 366 * 86400 * 1000000
local FIXED, SLIDING, BUCKET, LOG, SLOTS = 1, 2, 3, 4, 5
local CALENDAR = 6 -- a fixed window of the calendar

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

local limit_count, operation_count, run_count
limit_count, operation_count, run_count, at = unpack_from('<HHH', plan, at)
local algorithm, overdraft, window, count, capacity = {}, {}, {}, {}, {}
local uses, calendar = {}, nil
for l = 1, limit_count do
    local kind, over, period, w, n, most
    kind, over, period, w, n, most, at = unpack_from('<BBBddd', plan, at)
    amount(kind, 'algorithm', FIXED, SLOTS)
    if period > 0 then
        calendar = calendar or {}
        calendar[l] = amount(period, 'calendar', 1, 7)
        kind = CALENDAR
    end
    uses[kind] = true
    algorithm[l] = kind
    overdraft[l] = over == 1
    window[l] = amount(w, 'window', 1, LONGEST)
    count[l] = amount(n, 'count', 0, MAX)
    capacity[l] = amount(most, 'capacity', 0, MAX)
end
-- Whether the batch needs more than windows and buckets.
local more = operation_count > 0 or uses[CALENDAR] or uses[LOG] or uses[SLOTS]

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

local function verify(t, s, a)
    if t >= 0 and t <= MAX and s >= 0 and s <= MAX and a >= 0 and a <= MAX then return end
    error('headgate: a counter holds no state')
end

-- Each algorithm has a function that takes a counter's state and brings it forward to now: time, spent and aside, what
-- counts against the limit, whether the clock stepped back so far that the stamps were moved, and what the key's expiry
-- was set for. Another one notes the state to be written. Both run once a decision, so what almost never happens is left
-- to functions of its own.
--
-- An expiry was set for a window's start, or until when a bucket is kept. One that is left alone makes a write cheaper by
-- half, so a window's is set when the window starts, and a bucket's for half as long again as a full one takes to drain,
-- noted in its state.
local readers, writers = {}, {}

local function read(i, l) return readers[algorithm[l]](state(i), i, l) end

local function store(i, l, t, s, a, last)
    if s > MAX then s = MAX end
    writers[algorithm[l]](i, l, t, s, a, last)
end

-- Of a bucket that leases or parts of checks over several slots were charged to, so that they can be given back: since
-- when something has been spent without a break, and what came back in that time, refilled or given back. They are at
-- the end of the state of such a bucket, and else missing.
local since, returned

-- What is left nil where the batch needs no more than windows and buckets: counters whose values are not part of the
-- reply, counters that operations wrote, what became of the operations, and what logs and slots need of a check.
local hidden, rewritten, results, retries, note_retry, take
