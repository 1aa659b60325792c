/// How much of what costs a server more than its sender a connection may do, in proportion to its useful streams.
///
/// A caller whose deadline is short resets many streams in the very incident it needs its connection in, and an honest
/// client probes bandwidth with pings: absolute limits would cut both off. The counts begin anew every 30 seconds.
struct FloodBudget {
    enum Excess: Equatable {
        case resets
        case control
        case continuations
    }

    static let period: Int64 = 30
    private static let resetsAtLeast: Int64 = 200
    /// One in five.
    private static let streamsForReset: Int64 = 5
    private static let controlAtLeast: Int64 = 1000
    private static let controlForStream: Int64 = 10

    private var streams: Int64 = 0
    private var resets: Int64 = 0
    private var control: Int64 = 0
    private var ticks: Int64 = 0

    mutating func countStream() { streams += 1 }

    /// A stream that ended before its answer, by the peer or by its fault.
    mutating func countReset() { resets += 1 }

    /// PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA and frames of unknown types.
    /// One that must be answered (PING, SETTINGS) costs more than reading it, and counts four times.
    mutating func countControl(answered: Bool = false) { control += answered ? 4 : 1 }

    var excess: Excess? {
        if resets > max(Self.resetsAtLeast, streams / Self.streamsForReset) { return .resets }
        return control > Self.controlAtLeast + Self.controlForStream * streams ? .control : nil
    }

    /// Called about once a second.
    mutating func tick() {
        ticks += 1
        if ticks % Self.period == 0 {
            (streams, resets, control) = (0, 0, 0)
        }
    }
}
