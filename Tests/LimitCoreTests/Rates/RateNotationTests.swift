import LimitCore
import Testing

private let second: Microseconds = 1_000_000
private let minute = 60 * second
private let hour = 60 * minute
private let day = 24 * hour

@Suite struct `Rate notation` {
    @Test(arguments: [
        ("10/minute", Rate(count: 10, window: minute)),
        ("10 per minute", Rate(count: 10, window: minute)),
        ("5 per 5 minutes", Rate(count: 5, window: 5 * minute)),
        ("90000 tokens/minute", Rate(count: 90_000, unit: "tokens", window: minute)),
        ("100/15 seconds", Rate(count: 100, window: 15 * second)),
        (
            "1000000 tokens per calendar month",
            Rate(count: 1_000_000, unit: "tokens", window: 31 * day, calendar: .month)
        ),
        ("1 per 1 calendar year", Rate(count: 1, window: 366 * day, calendar: .year)),
        ("7 per calendar week", Rate(count: 7, window: 7 * day, calendar: .week)),
        ("0/s", Rate(count: 0, window: second)),
        ("0010/s", Rate(count: 10, window: second)),
        ("9007199254740991/h", Rate(count: Amount.max, window: hour)),
        ("1/366 days", Rate(count: 1, window: 366 * day)),
        ("1/52w", Rate(count: 1, window: 364 * day)),
        ("1 gpu-seconds_2 per hr", Rate(count: 1, unit: "gpu-seconds_2", window: hour)),
    ])
    func `every form of the grammar is read`(text: String, rate: Rate) throws {
        #expect(try Rate.parse(text) == rate)
    }

    @Test(arguments: [
        "10/MINUTE", "  10  /  minute  ", "10 Per Minute", "10\tper\n1 min", "10perminute", "10per1minute",
        "10 per60s", "10/60sec", "10 requests/minute", "10 REQUESTS per m", "10requests/minute",
    ])
    func `case and spaces are free`(text: String) throws {
        #expect(try Rate.parse(text) == Rate(count: 10, window: minute))
    }

    @Test(arguments: [
        ("10 per per minute", "per"), ("10 per/minute", "per"), ("10 persons per minute", "persons"),
        ("10 minute/minute", "minute"), ("10 calendar/minute", "calendar"),
    ])
    func `a word is the unit exactly when per follows it`(text: String, unit: String) throws {
        #expect(try Rate.parse(text).unit == unit)
    }

    @Test(arguments: [
        "second", "seconds", "s", "sec", "minute", "minutes", "m", "min", "hour", "hours", "h", "hr", "day", "days",
        "d",
        "week", "weeks", "w",
    ])
    func `every name of a period is known`(period: String) throws {
        #expect(try Rate.parse("3 per 2 \(period)") == Rate.parse("3/2\(period)"))
    }

    @Test(arguments: [
        ("", RateProblem.Reason.empty, "", 0),
        ("   ", .empty, "", 3),
        ("banana", .notACount, "banana", 0),
        ("-5/minute", .negative, "-5", 0),
        ("+5/minute", .notACount, "+5", 0),
        ("1.5/minute", .notACount, "1.5", 0),
        ("1_000/minute", .notACount, "1_000", 0),
        ("10k/minute", .notACount, "10k", 0),
        ("1e6 per minute", .notACount, "1e6", 0),
        ("9007199254740992/s", .tooLarge, "9007199254740992", 0),
        ("99999999999999999999999999/s", .tooLarge, "99999999999999999999999999", 0),
        ("10", .missingPer, "", 2),
        ("10 tokens", .missingPeriod, "", 9),
        ("10 tokens minute", .missingPer, "minute", 10),
        ("10 é/minute", .missingPer, "é", 3),
        ("10 _x/minute", .notAUnit, "_x", 3),
        ("10 abcdefghijklmnopqrstuvwxyzabcdefg/s", .notAUnit, "abcdefghijklmnopqrstuvwxyzabcdefg", 3),
        ("10/", .missingPeriod, "", 3),
        ("10 per", .missingPeriod, "", 6),
        ("10/banana", .notAPeriod, "banana", 3),
        ("10/5 bananas", .notAPeriod, "bananas", 5),
        ("10/minutes5", .notAPeriod, "minutes5", 3),
        ("10/0 minutes", .zeroMultiple, "0", 3),
        ("10/-1 minutes", .notAPeriod, "-1", 3),
        ("10/367 days", .windowTooLong, "367 days", 3),
        ("10/9007199254740991 weeks", .windowTooLong, "9007199254740991 weeks", 3),
        ("10/month", .needsCalendar, "month", 3),
        ("10 per 2 years", .needsCalendar, "years", 9),
        ("10 per 2 calendar months", .calendarMultiple, "2", 7),
        ("10/calendar", .missingPeriod, "", 11),
        ("10/calendar fortnight", .notAPeriod, "fortnight", 12),
        ("10/minute please", .trailing, "please", 10),
        ("10/minute/minute", .trailing, "/", 9),
        ("10/minute, 5/hour", .trailing, ",", 9),
    ])
    func `an error names the offending text and its place`(
        text: String,
        reason: RateProblem.Reason,
        offending: String,
        offset: Int
    ) {
        #expect(throws: RateProblem(reason, text: offending, offset: offset)) { try Rate.parse(text) }
    }

    @Test func `a long offending text is cut and control characters do not come through`() {
        let text = "1/" + String(repeating: "x", count: 5_000)
        #expect(throws: RateProblem(.notAPeriod, text: String(repeating: "x", count: 48) + "...", offset: 2)) {
            try Rate.parse(text)
        }
        #expect(throws: RateProblem(.notAPeriod, text: "?[31m", offset: 2)) { try Rate.parse("1/\u{1B}[31m") }
    }

    @Test(arguments: [",", ";", "|", " ; ", ", "])
    func `rates in one text are joined by a comma, a semicolon or a bar`(joint: String) throws {
        let rates = try Rate.parseList("10/minute\(joint)5 tokens per hour\(joint)1/d")
        #expect(
            rates == [
                Rate(count: 10, window: minute), Rate(count: 5, unit: "tokens", window: hour),
                Rate(count: 1, window: day),
            ]
        )
    }

    @Test(arguments: [("10/minute,", 10), (",10/minute", 0), ("1/s;;2/s", 4), ("", 0)])
    func `an empty place in a list is an error`(text: String, offset: Int) {
        #expect(throws: RateProblem(.empty, text: "", offset: offset)) { try Rate.parseList(text) }
    }

    @Test func `offsets in a list count from the start of the text`() {
        #expect(throws: RateProblem(.notAPeriod, text: "fortnight", offset: 14)) {
            try Rate.parseList("10/minute; 5/ fortnight")
        }
    }

    @Test(arguments: [
        ("60s", 60 * second), ("0s", 0), ("5m", 5 * minute), ("2 H", 2 * hour), (" 366d ", 366 * day),
    ])
    func `a duration is a whole number and a letter`(text: String, duration: Microseconds) throws {
        #expect(try Rate.parseDuration(text) == duration)
    }

    @Test(arguments: [
        ("", RateProblem.Reason.notADuration, "", 0),
        ("60", .notADuration, "60", 0),
        ("s", .notADuration, "s", 0),
        ("1w", .notADuration, "1w", 0),
        ("1.5h", .notADuration, "1.5h", 0),
        ("60sec", .notADuration, "60sec", 0),
        ("1h30m", .notADuration, "1h30m", 0),
        ("1h 30m", .notADuration, "1h 30m", 0),
        ("-1s", .notADuration, "-1s", 0),
        ("367d", .windowTooLong, "367d", 0),
        ("9007199254740991d", .windowTooLong, "9007199254740991d", 0),
    ])
    func `anything else is no duration`(text: String, reason: RateProblem.Reason, offending: String, offset: Int) {
        #expect(throws: RateProblem(reason, text: offending, offset: offset)) { try Rate.parseDuration(text) }
    }

    @Test(arguments: [
        ("10/m", "10 per minute", "1minute"),
        ("5 per 300s", "5 per 5 minutes", "5minute"),
        ("5 tokens/7d", "5 tokens per week", "1week"),
        ("5/90s", "5 per 90 seconds", "90second"),
        ("1 per calendar month", "1 per calendar month", "calendar-month"),
    ])
    func `a rate is written in one form`(text: String, description: String, window: String) throws {
        let rate = try Rate.parse(text)
        #expect(rate.description == description)
        #expect(rate.windowName == window)
    }
}
