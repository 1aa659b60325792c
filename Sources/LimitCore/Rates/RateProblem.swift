/// Why a text is no rate, or no duration: the text that is to blame and where it stands.
package struct RateProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        case empty
        case notACount
        case negative
        case tooLarge
        case notAUnit
        case missingPer
        case missingPeriod
        case notAPeriod
        case zeroMultiple
        case windowTooLong
        case needsCalendar
        case calendarMultiple
        case trailing
        case notADuration
    }

    package var reason: Reason
    /// The offending part of the text, cut where it is long; empty where something is missing.
    package var text: String
    /// Where it starts, in bytes from the start of the whole text.
    package var offset: Int

    package init(_ reason: Reason, text: String, offset: Int) {
        self.reason = reason
        self.text = text
        self.offset = offset
    }

    package var description: String {
        text.isEmpty ? "at byte \(offset) \(sentence)" : "\"\(text)\" at byte \(offset) \(sentence)"
    }

    private var sentence: String {
        switch reason {
        case .empty: "is empty; a rate reads like 10 per minute"
        case .notACount: "is not a whole number"
        case .negative: "is negative"
        case .tooLarge: "is above 2^53 - 1"
        case .notAUnit: "is not a unit: a letter, then up to 31 letters, digits, _ or -"
        case .missingPer: "is not \"per\" or \"/\""
        case .missingPeriod: "lacks a period"
        case .notAPeriod: "is not a period: second, minute, hour, day, week, or calendar month or year"
        case .zeroMultiple: "is not a number of periods: it must be at least 1"
        case .windowTooLong: "is longer than 366 days"
        case .needsCalendar: "has no fixed length; write \"calendar\" before it"
        case .calendarMultiple: "must be 1 with \"calendar\""
        case .trailing: "follows the end of the rate"
        case .notADuration: "is not a duration: a whole number and s, m, h or d"
        }
    }
}
