import WireProtocol

extension Connection {
    /// What one way to a daemon does, call by call: dial, greet, ask, take answers, and dial again.
    ///
    /// Pure: each event returns what the connection has to do about it. Calls are known here by their ids, and an id is
    /// not given out again while an answer to it may still come, so no call can get another call's answer.
    ///
    /// Calls made while the first dial since all was well is undecided are held: they are worth the wait. Once a dial
    /// has failed, calls are refused at once, until a greeting succeeds.
    struct StateMachine: ~Copyable {
        private enum State: Equatable {
            case idle
            case waiting
            case dialing
            case greeting(UInt32)
            case ready
            case draining
            case closed
        }

        /// What is known of a call that was sent.
        private struct Sent {
            /// What it asks, and so what answers it.
            var kind: FrameKind
            /// Its caller has stopped waiting; its answer may still come.
            var isAbandoned = false
        }

        /// A call that waits for the greeting.
        private struct Held {
            var call: UInt32
            var kind: FrameKind
        }

        private var state = State.idle
        private var sent: [UInt32: Sent] = [:]
        private var abandoned = 0
        private var held: [Held] = []
        private var lastCall: UInt32
        private var mostInFlight = StateMachine.mostHeld
        /// The ping that asks whether anyone is there; nil once anything was heard.
        private var probe: UInt32?
        /// Dials and greetings that failed in a row.
        private var failures = 0

        /// Calls held while there is no connection.
        static let mostHeld = 4096

        /// A machine whose first call has the id behind `lastCall`.
        init(lastCall: UInt32 = 0) {
            self.lastCall = lastCall
        }

        /// How much a caller may hope for.
        var availability: Availability {
            switch state {
            case .ready: .ready
            case .closed: .down
            case .idle, .waiting, .dialing, .greeting, .draining: failures == 0 ? .hopeful : .down
            }
        }

        enum DialAction: Equatable {
            case dial
            case none
        }

        /// The connection is wanted from now on.
        mutating func start() -> DialAction {
            guard state == .idle else { return .none }
            state = .dialing
            return .dial
        }

        /// The wait before a dial is over.
        mutating func waited() -> DialAction {
            guard state == .waiting else { return .none }
            state = .dialing
            return .dial
        }

        enum DialedAction: Equatable {
            /// Send HELLO under this call id.
            case greet(UInt32)
            /// The channel came too late.
            case close
        }

        /// The dial has brought a channel.
        mutating func dialed() -> DialedAction {
            guard state == .dialing else { return .close }
            let call = nextCall()
            state = .greeting(call)
            return .greet(call)
        }

        /// Calls that lose their connection, and what comes next.
        struct Loss: Equatable {
            /// Sent; whether they were decided is not known.
            var failed: [UInt32] = []
            /// Never sent: another daemon can be asked.
            var released: [UInt32] = []
            /// How many dials have failed in a row; nil: do not dial again.
            var failures: Int?
        }

        /// The dial, the greeting or the whole channel is gone; nil where that changes nothing.
        mutating func lost() -> Loss? {
            switch state {
            case .idle, .waiting, .closed: nil
            case .dialing, .greeting: loss(isFailure: true)
            case .ready, .draining: loss(isFailure: false)
            }
        }

        /// The daemon broke the contract: the channel must be closed.
        mutating func violated() -> Loss? {
            state == .ready || state == .draining ? loss(isFailure: true) : lost()
        }

        /// The client ends: the channel must be closed, nothing more is dialed.
        mutating func shutDown() -> Loss {
            var loss = loss(isFailure: true)
            state = .closed
            loss.failures = nil
            return loss
        }

        private mutating func loss(isFailure: Bool) -> Loss {
            failures = isFailure ? failures + 1 : 0
            var loss = Loss(failures: failures)
            loss.failed = sent.filter { !$0.value.isAbandoned }.keys.sorted()
            sent.removeAll(keepingCapacity: true)
            abandoned = 0
            probe = nil
            if failures > 0 {
                loss.released = held.map(\.call)
                held.removeAll()
            }
            state = .waiting
            return loss
        }

        enum CallAction: Equatable {
            case send(UInt32)
            /// Keep it until the greeting is done.
            case hold(UInt32)
            case refuse(Refusal)
        }

        enum Refusal: Equatable {
            case closed
            case unreachable
            case tooManyCalls
        }

        /// A caller asks something of this kind.
        mutating func call(_ kind: FrameKind = .check) -> CallAction {
            switch state {
            case .closed: return .refuse(.closed)
            case .ready:
                guard sent.count < mostInFlight else { return .refuse(.tooManyCalls) }
                let call = nextCall()
                sent[call] = Sent(kind: kind)
                return .send(call)
            case .idle, .waiting, .dialing, .greeting, .draining:
                guard failures == 0 else { return .refuse(.unreachable) }
                guard held.count < StateMachine.mostHeld else { return .refuse(.tooManyCalls) }
                let call = nextCall()
                held.append(Held(call: call, kind: kind))
                return .hold(call)
            }
        }

        enum ExpiryAction: Equatable {
            /// The call fails. Send a ping under this id, if there is one: it may be that no one is there.
            case fail(ping: UInt32?)
            /// The call was never sent, and fails.
            case release
            /// The call fails like all others: the daemon leaves too many without an answer, or drains for too long.
            case drop(Loss)
            case none
        }

        /// A caller's time is up.
        mutating func expired(_ call: UInt32) -> ExpiryAction {
            if let index = held.firstIndex(where: { $0.call == call }) {
                held.remove(at: index)
                return .release
            }
            guard let known = sent[call], !known.isAbandoned else { return .none }
            let isLastOfDraining = state == .draining && sent.count == abandoned + 1
            if isLastOfDraining || abandoned + 1 > mostInFlight / 2 { return .drop(loss(isFailure: true)) }
            sent[call]?.isAbandoned = true
            abandoned += 1
            guard probe == nil, state == .ready else { return .fail(ping: nil) }
            probe = nextCall()
            return .fail(ping: probe)
        }

        /// The time to answer a ping is over; nil where something was heard.
        mutating func silent(_ ping: UInt32) -> Loss? {
            probe == ping ? loss(isFailure: true) : nil
        }

        enum FrameAction: Equatable {
            /// The answer to HELLO: read it, then say `greeted` or `lost`.
            case greeting
            case answer(UInt32)
            /// The last answer before the daemon's farewell takes effect: close the channel.
            case lastAnswer(UInt32, Loss)
            case ignore
            case close(Loss)
            /// Not what a daemon sends.
            case drop(Loss)
        }

        /// A whole frame has come.
        mutating func received(_ frame: Frame) -> FrameAction {
            probe = nil
            switch (state, FrameKind(rawValue: frame.kind)) {
            case (.greeting(let call), .hello) where frame.isResponse && frame.call == call: return .greeting
            case (.ready, .goAway), (.greeting, .goAway): return farewell()
            case (.draining, .goAway): return .ignore
            case (.ready, .ping), (.draining, .ping): return frame.isResponse ? .ignore : drop()
            case (.ready, let kind?), (.draining, let kind?):
                return frame.isResponse ? answered(frame.call, kind) : drop()
            default: return drop()
            }
        }

        enum GreetedAction: Equatable {
            /// Send the first, which were held; refuse the others: the daemon takes no more at a time.
            case send([UInt32], refuse: [UInt32])
            /// Too late.
            case none
        }

        /// The daemon has greeted back and takes this many calls at a time.
        mutating func greeted(mostInFlight most: UInt32) -> GreetedAction {
            guard case .greeting = state else { return .none }
            state = .ready
            failures = 0
            mostInFlight = most == 0 ? StateMachine.mostHeld : Int(clamping: most)
            let calls = Array(held.prefix(mostInFlight))
            let others = Array(held.dropFirst(mostInFlight))
            held.removeAll()
            for call in calls { sent[call.call] = Sent(kind: call.kind) }
            return .send(calls.map(\.call), refuse: others.map(\.call))
        }

        private mutating func answered(_ call: UInt32, _ kind: FrameKind) -> FrameAction {
            guard let known = sent[call], known.kind == kind else { return drop() }
            sent[call] = nil
            if known.isAbandoned { abandoned -= 1 }
            let isLast = state == .draining && sent.count == abandoned
            switch (known.isAbandoned, isLast) {
            case (false, false): return .answer(call)
            case (false, true): return .lastAnswer(call, loss(isFailure: false))
            case (true, false): return .ignore
            case (true, true): return .close(loss(isFailure: false))
            }
        }

        private mutating func farewell() -> FrameAction {
            if state == .ready, sent.count > abandoned {
                state = .draining
                return .ignore
            }
            return .close(loss(isFailure: state != .ready))
        }

        private mutating func drop() -> FrameAction { .drop(loss(isFailure: true)) }

        /// The next id that is neither 0 nor may still be answered.
        private mutating func nextCall() -> UInt32 {
            repeat {
                lastCall &+= 1
            } while lastCall == 0 || sent[lastCall] != nil || held.contains(where: { $0.call == lastCall })
            return lastCall
        }
    }
}
