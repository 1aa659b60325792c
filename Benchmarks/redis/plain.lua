-- The reference: a plain GCRA, one decision a call.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local emission, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if tat < now then tat = now end
local new = tat + emission * cost
local allow_at = new - emission * burst
if allow_at > now then return {0, 0, allow_at - now, tat - now} end
redis.call('SET', KEYS[1], string.format('%.0f', new), 'PX', math.ceil((new - now) / 1000))
return {1, math.floor((now - allow_at) / emission), 0, new - now}
