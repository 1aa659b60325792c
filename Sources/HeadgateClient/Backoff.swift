/// How long to wait before the next dial: full jitter, anything up to a bound that doubles from 50 ms to 2 s.
///
/// After "Exponential Backoff And Jitter" (Marc Brooker, AWS Architecture Blog, 2015): replicas that lost the same
/// daemon at the same moment do not come back at the same moment.
enum Backoff {
    static let first = Duration.milliseconds(50)
    static let most = Duration.seconds(2)

    /// The longest wait after so many failures in a row.
    static func bound(afterFailures failures: Int) -> Duration {
        min(most, first * (1 << min(max(failures - 1, 0), 10)))
    }

    static func delay(afterFailures failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
        bound(afterFailures: failures) * Double.random(in: 0...1, using: &random)
    }
}
