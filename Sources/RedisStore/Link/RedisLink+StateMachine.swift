extension RedisLink {
    /// Which reply belongs to which command. A server answers in order; anything else ends the link.
    struct StateMachine: ~Copyable {
        /// A command of the handshake.
        enum Step: Equatable {
            case auth, select, version, role, memory, script
        }

        private enum State {
            case connecting
            case greeting([Step])
            case ready(pending: Int)
            case closed
        }

        private var state = State.connecting

        enum ConnectAction: Equatable { case greet([Step]), close }
        enum ReplyAction: Equatable {
            case check(Step, isLast: Bool)
            /// The reply to the command sent longest ago.
            case deliver
            case unasked
            case ignore
        }
        enum SendAction: Equatable { case write, refuse }
        enum CloseAction: Equatable {
            /// The link never was of use.
            case reportFailure
            case reportLoss
            case nothing
        }

        mutating func connected(_ steps: [Step]) -> ConnectAction {
            switch state {
            case .connecting:
                state = steps.isEmpty ? .ready(pending: 0) : .greeting(steps)
                return .greet(steps)
            case .greeting, .ready: preconditionFailure("a link connects once")
            case .closed: return .close
            }
        }

        /// A whole reply came.
        mutating func replied() -> ReplyAction {
            switch state {
            case .connecting: return .unasked
            case .greeting(var steps):
                let step = steps.removeFirst()
                state = steps.isEmpty ? .ready(pending: 0) : .greeting(steps)
                return .check(step, isLast: steps.isEmpty)
            case .ready(pending: 0): return .unasked
            case .ready(let pending):
                state = .ready(pending: pending - 1)
                return .deliver
            case .closed: return .ignore
            }
        }

        mutating func send() -> SendAction {
            switch state {
            case .ready(let pending):
                state = .ready(pending: pending + 1)
                return .write
            case .connecting, .greeting, .closed: return .refuse
            }
        }

        mutating func close() -> CloseAction {
            defer { state = .closed }
            switch state {
            case .connecting, .greeting: return .reportFailure
            case .ready: return .reportLoss
            case .closed: return .nothing
            }
        }

        var isReady: Bool {
            if case .ready = state { return true }
            return false
        }
    }
}
