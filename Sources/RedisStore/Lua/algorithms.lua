local readers = { read_fixed, read_sliding, read_bucket }
local writers = { write_fixed, write_sliding, write_bucket }

local function read(i, l) return readers[algorithm[l]](state(i), i, l) end

local function store(i, l, t, s, a)
    if s > MAX then s = MAX end
    writers[algorithm[l]](i, l, t, s, a)
end

-- What is left nil where the batch needs no more than windows and buckets: counters whose values are not part of the
-- reply, counters that operations wrote, what became of the operations, and what logs and slots need of a
-- check.
local hidden, rewritten, results, retries, note_retry, take
