extension Rate {
    /// Reads `count [unit] (per|/) [n] [calendar] period`: `10/minute`, `90000 tokens per 15 minutes`.
    ///
    /// Case and spaces are free. The notation is that of Python's `limits`, with units and calendar periods added and
    /// its silent quirks taken out: there, a month is 30 days and a multiple of 0 is 1.
    package static func parse(_ bytes: Span<UInt8>) throws(RateProblem) -> Rate {
        try parse(bytes, in: 0..<bytes.count)
    }

    package static func parse(_ text: String) throws(RateProblem) -> Rate {
        try parse(text.utf8.span)
    }

    /// Reads rates joined by `,`, `;` or `|`.
    package static func parseList(_ bytes: Span<UInt8>) throws(RateProblem) -> [Rate] {
        var rates: [Rate] = []
        var start = 0
        for index in 0...bytes.count where index == bytes.count || isJoint(bytes[index]) {
            rates.append(try parse(bytes, in: start..<index))
            start = index + 1
        }
        return rates
    }

    package static func parseList(_ text: String) throws(RateProblem) -> [Rate] {
        try parseList(text.utf8.span)
    }

    /// Reads a duration: a whole number and `s`, `m`, `h` or `d`. At most 366 days; 0 is one.
    package static func parseDuration(_ bytes: Span<UInt8>) throws(RateProblem) -> Microseconds {
        var scanner = RateScanner(0..<bytes.count)
        scanner.skipSpace(bytes)
        let start = scanner.position
        guard let count = try scanner.number(bytes) else { throw scanner.problem(.notADuration, bytes) }
        scanner.skipSpace(bytes)
        let word = scanner.word(bytes)
        guard word.utf8.count == 1, let period = CalendarPeriod(word: word), period != .week else {
            throw scanner.problem(.notADuration, from: start, bytes)
        }
        scanner.advance(by: 1)
        let end = scanner.position
        scanner.skipSpace(bytes)
        guard scanner.isAtEnd else { throw scanner.problem(.notADuration, from: start, bytes) }
        let (duration, overflow) = count.multipliedReportingOverflow(by: period.longest)
        if overflow || duration > longestWindow { throw scanner.problem(.windowTooLong, start..<end, bytes) }
        return duration
    }

    package static func parseDuration(_ text: String) throws(RateProblem) -> Microseconds {
        try parseDuration(text.utf8.span)
    }

    private static func isJoint(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "|")
    }

    private static func parse(_ bytes: Span<UInt8>, in range: Range<Int>) throws(RateProblem) -> Rate {
        var scanner = RateScanner(range)
        let count = try scanner.count(bytes)
        let unit = try scanner.unitAndPer(bytes)
        return try scanner.window(bytes, count: count, unit: unit)
    }
}

extension RateScanner {
    fileprivate mutating func count(_ bytes: Span<UInt8>) throws(RateProblem) -> Int64 {
        skipSpace(bytes)
        let start = position
        if isAtEnd { throw problem(.empty, start..<start, bytes) }
        guard let count = try number(bytes) else {
            throw problem(peek(bytes) == UInt8(ascii: "-") ? .negative : .notACount, bytes)
        }
        guard let next = peek(bytes), !Self.isSpace(next), next != UInt8(ascii: "/") else { return count }
        // 10k, 1e6 and 0x10 are mistakes, not ten of a unit called k.
        let isUnit = Self.isLetter(next) && position + 1 < end && Self.isLetter(bytes[position + 1])
        guard isUnit else { throw problem(.notACount, from: start, bytes) }
        return count
    }

    /// Consumes the unit, if there is one, and the `per`. A word is the unit exactly when a `per` follows it.
    fileprivate mutating func unitAndPer(_ bytes: Span<UInt8>) throws(RateProblem) -> String {
        skipSpace(bytes)
        let start = position
        let word = word(bytes)
        if word.isEmpty {
            guard take(UInt8(ascii: "/"), bytes) else { throw problem(.missingPer, bytes) }
            return "requests"
        }
        advance(by: word.utf8.count)
        let afterWord = position
        skipSpace(bytes)
        if take(UInt8(ascii: "/"), bytes) || takePer(bytes) {
            guard Self.isUnit(word) else { throw problem(.notAUnit, start..<afterWord, bytes) }
            return word
        }
        self = RateScanner(start..<end)
        guard takePer(bytes) else {
            advance(by: word.utf8.count)
            skipSpace(bytes)
            throw isAtEnd ? problem(.missingPeriod, bytes) : problem(.missingPer, bytes)
        }
        return "requests"
    }

    /// Consumes a `per`, which what follows may be glued to: `per5minutes`.
    private mutating func takePer(_ bytes: Span<UInt8>) -> Bool {
        let word = word(bytes)
        guard word.hasPrefix("per") else { return false }
        let rest = word.dropFirst(3)
        let startsWindow =
            rest.isEmpty || rest.utf8.first.map(Self.isDigit) == true
            || rest.hasPrefix("calendar") || CalendarPeriod(word: String(rest)) != nil
        if startsWindow { advance(by: 3) }
        return startsWindow
    }

    fileprivate mutating func window(
        _ bytes: Span<UInt8>,
        count: Int64,
        unit: String
    ) throws(RateProblem) -> Rate {
        skipSpace(bytes)
        let start = position
        let multiple = try number(bytes)
        let multipleEnd = position
        if multiple == 0 { throw problem(.zeroMultiple, start..<multipleEnd, bytes) }
        skipSpace(bytes)
        let isCalendar = takeCalendar(bytes)
        if isCalendar, let multiple, multiple != 1 {
            throw problem(.calendarMultiple, start..<multipleEnd, bytes)
        }
        let period = try period(bytes, isCalendar: isCalendar)
        if isCalendar { return Rate(count: count, unit: unit, window: period.longest, calendar: period) }
        let (window, overflow) = period.longest.multipliedReportingOverflow(by: multiple ?? 1)
        if overflow || window > longestWindow { throw problem(.windowTooLong, start..<position, bytes) }
        return Rate(count: count, unit: unit, window: window)
    }

    private mutating func takeCalendar(_ bytes: Span<UInt8>) -> Bool {
        let word = word(bytes)
        guard word.hasPrefix("calendar") else { return false }
        let rest = String(word.dropFirst(8))
        guard rest.isEmpty || CalendarPeriod(word: rest) != nil else { return false }
        advance(by: 8)
        skipSpace(bytes)
        return true
    }

    /// Consumes the period, which must be the last word.
    private mutating func period(_ bytes: Span<UInt8>, isCalendar: Bool) throws(RateProblem) -> CalendarPeriod {
        if isAtEnd { throw problem(.missingPeriod, bytes) }
        let word = word(bytes)
        guard let period = CalendarPeriod(word: word) else { throw problem(.notAPeriod, bytes) }
        if !isCalendar, !period.isFixed { throw problem(.needsCalendar, bytes) }
        advance(by: word.utf8.count)
        var rest = self
        rest.skipSpace(bytes)
        guard rest.isAtEnd else { throw rest.problem(.trailing, bytes) }
        return period
    }

    private static func isUnit(_ word: String) -> Bool {
        guard let first = word.utf8.first, isLetter(first) else { return false }
        return word.utf8.count <= 32
    }
}
