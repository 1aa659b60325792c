package import Histogram
import LimitCore
import WireProtocol

/// What a bench counted between the end of its warm-up and its end.
package struct BenchTally: Sendable {
    /// By raw value of `Verdict`; 0 is an answer without one.
    package private(set) var verdicts: [Int]
    /// By raw value of `StatusCode`; `ok` is not counted here.
    package private(set) var failures: [Int]
    /// Nanoseconds from the encoding of a call to the reading of its answer, three significant digits.
    package private(set) var latencies: Histogram<UInt64>

    /// Beyond this an answer is counted with the slowest that the histogram holds.
    package static let slowest: UInt64 = 60_000_000_000

    package init() {
        verdicts = Array(repeating: 0, count: Verdict.allCases.count + 1)
        failures = Array(repeating: 0, count: StatusCode.allCases.count)
        latencies = Histogram(highestTrackableValue: BenchTally.slowest)
    }

    /// Answered checks, whatever the verdict; failures are not in it.
    package var decisions: Int { verdicts.reduce(0, +) }

    package var failed: Int { failures.reduce(0, +) }

    package mutating func reset() {
        self = BenchTally()
    }

    package mutating func count(verdict: UInt8) {
        verdicts[Int(verdict) < verdicts.count ? Int(verdict) : 0] += 1
    }

    package mutating func count(failure: UInt16) {
        failures[Int(StatusCode(wire: failure).rawValue)] += 1
    }

    /// Records that `count` answers took the same time.
    package mutating func record(nanoseconds: UInt64, count: UInt64) {
        _ = latencies.record(min(nanoseconds, BenchTally.slowest), count: count)
    }

    /// Adds what another thread counted.
    package mutating func add(_ other: BenchTally) {
        for index in verdicts.indices { verdicts[index] += other.verdicts[index] }
        for index in failures.indices { failures[index] += other.failures[index] }
        latencies.add(other.latencies)
    }
}
