if uses[BUCKET] then
    since, returned = {}, {}
    local full = {} -- how long, in us, a bucket of limit l takes to drain when it is full

    -- How long, in us, a bucket of limit l takes to refill `s`.
    local function fill_time(s, l)
        if count[l] == 0 then return MAX end
        local fill, rest = mul_add_div(s, window[l], 0, count[l])
        return rest > 0 and fill + 1 or fill
    end

    readers[BUCKET] = function(raw, i, l)
        if not raw then return now, 0, 0, 0, false end
        local t, s, a, till = unpack_from('<dddd', raw)
        if not (t >= 0 and s >= 0 and a >= 0 and t + s + a <= MAX) then verify(t, s, a) end
        if #raw >= 48 then
            since[i], returned[i] = unpack_from('<dd', raw, 33)
            verify(since[i], returned[i], 0)
        end
        local elapsed = now - t
        if elapsed < 0 then return now, s, a, s, true, till end
        local w, refilled, carry = window[l], count[l] * elapsed + a, nil
        if refilled <= MAX then
            carry = refilled % w
            refilled = (refilled - carry) / w
        else
            refilled, carry = mul_add_div(count[l], elapsed, a, w)
        end
        if refilled >= s then
            if since[i] and elapsed > 0 then since[i], returned[i] = now, 0 end
            return now, 0, 0, 0, false, till
        end
        s = s - refilled
        if returned[i] then returned[i] = min(returned[i] + refilled, MAX) end
        return now, s, carry, s, false, till
    end

    writers[BUCKET] = function(i, l, t, s, a, till)
        local fill = full[l]
        if not fill then
            fill = fill_time(capacity[l], l)
            full[l] = fill
        end
        if s > capacity[l] then fill = fill_time(s, l) end
        if not till or till < now + fill then
            till = min(now + fill + ceil(fill / 2), MAX)
            expiry[i] = ceil((till - now) / 1000) + slack
        end
        if since[i] then
            written[i] = pack('<dddddd', t, s, a, till, since[i], returned[i])
        else
            written[i] = pack('<dddd', t, s, a, till)
        end
    end
end
