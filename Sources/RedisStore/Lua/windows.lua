if uses[FIXED] then
    readers[FIXED] = function(raw, i, l)
        if not raw then return now, 0, 0, 0, false end
        local t, s = unpack_from('<dd', raw)
        if not (t >= 0 and s >= 0 and t + s <= MAX) then verify(t, s, 0) end
        local w, elapsed = window[l], now - t
        if elapsed < -w then return now, s, 0, s, true, t end
        if elapsed >= w then return now, 0, 0, 0, false, t end
        return t, s, 0, s, false, t
    end

    writers[FIXED] = function(i, l, t, s, _, last)
        if last ~= t then expiry[i] = ceil((t + window[l] - now) / 1000) + slack end
        written[i] = s > 0 and pack('<dd', t, s)
    end
end

if uses[SLIDING] then
    readers[SLIDING] = function(raw, i, l)
        if not raw then return now, 0, 0, 0, false end
        local t, s, a = unpack_from('<ddd', raw)
        if not (t >= 0 and s >= 0 and a >= 0 and t + s + a <= MAX) then verify(t, s, a) end
        local last = t
        local w, elapsed = window[l], now - t
        if elapsed < -w then return now, s, a, a == 0 and s or min(a + s, MAX), true, last end
        if elapsed >= w then
            if elapsed >= 2 * w or s == 0 then return now, 0, 0, 0, false, last end
            t, s, a, elapsed = t + w, 0, s, elapsed - w
        end
        if a == 0 then return t, s, a, s, false, last end
        if elapsed < 0 then elapsed = 0 end
        local used, rest = a * (w - elapsed), nil
        if used <= MAX then
            rest = used % w
            used = (used - rest) / w
        else
            used, rest = mul_add_div(a, w - elapsed, 0, w)
        end
        if rest > 0 then used = used + 1 end
        used = used + s
        if used > MAX then used = MAX end
        return t, s, a, used, false, last
    end

    writers[SLIDING] = function(i, l, t, s, a, last)
        if last ~= t then expiry[i] = ceil((t + 2 * window[l] - now) / 1000) + slack end
        written[i] = (s > 0 or a > 0) and pack('<ddd', t, s, a)
    end
end
