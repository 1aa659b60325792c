#!lua
-- What daemons tell each other through the store, once a second and by operators: who is alive, and documents with a
-- version such as the policy. Nothing of it is on the way of a decision.
--
-- beat   KEYS the list of daemons; ARGV id, address, us that a daemon counts as alive without a further beat.
--        The reply: id and address of all that are alive, in the order of their ids.
-- read   KEYS a document; ARGV the version known. The reply: the version, and the content where it is another.
-- write  KEYS a document; ARGV the version it is to replace or -1 for any, the content, and the least that the new
--        version may be. The reply: 1 and the new version, or 0 and the one that is there.
-- report KEYS the list of replicas; ARGV, again and again: pool, replica, state, load, us of silence after which it is
--        forgotten, us since the report came. The reply: the time in us, and all replicas, packed as below.
local operation, key = ARGV[1], KEYS[1]
local value = redis.call('GET', key)

if operation == 'beat' then
    local clock = redis.call('TIME')
    local now = clock[1] * 1000000 + clock[2]
    local id, address, lifetime = ARGV[2], ARGV[3], tonumber(ARGV[4])
    if not (lifetime >= 1 and lifetime <= 1e12 and #id <= 255 and #address <= 255) then
        error('headgate: beat out of range')
    end
    local alive, at = { { id, address, now } }, 1
    while value and at <= #value do
        local other, where, seen
        seen, other, where, at = struct.unpack('<dBc0Bc0', value, at)
        -- A clock that stepped back leaves beats of the future; they count from now.
        if seen > now then seen = now end
        if other ~= id and now - seen < lifetime then alive[#alive + 1] = { other, where, seen } end
    end
    table.sort(alive, function(a, b) return a[1] < b[1] end)
    local packed, reply = {}, {}
    for i, one in ipairs(alive) do
        packed[i] = struct.pack('<dBc0Bc0', one[3], #one[1], one[1], #one[2], one[2])
        reply[2 * i - 1], reply[2 * i] = one[1], one[2]
    end
    redis.call('SET', key, table.concat(packed), 'PX', math.ceil(lifetime / 1000))
    return reply
end

if operation == 'report' then
    local clock = redis.call('TIME')
    local now = clock[1] * 1000000 + clock[2]
    if #ARGV == 1 then return { now, value or '' } end
    -- Seen, lifetime, since, load, state, pool and name of a replica.
    local format = '<ddddBBc0Bc0'
    local known, count, at = {}, 0, 1
    while value and at <= #value do
        local r = {}
        r.seen, r.lifetime, r.since, r.load, r.state, r.pool, r.name, at = struct.unpack(format, value, at)
        -- A clock that stepped back leaves reports of the future; they count from now.
        if r.seen > now then r.seen = now end
        if now - r.seen < r.lifetime then
            known[#r.pool .. ':' .. r.pool .. r.name] = r
            count = count + 1
        end
    end
    for i = 2, #ARGV, 6 do
        local pool, name, state = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
        local load, lifetime, age = tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
        if not (#pool <= 128 and #name <= 128 and state >= 1 and state <= 3 and load >= 0 and age >= 0
            and lifetime >= 1 and lifetime <= 1e12) then
            error('headgate: report out of range')
        end
        local id = #pool .. ':' .. pool .. name
        local old, seen = known[id], now - age
        -- Another daemon may have told of a later report already.
        if old and old.seen <= seen or not old and count < 4096 then
            local goeson = old and old.state == state and seen - old.seen < old.lifetime
            if not old then count = count + 1 end
            known[id] = { seen = seen, lifetime = lifetime, since = goeson and old.since or seen, load = load,
                state = state, pool = pool, name = name }
        end
    end
    local packed, longest = {}, 1
    for _, r in pairs(known) do
        packed[#packed + 1] = struct.pack(format, r.seen, r.lifetime, r.since, r.load, r.state, #r.pool, r.pool,
            #r.name, r.name)
        longest = math.max(longest, r.seen + r.lifetime - now)
    end
    value = table.concat(packed)
    redis.call('SET', key, value, 'PX', math.ceil(longest / 1000))
    return { now, value }
end

local version = value and struct.unpack('<d', value) or 0
if operation == 'read' then
    if version == tonumber(ARGV[2]) then return { version } end
    return { version, value and string.sub(value, 9) or '' }
end
if operation == 'write' then
    local expected = tonumber(ARGV[2])
    if not (expected == -1 or expected == version) then return { 0, version } end
    version = math.max(version + 1, tonumber(ARGV[4]))
    redis.call('SET', key, struct.pack('<d', version) .. ARGV[3])
    return { 1, version }
end
error('headgate: no such operation')
