local floor, rep, sub, find = math.floor, string.rep, string.sub, string.find

-- The calendar, a twin of CalendarPeriod and CivilMonth: UTC, weeks from Monday, years counted from March so that the
-- leap day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013).
local DAY = 86400000000
local FIRST_MONDAY = 4 * DAY
local WEEK, MONTH = 5, 6

local function month_of(day)
    local shifted = day + 719468
    local era = floor(shifted / 146097)
    local of_era = shifted - era * 146097
    local year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365)
    local of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100))
    local from_march = floor((5 * of_year + 2) / 153)
    if from_march < 10 then return year + era * 400, from_march + 3 end
    return year + era * 400 + 1, from_march - 9
end

local function start_of(year, month)
    local from_march = month - 3
    if month <= 2 then year, from_march = year - 1, month + 9 end
    local era = floor(year / 400)
    local of_era = year - era * 400
    local of_year = floor((153 * from_march + 2) / 5)
    return (era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468) * DAY
end

-- Where the window of limit l starts and ends that an instant lies in.
local function period(l, instant)
    local kind, w = calendar[l], window[l]
    if kind <= WEEK then
        local start = instant - (instant - (kind == WEEK and FIRST_MONDAY or 0)) % w
        return start, start + w
    end
    local year, month = month_of(floor(instant / DAY))
    if kind > MONTH then return start_of(year, 1), start_of(year + 1, 1) end
    if month == 12 then return start_of(year, month), start_of(year + 1, 1) end
    return start_of(year, month), start_of(year, month + 1)
end

local current = {} -- where the window of limit l starts that now lies in

local function read_calendar(raw, i, l)
    local start = current[l]
    if not start then
        start = period(l, now)
        current[l] = start
    end
    if not raw then return start, 0, 0, 0, false end
    local t, s = unpack_from('<dd', raw)
    if not (t >= 0 and s >= 0 and t + s <= MAX) then verify(t, s, 0) end
    local last = t
    if t - now > window[l] then return start, s, 0, s, true, last end
    if t < start then return start, 0, 0, 0, false, last end
    return t, s, 0, s, false, last
end

local function write_calendar(i, l, t, s, _, last)
    if last ~= t then
        local _, finish = period(l, t)
        expiry[i] = ceil((finish - now) / 1000) + slack
    end
    written[i] = s > 0 and pack('<dd', t, s)
end

readers[CALENDAR], writers[CALENDAR] = read_calendar, write_calendar
