/// An endless sequence with one element each period.
struct Ticks: AsyncSequence, Sendable {
    private let period: Duration

    init(every period: Duration) {
        self.period = period
    }

    struct Iterator: AsyncIteratorProtocol {
        let period: Duration

        /// Ends when the task is cancelled.
        func next() async -> Void? {
            try? await Task.sleep(for: period)
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(period: period)
    }
}
