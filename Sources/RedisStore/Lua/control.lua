#!lua
-- What daemons tell each other through the store, once a second and by operators: who is alive, and documents with a
-- version such as the policy. Nothing of it is on the way of a decision.
--
-- beat   KEYS the list of daemons; ARGV id, address, us that a daemon counts as alive without a further beat.
--        The reply: id and address of all that are alive, in the order of their ids.
-- read   KEYS a document; ARGV the version known. The reply: the version, and the content where it is another.
-- write  KEYS a document; ARGV the version it is to replace or -1 for any, the content.
--        The reply: 1 and the new version, or 0 and the one that is there.
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

local version = value and struct.unpack('<d', value) or 0
if operation == 'read' then
    if version == tonumber(ARGV[2]) then return { version } end
    return { version, value and string.sub(value, 9) or '' }
end
if operation == 'write' then
    local expected = tonumber(ARGV[2])
    if not (expected == -1 or expected == version) then return { 0, version } end
    redis.call('SET', key, struct.pack('<d', version + 1) .. ARGV[3])
    return { 1, version + 1 }
end
error('headgate: no such operation')
