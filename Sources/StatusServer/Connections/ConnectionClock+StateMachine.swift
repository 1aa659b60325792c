extension ConnectionClock {
    /// What a connection owes and is owed: requests read, answers written, and which time limit runs.
    ///
    /// Invariant: answers come in the order of the requests, so only the newest request can be incomplete, and only
    /// the oldest unanswered one can be in the middle of its answer.
    struct StateMachine: ~Copyable {
        /// A time limit of `StatusServerSettings`.
        enum Limit {
            case request, idle, linger
        }

        private struct Work {
            /// Requests whose answers are not yet written.
            var owed = 0
            /// Answers that are written but not yet sent.
            var unsent = 0
            /// The newest request is incomplete, be it in its head or in its body.
            var isReading = false
            /// The head of an answer is written, its end is not.
            var isAnswering = false
            /// No further request is answered: the newest one said so, or the answer being written does.
            var isLast = false
        }

        private enum State {
            /// Nothing is asked.
            case idle
            case busy(Work)
            /// The last answer is written; so many answers are not yet sent.
            case ending(unsent: Int)
            /// The last answer is sent: the peer may read it and close.
            case lingering
            case closed
        }

        private var state = State.idle
        private var peerHasEnded = false

        enum ReadAction: Equatable {
            case forward, drop
            /// Forward, and give the request its time.
            case begin
        }

        /// A head has been parsed. `isLast`: the peer wants the connection closed after the answer.
        mutating func requestHead(isLast: Bool) -> ReadAction {
            switch state {
            case .idle:
                state = .busy(Work(owed: 1, isReading: true, isLast: isLast))
                return .begin
            case .busy(var work):
                if work.isLast { return .drop }
                work.owed += 1
                work.isReading = true
                work.isLast = isLast
                state = .busy(work)
                return .forward
            case .ending, .lingering, .closed:
                return .drop
            }
        }

        /// A part of a body has come; with `isEnd` the request is complete.
        mutating func requestBody(isEnd: Bool) -> ReadAction {
            guard case .busy(var work) = state, work.isReading else { return .drop }
            work.isReading = !isEnd
            state = .busy(work)
            return .forward
        }

        /// Bytes have come that were not enough for a head.
        mutating func partialHead() -> ReadAction {
            guard case .idle = state else { return .forward }
            state = .busy(Work(isReading: true))
            return .begin
        }

        /// The peer has ended its side. True: nobody is there to read, close.
        mutating func peerEnded() -> Bool {
            peerHasEnded = true
            if case .lingering = state { return true }
            return false
        }

        enum HeadAction: Equatable {
            case write, drop
            /// Write, saying that the connection closes after it.
            case writeLast
        }

        /// An answer begins. `isLast`: it says that the connection closes after it.
        mutating func responseHead(isLast: Bool) -> HeadAction {
            switch state {
            case .idle:
                // An answer to nothing: the server's to bytes that are no request.
                state = .busy(Work(owed: 1, isAnswering: true, isLast: true))
                return .writeLast
            case .busy(var work):
                work.isAnswering = true
                let closes = isLast || (work.owed <= 1 && (work.isLast || work.isReading))
                if closes {
                    work.owed = 1
                    work.isLast = true
                }
                state = .busy(work)
                return closes ? .writeLast : .write
            case .ending, .lingering, .closed:
                return .drop
            }
        }

        /// An answer goes on. False: it is dropped.
        func responseBody() -> Bool {
            if case .busy(let work) = state { return work.isAnswering }
            return false
        }

        /// An answer ends. False: it is dropped, for the connection has had its last.
        mutating func responseEnd() -> Bool {
            guard case .busy(var work) = state, work.isAnswering else { return false }
            work.isAnswering = false
            work.owed -= 1
            work.unsent += 1
            state = work.isLast && work.owed == 0 ? .ending(unsent: work.unsent) : .busy(work)
            return true
        }

        enum SentAction: Equatable {
            case nothing, restart(Limit)
            /// End our side and leave the peer a moment to read; at once where it has ended its own.
            case linger, close
        }

        /// An answer has been handed to the network.
        mutating func responseSent() -> SentAction {
            switch state {
            case .busy(var work):
                work.unsent -= 1
                if work.owed == 0, work.unsent == 0, !work.isReading {
                    state = .idle
                    return .restart(.idle)
                }
                state = .busy(work)
                return .restart(.request)
            case .ending(let unsent) where unsent > 1:
                state = .ending(unsent: unsent - 1)
                return .nothing
            case .ending:
                state = .lingering
                return peerHasEnded ? .close : .linger
            case .idle, .lingering, .closed:
                return .nothing
            }
        }
    }
}

extension ConnectionClock.StateMachine {
    enum RefuseAction: Equatable {
        /// Answer with the problem, as the connection's last.
        case refuse(Refusal)
        /// Others are owed their answers first: the server answers in their order.
        case passOn
        case close
        case drop
    }

    enum Refusal: Equatable {
        case notHTTP, requestTooSlow, answerTooSlow
    }

    /// What has come is no HTTP.
    mutating func parserFailed() -> RefuseAction {
        switch state {
        case .idle:
            state = .ending(unsent: 1)
            return .refuse(.notHTTP)
        case .busy(let work) where !work.isAnswering && work.owed <= (work.isReading ? 1 : 0):
            state = .ending(unsent: work.unsent + 1)
            return .refuse(.notHTTP)
        case .busy(var work):
            work.owed += work.isReading ? 0 : 1
            work.isReading = false
            work.isLast = true
            state = .busy(work)
            return .passOn
        case .ending, .lingering, .closed:
            return .drop
        }
    }

    /// The time that runs is up.
    mutating func timeIsUp() -> RefuseAction {
        guard case .busy(let work) = state, !work.isAnswering, work.unsent == 0, work.owed <= 1 else {
            state = .closed
            return .close
        }
        state = .ending(unsent: 1)
        return .refuse(work.isReading ? .requestTooSlow : .answerTooSlow)
    }

    mutating func closed() {
        state = .closed
    }
}
