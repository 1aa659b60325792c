/// How a limit counts. The raw value is the number `decide.lua` knows it by.
package enum Algorithm: UInt8, Sendable, CaseIterable {
    case fixedWindow = 1
    case slidingWindow = 2
    case tokenBucket = 3
    case slidingLog = 4
    case concurrency = 5

    /// The name in policies, requests and keys: `sliding-window`.
    package var name: String {
        switch self {
        case .fixedWindow: "fixed-window"
        case .slidingWindow: "sliding-window"
        case .tokenBucket: "token-bucket"
        case .slidingLog: "sliding-log"
        case .concurrency: "concurrency"
        }
    }

    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
