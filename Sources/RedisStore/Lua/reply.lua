for i = 1, counters do
    local value = written[i]
    if value then
        local time = expiry[i]
        if time then
            call('SET', keys[i], value, 'PX', time)
        elseif #value == #values[i] and not (rewritten and rewritten[i]) then
            call('SETRANGE', keys[i], '0', value)
        else
            call('SET', keys[i], value, 'KEEPTTL')
        end
    elseif value == false then
        call('DEL', keys[i])
    end
end

if hidden then
    for i, summary in next, hidden do values[i] = summary end
end
values[counters + 1] = clock[1]
values[counters + 2] = clock[2]
values[counters + 3] = concat(admitted)
values[counters + 4] = retries and concat(retries) or ''
values[counters + 5] = results or ''
return values
