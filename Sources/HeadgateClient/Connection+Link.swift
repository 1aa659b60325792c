import LimitCore
import Logging
import NIOCore
import NIOPosix
import TransportSecurity
import WireProtocol

/// Dialing and greeting, and what the frames that come mean for the calls.
extension Connection {
    /// Begins to dial; from any thread.
    func start() {
        loop.execute {
            if self.machine.start() == .dial { self.dial() }
        }
    }

    /// Ends all calls and the connection; from any thread.
    func shutDown() async {
        try? await loop.submit {
            self.suffer(self.machine.shutDown(), Outage(.stopped, "the client was shut down"))
        }.get()
    }

    func dialLater(afterFailures failures: Int) {
        let delay = Backoff.delay(afterFailures: failures, using: &random)
        loop.scheduleTask(in: TimeAmount(delay)) {
            if self.machine.waited() == .dial { self.dial() }
        }
    }

    private func dial() {
        publish()
        let handler = FrameHandler(self)
        link = handler
        let timeout = TimeAmount(settings.connectTimeout)
        loop.scheduleTask(in: timeout) {
            // Still neither greeted nor given up: the time is over for this handler.
            guard self.link === handler, self.machine.availability != .ready, !handler.isGreeted else { return }
            self.linkWasLost(handler, "\(self.address) did not greet back in time")
        }
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
        // Added here and not before, for a name with several addresses is tried on several channels.
        connecting.whenSuccess { channel in
            do {
                try self.settings.security?.secure(channel, host: self.address.host)
                try channel.pipeline.syncOperations.addHandler(handler)
                self.linkIsUp(handler)
            } catch {
                channel.close(promise: nil)
                self.linkWasLost(handler, "\(self.address) closed the connection")
            }
        }
        connecting.whenFailure { error in
            self.linkWasLost(handler, "cannot connect to \(self.address): \(DialProblem.text(error))")
        }
    }

    private func linkIsUp(_ handler: FrameHandler) {
        guard link === handler, case .greet(let call) = machine.dialed() else { return handler.close() }
        var bytes = Frame.preface
        let hello = Hello(token: settings.token?.secret ?? "", client: "headgate-swift/1")
        do throws(WireError) {
            try Frame.appendRequest(.hello, call: call, to: &bytes) { out throws(WireError) in
                try MessageEncoder(arenaBytes: 16 << 10).append(hello, to: &out)
            }
        } catch {
            return linkWasLost(handler, error.message)
        }
        handler.write(bytes)
        handler.flush()
    }

    /// The channel is gone, or never came.
    func linkWasLost(_ handler: FrameHandler, _ reason: String) {
        guard link === handler, let loss = machine.lost() else { return }
        settings.logger.debug("connection lost", metadata: [LogKey.address: "\(address)", LogKey.problem: "\(reason)"])
        suffer(loss, Outage(.unreachable, reason))
    }

    /// The daemon's bytes are no frames.
    func linkIsBroken(_ handler: FrameHandler) {
        guard link === handler, let loss = machine.violated() else { return }
        suffer(loss, brokenContract)
    }

    private var brokenContract: Outage { Outage(.unreachable, "\(address) does not speak Headgate's compact framing") }

    /// A whole frame has come; false when the channel is to be read no more.
    func take(_ frame: Frame, _ payload: Span<UInt8>, from handler: FrameHandler) -> Bool {
        guard link === handler else { return false }
        switch machine.received(frame) {
        case .ignore:
            // Of the pairs that end here only a farewell changes how much a caller may hope for.
            publish()
        case .greeting: greet(frame, payload, handler)
        case .answer(let call): end(call, ending(frame, payload, handler))
        case .lastAnswer(let call, let loss):
            end(call, ending(frame, payload, handler))
            suffer(loss, Outage(.unreachable, "\(address) is draining"))
        case .close(let loss): suffer(loss, Outage(.unreachable, "\(address) is draining"))
        case .drop(let loss): suffer(loss, brokenContract)
        }
        return link === handler
    }

    private func greet(_ frame: Frame, _ payload: Span<UInt8>, _ handler: FrameHandler) {
        guard frame.status == .ok, let reply = try? handler.decoder.decodeHelloReply(payload) else {
            guard let loss = machine.lost() else { return }
            return suffer(loss, outage(frame.status, failure(payload, handler)))
        }
        handler.isGreeted = true
        guard case .send(let calls, let refused) = machine.greeted(mostInFlight: reply.maxInFlight) else { return }
        publish()
        sendHeld(calls)
        for call in refused { end(call, .notSent(Outage(.tooManyCalls, "too many calls in flight to \(address)"))) }
    }

    private func ending(_ frame: Frame, _ payload: Span<UInt8>, _ handler: FrameHandler) -> Call.Ending {
        switch frame.status {
        case .ok:
            do throws(WireError) {
                return .answered(try Call.Answer(frame.kind, payload, by: handler.decoder))
            } catch {
                return .outage(Outage(.failed, "the answer of \(address) is not understood: \(error.message)"))
            }
        case .invalidArgument: return .invalid(failure(payload, handler))
        default: return .outage(outage(frame.status, failure(payload, handler)))
        }
    }

    private func failure(_ payload: Span<UInt8>, _ handler: FrameHandler) -> String {
        (try? handler.decoder.decodeFailure(payload)) ?? "no reason given"
    }

    private func outage(_ status: StatusCode, _ words: String) -> Outage {
        let code: Outage.Code =
            switch status {
            case .unauthenticated, .permissionDenied: .refusedToken
            case .deadlineExceeded: .timedOut
            case .resourceExhausted: .tooManyCalls
            default: .failed
            }
        return Outage(code, "\(address) answered \(status): \(words)")
    }
}
