import Foundation
import Synchronization

/// Knows when this machine did not let processes run that had work: what took long then says nothing about them.
///
/// Every few milliseconds a thread reads how long those processes have waited for a processor so far.
final class StarvationMeter: Sendable {
    private struct Sample {
        var time: ContinuousClock.Instant
        var delay: Duration
    }

    private let samples = Mutex<[Sample]>([])
    private let isOver = Atomic<Bool>(false)
    private static let period = Duration.milliseconds(5)

    init(of processes: [pid_t]) {
        let thread = Thread { [self] in
            let delay = RunDelay(of: processes)
            while !isOver.load(ordering: .relaxed) {
                let sample = Sample(time: .now, delay: delay.total)
                samples.withLock { $0.append(sample) }
                Pace.wait(until: sample.time + Self.period)
            }
        }
        thread.start()
    }

    func finish() { isOver.store(true, ordering: .relaxed) }

    /// How long the processes waited for a processor between two instants: from the last sample before to the first
    /// one after, so rather too much than too little.
    func starved(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Duration {
        samples.withLock { samples in
            guard let first = samples.first, let last = samples.last else { return .zero }
            let before = samples[..<Self.position(of: start, in: samples)].last ?? first
            let after = samples[Self.position(of: end, in: samples)...].first ?? last
            // The count of a process that has ended is gone.
            return max(.zero, after.delay - before.delay)
        }
    }

    /// Of the first sample after an instant.
    private static func position(of instant: ContinuousClock.Instant, in samples: [Sample]) -> Int {
        var (low, high) = (0, samples.count)
        while low < high {
            let middle = (low + high) / 2
            if samples[middle].time <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
