import LimitCore
internal import NIOCore

/// Asks the sentinels, one after the other, who the master is, and again while the answer may change.
///
/// Asking a few times a second instead of subscribing needs no second kind of connection, and finds a change that a
/// lost message would have told of.
final class SentinelWatch {
    private static let interval = TimeAmount.milliseconds(250)
    private let sentinels: [RedisAddress]
    private let master: String
    private let greeting: Greeting
    private let dialer: RedisDialer
    private let loop: any EventLoop
    private let refused: (StoreError) -> Void
    private let found: (RedisAddress) -> Void
    private var link: RedisLink?
    private var turn = 0
    private var unanswered = false
    private var isStopped = false

    init(
        _ sentinels: [RedisAddress],
        master: String,
        greeting: Greeting,
        dialer: RedisDialer,
        loop: any EventLoop,
        refused: @escaping (StoreError) -> Void,
        found: @escaping (RedisAddress) -> Void
    ) {
        self.sentinels = sentinels
        self.master = master
        self.greeting = greeting
        self.dialer = dialer
        self.loop = loop
        self.refused = refused
        self.found = found
    }

    func start() {
        guard !isStopped else { return }
        let listener = RedisLink.Listener(
            ready: { [weak self] _ in self?.ask() },
            warned: { _ in },
            replied: { [weak self] in self?.replied($0) },
            closed: { [weak self] error, _ in
                if error.code == .refused { self?.refused(error) }
                self?.tryNext()
            }
        )
        let link = RedisLink(greeting: greeting, replyLimit: 1 << 16, listener: listener)
        self.link = link
        unanswered = false
        dialer.dial(sentinels[turn % sentinels.count], for: link, on: loop)
    }

    func stop() {
        isStopped = true
        link?.close(StoreError(.connection, "the store is closed"))
    }

    private func tryNext() {
        link = nil
        turn += 1
        loop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { [weak self] in self?.start() }
    }

    private func ask() {
        guard let link, link.isReady else { return }
        if unanswered {
            link.close(StoreError(.timeout, "the sentinel did not answer in time"))
            return
        }
        var buffer = ByteBuffer()
        Command.write(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master], to: &buffer)
        guard link.send(buffer) else { return }
        unanswered = true
        link.flush()
        loop.assumeIsolated().scheduleTask(in: Self.interval) { [weak self, weak link] in
            if self?.link === link { self?.ask() }
        }
    }

    private func replied(_ reply: borrowing Reply) {
        unanswered = false
        guard reply.nodes.first == .array(count: 2), let host = reply.text(1),
            let port = reply.number(2).flatMap({ UInt16(exactly: $0) })
        else {
            link?.close(StoreError(.unfit, "the sentinel knows no such master"))
            return
        }
        found(.host(host, port: Int(port)))
    }
}
