/// The answer to a check. Raw values are those of the contract.
package enum Verdict: UInt8, Sendable, CaseIterable {
    case allowed = 1
    case limited = 2
    case forbidden = 3
    case unavailable = 4
}

/// Why a verdict is not `allowed`. Raw values are those of the contract.
package enum Reason: UInt8, Sendable, CaseIterable {
    case unspecified = 0
    case rate = 1
    case concurrency = 2
    case costTooLarge = 3
    case tier = 4
    case blocked = 5
    case storeUnavailable = 6
    case noRule = 7
}
