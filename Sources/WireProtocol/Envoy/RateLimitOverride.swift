import LimitCore

/// A limit that comes with a descriptor.
struct RateLimitOverride {
    private var perUnit: UInt32 = 0
    private var unit: UInt64 = 0

    /// Reads a message of it on top of an earlier one, as protobuf merges them.
    mutating func read(_ range: Range<Int>, of bytes: Span<UInt8>) throws(InvalidField) {
        do throws(InvalidField) {
            var fields = FieldReader(range)
            while try fields.next(in: bytes) {
                switch fields.number {
                case 1: perUnit = UInt32(truncatingIfNeeded: try fields.uint64(in: bytes, "requests_per_unit"))
                case 2: unit = try fields.uint64(in: bytes, "unit")
                default: try fields.skip(in: bytes)
                }
            }
        } catch {
            throw error.inside("limit")
        }
    }

    /// The limit in the notation of policies: `10 per minute`.
    var rate: String {
        get throws(InvalidField) {
            guard let unit = RateLimitUnit(rawValue: UInt8(clamping: unit)), unit != .unknown else {
                throw InvalidField("limit.unit", "is not SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR")
            }
            return "\(perUnit) per \(unit.period)"
        }
    }
}

/// Envoy's units of time, by their numbers.
package enum RateLimitUnit: UInt8, Sendable {
    case unknown = 0
    case second = 1
    case minute = 2
    case hour = 3
    case day = 4
    /// Of the calendar, as is the year.
    case month = 5
    case year = 6
    case week = 7

    /// The unit of a limit's window; unknown where it has none.
    init(_ limit: LimitState) {
        switch limit.calendar {
        case .month: self = .month
        case .year: self = .year
        case .second, .minute, .hour, .day, .week, nil:
            switch limit.windowMilliseconds {
            case 1000: self = .second
            case 60_000: self = .minute
            case 3_600_000: self = .hour
            case 86_400_000: self = .day
            case 604_800_000: self = .week
            default: self = .unknown
            }
        }
    }

    /// In the notation of policies.
    var period: String {
        switch self {
        case .unknown: ""
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day"
        case .month: "calendar month"
        case .year: "calendar year"
        case .week: "week"
        }
    }
}
