/// What holds of a store's answers whatever was asked before, checked without the oracle.
package enum Property: String, Sendable, CaseIterable {
    /// Refused until just before the announced wait is over, and admitted at its end.
    case retryIsExact
    /// A call of `remaining` is admitted, one of a unit more is not.
    case remainingIsTrue
    /// `remaining` is the limit after `reset`, and not a microsecond earlier.
    case resetIsTrue
    /// The same history with peeks in between has the same answers.
    case peekChangesNothing
    /// The same history with refused checks in between has the same answers.
    case refusalCostsNothing
    /// The parts of a cost are admitted exactly when the whole is, and leave the same behind.
    case splittingAdmitsNoMore
    /// No stretch of any history admits more than the limit's mathematics.
    case limitIsNeverExceeded
    /// The same of what was charged and kept, whatever is settled, cancelled and renewed in between.
    case leasesNeverExceedTheLimit
}

extension StoreConformance {
    /// Checks a property over `rounds` random histories of a few counters each.
    package func check(_ property: Property, seed: UInt64, rounds: Int = 150) async throws {
        if property == .leasesNeverExceedTheLimit, gaps.contains(.leases) { return }
        var prober = Prober(store: try await makeStore(), except: gaps, random: SeededGenerator(seed: seed))
        for round in 0..<rounds {
            prober.begin(round)
            do {
                switch property {
                case .retryIsExact: try await prober.checkRetry()
                case .remainingIsTrue: try await prober.checkRemaining()
                case .resetIsTrue: try await prober.checkReset()
                case .peekChangesNothing: try await prober.checkPeeks()
                case .refusalCostsNothing: try await prober.checkRefusals()
                case .splittingAdmitsNoMore: try await prober.checkSplitting()
                case .limitIsNeverExceeded: try await prober.checkExcess()
                case .leasesNeverExceedTheLimit: try await prober.checkLeases(round)
                }
            } catch let violation as Violation {
                let history = prober.log.joined(separator: "\n  ")
                throw Violation("\(property), seed \(seed), round \(round): \(violation)\n  \(history)")
            }
        }
    }
}
